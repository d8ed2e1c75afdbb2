//! `exhibit document`

use super::Output;
use crate::{CommandError, ExitCode, Home};
use clap::{Args, Subcommand};
use documents::{DocumentError, decide, file_name};
use domain::{Actor, Decision, DocumentName, DocumentState, DocumentVersion, SourceId};
use std::{fs::OpenOptions, io::Write as _, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Document {
    /// List what was handed in, and how it stands.
    List(List),
    /// Approve a version of a document that somebody else handed in. That is final.
    Approve(Approve),
    /// Reject a version of a document that somebody else handed in. That is final.
    Reject(Reject),
    /// Write a version of a document into a file, to read it before deciding.
    Get(Get),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only this source.
    #[arg(long, value_name = "ID")]
    pub(crate) source: Option<SourceId>,
    /// Only what nobody has decided about yet.
    #[arg(long)]
    pub(crate) submitted: bool,
}

/// A version of a document.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The source that it was handed in for.
    pub(crate) source: SourceId,
    /// The document.
    pub(crate) document: DocumentName,
    /// Which version of it; from 1.
    pub(crate) version: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Who decides, if not the actor of the data directory. On one machine that is a convention which nobody enforces, and the log keeps both names.
    #[arg(long = "as", value_name = "ACTOR")]
    pub(crate) actor: Option<Actor>,
}

#[derive(Debug, Args)]
pub(crate) struct Reject {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Why; stands in the evidence.
    #[arg(long)]
    pub(crate) reason: String,
    /// Who decides, if not the actor of the data directory.
    #[arg(long = "as", value_name = "ACTOR")]
    pub(crate) actor: Option<Actor>,
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The file that it is written to; must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

impl Document {
    pub(super) async fn run(self, home: &Home, output: &Output) -> Result<ExitCode, CommandError> {
        match self {
            Document::List(list) => list.run(home, output).await?,
            Document::Approve(Approve { which, actor }) => {
                which.decide(home, Decision::Approved, actor, output).await?
            }
            Document::Reject(Reject { which, reason, actor }) => {
                which.decide(home, Decision::Rejected { reason }, actor, output).await?;
            }
            Document::Get(get) => get.run(home, output).await?,
        }
        Ok(ExitCode::Done)
    }
}

impl List {
    async fn run(self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let mut all = home.storage.custodian.documents(&home.tenant, self.source.as_ref()).await?;
        all.retain(|version| !self.submitted || version.state == DocumentState::Submitted);
        table(&all, output);
        output.answer(&all)
    }
}

impl Which {
    async fn decide(
        self,
        home: &Home,
        decision: Decision,
        actor: Option<Actor>,
        output: &Output,
    ) -> Result<(), CommandError> {
        let actor = actor.unwrap_or_else(|| home.actor.clone());
        let which = (&self.source, &self.document, self.version);
        let decided = decide(&home.storage, (&home.tenant, &actor), which, &decision, home.clock.now()).await;
        let version = decided.map_err(|error| match error {
            DocumentError::Storage(error) => error.into(),
            other => CommandError::Invalid(other.to_string()),
        })?;
        output.say(line(&version));
        output.answer(&version)
    }
}

impl Get {
    async fn run(self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let Which { source, document, version } = &self.which;
        let found = home.storage.custodian.document(&home.tenant, (source, document, *version)).await?;
        let absent = || CommandError::Invalid(format!("there is no version {version} of {source}/{document}"));
        let found = found.ok_or_else(absent)?;
        let bytes = home.storage.locker.fetch(&found.submission.artifact).await?;
        keep(self.out, &found, &bytes, output)
    }
}

/// Writes the bytes of a version to `out`, or to a file called after it in the working folder.
pub(crate) fn keep(
    out: Option<PathBuf>,
    version: &DocumentVersion,
    bytes: &[u8],
    output: &Output,
) -> Result<(), CommandError> {
    let out = out.unwrap_or_else(|| file_name(version).replace('/', "-").into());
    let written = OpenOptions::new().write(true).create_new(true).open(&out);
    written.and_then(|mut file| file.write_all(bytes)).map_err(CommandError::file(&out))?;
    output.say(format!("{}: {}", out.display(), line(version)));
    output.answer(version)
}

/// A version on one line.
pub(crate) fn line(version: &DocumentVersion) -> String {
    let DocumentVersion { version: number, submission, state } = version;
    let by = state.decision().map_or_else(|| submission.submitted_by.clone(), |(_, by)| by.clone());
    let digest = submission.artifact.digest.short();
    format!(
        "{}/{} version {number} ({}, {} bytes, SHA-256 {digest}): {} by {by}",
        submission.source,
        submission.document,
        submission.content_type,
        submission.artifact.length,
        state.name()
    )
}

/// Versions as a table.
pub(crate) fn table(all: &[DocumentVersion], output: &Output) {
    let header = ["source", "document", "version", "kind", "about", "state", "submitted by", "at", "decided by"];
    let row = |version: &DocumentVersion| {
        let submission = &version.submission;
        let decided_by = version.state.decision().map(|(_, by)| by.to_string()).unwrap_or_default();
        vec![
            submission.source.to_string(),
            submission.document.to_string(),
            version.version.to_string(),
            submission.kind.to_string(),
            submission.about.clone().unwrap_or_default(),
            version.state.name().to_owned(),
            submission.submitted_by.to_string(),
            submission.submitted_at.to_string(),
            decided_by,
        ]
    };
    let header = header.map(str::to_owned).to_vec();
    output.table(&std::iter::once(header).chain(all.iter().map(row)).collect::<Vec<_>>());
}
