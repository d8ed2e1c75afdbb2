//! Downloading a report through links, and putting its record together from what they say.

use super::{Remote, RemoteError};
use crate::{
    CommandError,
    download::{Download, Downloaded},
};
use api::{Link, LinkContent, Run, RunStatus, RunWithLinks};
use domain::{
    ArtifactReference, EvidenceId, Report, ReportArtifact, ReportFormat, ReportId, ReportRecord, Snapshot,
    SnapshotEvidence,
};
use std::{path::Path, time::Instant};
use verify::download::{Folder, file_name, object_name};

// Links work for 15 minutes at most; before that is over, others are asked for.
const FRESH_SECONDS: u64 = 300;

/// The links of a run, asked for again before they are over.
struct Links<'a> {
    remote: &'a Remote,
    run: RunWithLinks,
    asked_at: Instant,
}

impl Links<'_> {
    fn link(&mut self, content: LinkContent) -> Result<Link, RemoteError> {
        if self.asked_at.elapsed().as_secs() > FRESH_SECONDS {
            self.run = self.remote.run(&self.run.run.run_id)?;
            self.asked_at = Instant::now();
        }
        let found = self.run.links.iter().find(|link| link.content == content);
        let absent =
            || RemoteError::Disagrees(format!("the run {} has no link to its {content:?}", self.run.run.run_id));
        found.cloned().ok_or_else(absent)
    }

    fn fetch(&mut self, content: LinkContent) -> Result<(ArtifactReference, Vec<u8>), RemoteError> {
        let link = self.link(content)?;
        Ok((link.artifact(), self.remote.fetch(&link)?))
    }
}

impl Remote {
    /// The files of a completed run's report: name, reference and bytes, each checked.
    pub fn files(&self, run: &RunWithLinks) -> Result<Vec<(String, ArtifactReference, Vec<u8>)>, CommandError> {
        let mut links = Links { remote: self, run: run.clone(), asked_at: Instant::now() };
        let mut files = Vec::new();
        for format in ReportFormat::ALL {
            let (artifact, bytes) = links.fetch(format.into())?;
            files.push((readable_name(run, format), artifact, bytes));
        }
        Ok(files)
    }

