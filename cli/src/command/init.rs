//! `exhibit init`

use super::Output;
use crate::{
    CommandError, ExitCode, Home, Layout,
    sealing::{OwnLog, commit_slots},
    shipped,
};
use clap::Args;
use domain::{Actor, TenantId, Timestamp};
use runtime::{Clock, Configuration};
use std::{fs, path::Path};
use storage::Storage;

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Whose evidence is kept here: a short name of a-z, 0-9 and '-'.
    #[arg(long)]
    tenant: TenantId,
    /// The identity that collects and asks for reports, as it stands in evidence and custody events.
    #[arg(long, default_value = "exhibit@localhost")]
    actor: Actor,
    /// The name of the log, which stands on every checkpoint and cannot be changed: a domain of yours and a path, as
    /// acme.example/exhibit. Without it, exhibit/<tenant>.
    #[arg(long, value_name = "NAME", value_parser = parse_origin)]
    origin: Option<String>,
    /// Copy the shipped catalog into the data directory, to change it there.
    #[arg(long)]
    catalog: bool,
}

fn parse_origin(text: &str) -> Result<String, String> {
    // What a checkpoint can carry is what a key can be named.
    let key = custody_log::SigningKey::new(text, [0; 32]).map_err(|error| error.to_string())?;
    Ok(key.name().to_owned())
}

// A person reads it on every report.
fn whole_second(now: Timestamp) -> Timestamp {
    now.round(jiff::Unit::Second).unwrap_or(now)
}

impl Init {
    pub(super) async fn run(self, data: &Path, output: &Output) -> Result<ExitCode, CommandError> {
        let configuration = Configuration {
            tenant: self.tenant,
            actor: self.actor,
            since: Some(whole_second(Clock::System.now())),
            origin: self.origin,
            sources: "sources".into(),
            catalog: self.catalog.then(|| "catalog".into()),
            files: Default::default(),
        };
        if !configuration.write_new(data)? {
            let there = Configuration::read(data)?;
            let message = format!("{} is a data directory already, of the tenant {}", data.display(), there.tenant);
            return Err(CommandError::Invalid(message));
        }
        Storage::embedded(&Layout::of(data).custody)?;
        let sources = data.join(&configuration.sources);
        fs::create_dir_all(&sources).map_err(CommandError::file(&sources))?;
        if self.catalog {
            shipped::write_catalog(&data.join("catalog"))?;
        }
        let home = Home::open(data, Clock::System)?;
        commit_slots(&home).await?;
        let key = OwnLog::of(&home).keys().await?.verification_key();
        output.say(format!("Made the data directory {} for the tenant {}.", data.display(), configuration.tenant));
        output.say(format!("Sources deliver their files below {}.", sources.display()));
        output.say(format!("Whoever checks the log needs its verification key, which is in log.vkey: publish {key}"));
        output.say("Next: `exhibit collect` with --file SOURCE=PATH for a first look, or let the sources deliver and `exhibit serve`.");
        output.answer(&configuration)?;
        Ok(ExitCode::Done)
    }
}
