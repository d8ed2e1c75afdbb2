//! `exhibit redaction`

use super::Output;
use crate::{CommandError, ExitCode, Home};
use clap::{Args, Subcommand};
use collecting::redaction_key;
use domain::evidence::{self, Cell, RAW_SALT, Salt};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(super) enum Redaction {
    /// Print the salt of that name, for whoever may check redacted values. It opens nothing but values under this name.
    Salt(PrintSalt),
    /// Say in which rows of an evidence document a value stands redacted. Needs the salt, and nothing else.
    Check(Check),
}

#[derive(Debug, Args)]
pub(super) struct PrintSalt {
    /// The name of the salt, as the query declares it: person.
    name: String,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The evidence document: the .json of a bundle or of the store.
    file: PathBuf,
    /// The file with the salt, as `exhibit redaction salt` prints it.
    #[arg(long, value_name = "FILE")]
    salt: PathBuf,
    /// The values that are looked for, exactly as the source has them.
    #[arg(required = true)]
    values: Vec<String>,
}

#[derive(Serialize)]
struct Found {
    value: String,
    redacted: String,
    /// Rows from 1, and the column.
    rows: Vec<(u64, String)>,
}

impl PrintSalt {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let key = redaction_key(&home.secrets()).await.map_err(|error| CommandError::Invalid(error.to_string()))?;
        let salt = key.salt(&home.tenant, &self.name);
        output.say(salt.expose());
        output.answer(&serde_json::json!({"name": self.name, "salt": salt.expose(), "sha256": salt.digest()}))?;
        Ok(ExitCode::Done)
    }
}

impl Check {
    pub(super) fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        let salt = read_salt(&self.salt)?;
        let document = fs::read(&self.file).map_err(CommandError::file(&self.file))?;
        let found = found(&document, &salt, &self.values)
            .map_err(|reason| CommandError::Invalid(format!("{}: {reason}", self.file.display())))?;
        for Found { value, rows, .. } in &found {
            let places: Vec<String> = rows.iter().map(|(row, column)| format!("row {row} ({column})")).collect();
            let places = if places.is_empty() { "in no row".to_owned() } else { places.join(", ") };
            output.say(format!("{}: {places}", crate::table::visible(value)));
        }
        output.answer(&found)?;
        Ok(if found.iter().all(|found| found.rows.is_empty()) { ExitCode::DoesNotHold } else { ExitCode::Done })
    }
}

fn read_salt(path: &Path) -> Result<Salt, CommandError> {
    let text = fs::read_to_string(path).map_err(CommandError::file(path))?;
    Salt::from_hexadecimal(&text).map_err(|error| CommandError::Invalid(format!("{}: {error}", path.display())))
}

// Which columns are under this salt stands in the document.
fn found(document: &[u8], salt: &Salt, values: &[String]) -> Result<Vec<Found>, String> {
    let header = evidence::check(document).map_err(|error| error.to_string())?;
    let redacted = header.redacted.ok_or("nothing is redacted in it")?;
    let is_named = |(name, digest): (&String, &domain::Digest)| {
        (name != RAW_SALT && *digest == salt.digest()).then(|| name.clone())
    };
    let name = redacted.salts.iter().find_map(is_named).ok_or("none of its columns is redacted with this salt")?;
    let own = |value: &String| Found { value: value.clone(), redacted: salt.redacted(value), rows: Vec::new() };
    let mut all: Vec<Found> = values.iter().map(own).collect();
    let mut number = 0;
    let read = evidence::read(document, |columns, cells| {
        number += 1;
        let of_salt =
            columns.iter().zip(&cells).filter(|(column, _)| redacted.columns.get(&column.name) == Some(&name));
        for (column, cell) in of_salt {
            let is = |found: &&mut Found| matches!(cell, Cell::Text(text) if *text == found.redacted);
            all.iter_mut().filter(is).for_each(|found| found.rows.push((number, column.name.clone())));
        }
        Ok::<(), String>(())
    });
    read.map_err(|error| error.to_string())?;
    Ok(all)
}