    /// Writes the report of a completed run, whose links were handed out just now, into the folder at `path`, with everything it
    /// rests on; each object is checked against its digest on the way.
    pub fn download(
        &self,
        run: &RunWithLinks,
        path: &Path,
        with_evidence: bool,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Downloaded, CommandError> {
        let report_id = completed(&run.run)?;
        let mut links = Links { remote: self, run: run.clone(), asked_at: Instant::now() };
        let (json_artifact, json) = links.fetch(LinkContent::Json)?;
        let report: Report = parsed(&json, "the JSON format")?;
        let folder = Folder::create(path)?;
        let mut download = Download::into(&folder, path, report_id);
        let mut artifacts = Vec::new();
        for format in ReportFormat::ALL {
            let (artifact, bytes) = match format {
                ReportFormat::Json => (json_artifact.clone(), json.clone()),
                other => links.fetch(other.into())?,
            };
            download.put(&file_name(&report.inputs, format), &bytes)?;
            artifacts.push(ReportArtifact { format, artifact });
        }
        let staging = self.object(&mut links, LinkContent::Staging, &mut download)?.0;
        let (snapshot_artifact, bytes) = self.object(&mut links, LinkContent::Snapshot, &mut download)?;
        let snapshot: Snapshot = parsed(&bytes, "the snapshot")?;
        self.object(&mut links, LinkContent::Catalog, &mut download)?;
        let evidence = if with_evidence { snapshot.evidence.as_slice() } else { &[] };
        let mut rest = evidence;
        while let Some((some, after)) = rest.split_at_checked(at_once(rest)) {
            progress((evidence.len() - rest.len()) as u64, evidence.len() as u64);
            for (frozen, document) in some.iter().zip(self.documents(some)) {
                download.put_evidence(&frozen.artifact, &document?)?;
            }
            rest = after;
        }
        let inputs = report.inputs;
        download.finish(&ReportRecord { report_id, inputs, snapshot: snapshot_artifact, staging, artifacts })
    }

    fn object(
        &self,
        links: &mut Links<'_>,
        content: LinkContent,
        download: &mut Download<'_>,
    ) -> Result<(ArtifactReference, Vec<u8>), CommandError> {
        let (artifact, bytes) = links.fetch(content)?;
        download.put(&object_name(&artifact.key), &bytes)?;
        Ok((artifact, bytes))
    }

    // Each takes two requests, and most of their time is waiting.
    fn documents(&self, some: &[SnapshotEvidence]) -> Vec<Result<Vec<u8>, RemoteError>> {
        let lost = |_| RemoteError::Disagrees("a download ended without an answer".to_owned());
        std::thread::scope(|scope| {
            let started: Vec<_> = some.iter().map(|frozen| scope.spawn(|| self.document(frozen))).collect();
            started.into_iter().map(|thread| thread.join().map_err(lost).flatten()).collect()
        })
    }

    // The document that the snapshot froze, not whatever is recorded for the slot now.
    fn document(&self, frozen: &SnapshotEvidence) -> Result<Vec<u8>, RemoteError> {
        let id: &EvidenceId = &frozen.evidence_id;
        let link = self.evidence(id)?.link;
        let link = link.ok_or_else(|| RemoteError::Disagrees(format!("there is no link to the evidence {id}")))?;
        if link.artifact() != frozen.artifact {
            return Err(RemoteError::Disagrees(format!(
                "the evidence {id} is recorded as another than the snapshot's"
            )));
        }
        self.fetch(&link)
    }
}

// Few at once, and fewer of large ones: all of them are held in memory.
const AT_ONCE: usize = 4;
const AT_ONCE_BYTES: u64 = 64 << 20;

fn at_once(evidence: &[SnapshotEvidence]) -> usize {
    let mut bytes = 0_u64;
    let small = evidence.iter().take(AT_ONCE).take_while(|frozen| {
        // The lengths are what somebody else wrote: their sum is not bounded by anything.
        bytes = bytes.saturating_add(frozen.artifact.length);
        bytes <= AT_ONCE_BYTES
    });
    small.count().max(1)
}

fn completed(run: &Run) -> Result<ReportId, RemoteError> {
    match &run.status {
        RunStatus::Completed { report_id, .. } => Ok(*report_id),
        RunStatus::Requested => Err(RemoteError::NotYet(format!("the run {} goes on; try again", run.run_id))),
        RunStatus::Failed { error, message, .. } => {
            Err(RemoteError::RunFailed { run: run.run_id.to_string(), error: error.clone(), message: message.clone() })
        }
    }
}

// Made here of checked parts, not taken from the link.
fn readable_name(run: &RunWithLinks, format: ReportFormat) -> String {
    format!("{}-{}.{format}", run.run.framework, run.run.period).replace(':', "")
}

fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, RemoteError> {
    serde_json::from_slice(bytes).map_err(|error| RemoteError::Disagrees(format!("{what} cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Digest;

    fn of_length(length: u64) -> SnapshotEvidence {
        let key = "acme/evidence/x".to_owned();
        let artifact = ArtifactReference { key, version: "1".to_owned(), digest: Digest::of(b"x"), length };
        SnapshotEvidence { evidence_id: "access-mfa.aws-iam.2026-07-01".parse().unwrap(), artifact, row_count: 1 }
    }

    #[test]
    fn large_documents_are_fetched_alone_however_large_they_are_said_to_be() {
        let at_once_of = |lengths: &[u64]| at_once(&lengths.iter().copied().map(of_length).collect::<Vec<_>>());
        assert_eq!(at_once_of(&[1, 2, 3, 4, 5]), AT_ONCE);
        assert_eq!(at_once_of(&[AT_ONCE_BYTES, 1]), 1);
        assert_eq!(at_once_of(&[u64::MAX, u64::MAX, 1]), 1);
        assert_eq!(at_once_of(&[1, u64::MAX, u64::MAX]), 1);
        assert_eq!(at_once_of(&[2, u64::MAX]), 1);
    }
}
