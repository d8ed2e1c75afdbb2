//! `exhibit upload`

use super::{Output, document::line};
use crate::{CommandError, ExitCode, Home};
use clap::Args;
use documents::{DocumentError, HandedIn, submit};
use domain::{Actor, DocumentName, SourceId, Timestamp};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The document. What it is, is told by its content: pdf, docx, xlsx, csv, png, jpeg or txt.
    pub(crate) file: PathBuf,
    /// The source that it is handed in for, as uploaded-policies.
    #[arg(long, value_name = "ID")]
    pub(crate) source: SourceId,
    /// Its name, as access-policy: a file of the same name is its next version.
    #[arg(long, value_name = "NAME")]
    pub(crate) document: DocumentName,
    /// What kind of document it is, as the controls name it; its name unless given.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<DocumentName>,
    /// What it is about, where there are several of a kind: the model, the vendor, the processing.
    #[arg(long, value_name = "TEXT")]
    pub(crate) about: Option<String>,
    /// Until when it says that it holds: 2027-07-01, or an instant.
    #[arg(long, value_name = "DAY", value_parser = instant)]
    pub(crate) valid_until: Option<Timestamp>,
    /// Who hands it in, if not the actor of the data directory.
    #[arg(long = "as", value_name = "ACTOR")]
    pub(crate) actor: Option<Actor>,
}

// Beyond what any source takes, reading it is of no use.
const LARGEST: u64 = 101 << 20;

impl Upload {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        let bytes = read(&self.file)?;
        let given = HandedIn {
            source: self.source,
            kind: self.kind.unwrap_or_else(|| self.document.clone()),
            document: self.document,
            about: self.about,
            valid_until: self.valid_until,
            bytes: &bytes,
        };
        let actor = self.actor.unwrap_or_else(|| home.actor.clone());
        let submitted = submit(&home.storage, &home.catalog, (&home.tenant, &actor), given, home.clock.now()).await;
        let submitted = submitted.map_err(|error| told(&self.file, error))?;
        let version = submitted.version;
        output.say(line(&version));
        match submitted.is_new {
            true => output.say("Somebody else has to approve it: exhibit document approve, with --as on this machine."),
            false => output.say("It was handed in before; nothing was added."),
        }
        output.answer(&version)?;
        Ok(ExitCode::Done)
    }
}

/// The bytes of a document.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.map_err(CommandError::file(path))?;
    Ok(bytes)
}

fn told(path: &Path, error: DocumentError) -> CommandError {
    match error {
        DocumentError::Storage(error) => error.into(),
        other => CommandError::Invalid(format!("{}: {other}", path.display())),
    }
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let day = || format!("{text}T00:00:00Z").parse();
    text.parse().or_else(|_| day()).map_err(|_| format!("{text:?} is no day: write it as 2027-07-01"))
}
