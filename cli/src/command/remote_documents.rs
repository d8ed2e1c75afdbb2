//! The commands about documents at a deployed Exhibit (`--api`).

use super::{
    Output,
    document::{Document, Which, keep, line, table},
    upload::{Upload, read},
};
use crate::{
    CommandError, ExitCode,
    remote::{Described, Remote},
};
use domain::{Actor, Decision, DocumentState};

pub(super) fn upload(remote: &Remote, upload: Upload, output: &Output) -> Result<ExitCode, CommandError> {
    refuse_other_actor(upload.actor.as_ref())?;
    let bytes = read(&upload.file)?;
    let Upload { source, document, kind, about, valid_until, .. } = upload;
    let version = remote.hand_in(&Described { source, document, kind, about, valid_until }, &bytes)?;
    output.say(line(&version));
    output.say("Somebody else has to approve it: exhibit document approve.");
    output.answer(&version)?;
    Ok(ExitCode::Done)
}

pub(super) fn document(remote: &Remote, document: Document, output: &Output) -> Result<ExitCode, CommandError> {
    match document {
        Document::List(list) => {
            let mut all = remote.uploads(list.source.as_ref())?;
            all.retain(|version| !list.submitted || version.state == DocumentState::Submitted);
            table(&all, output);
            output.answer(&all)?;
        }
        Document::Approve(approve) => {
            refuse_other_actor(approve.actor.as_ref())?;
            decide(remote, &approve.which, &Decision::Approved, output)?;
        }
        Document::Reject(reject) => {
            refuse_other_actor(reject.actor.as_ref())?;
            decide(remote, &reject.which, &Decision::Rejected { reason: reject.reason }, output)?;
        }
        Document::Get(get) => {
            let Which { source, document, version } = &get.which;
            let found = remote.upload((source, document, *version))?;
            let bytes = remote.fetch(&found.link)?;
            keep(get.out, &found.document, &bytes, output)?;
        }
    }
    Ok(ExitCode::Done)
}

fn decide(remote: &Remote, which: &Which, decision: &Decision, output: &Output) -> Result<(), CommandError> {
    let version = remote.decide((&which.source, &which.document, which.version), decision)?;
    output.say(line(&version));
    output.answer(&version)
}

// Who asks is who the token names.
fn refuse_other_actor(actor: Option<&Actor>) -> Result<(), CommandError> {
    match actor {
        None => Ok(()),
        Some(_) => Err(CommandError::Invalid("--as is for a data directory: the token says who asks".to_owned())),
    }
}
