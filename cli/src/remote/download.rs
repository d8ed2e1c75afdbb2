//! Downloading a report through links, and putting its record together from what they say.

use super::{Remote, RemoteError};
use crate::{CommandError, download::Downloaded};
use api::{Link, LinkContent, Run, RunStatus, RunWithLinks};
use bundle::{CHECKPOINT, Part, RECORD, STATEMENT, SUMS, file_name, log_name, object_name};
use catalog::Catalog;
use custody_log::{SignedCheckpoint, TileName};
use domain::{
    ArtifactReference, EvidenceId, Report, ReportArtifact, ReportFormat, ReportId, ReportRecord, Snapshot,
    SnapshotEvidence,
};
use std::{path::Path, time::Instant};
use verify::download::Folder;

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
        // Before anything is written: a report that the log does not tell of yet comes without what shows it.
        let statement = links.link(LinkContent::Statement).map_err(|_| not_sealed(&run.run))?;
        let statement = self.fetch(&statement)?;
        let folder = Folder::create(path)?;
        let mut download = Download { folder: &folder, written: Downloaded::new(report_id, path) };
        let (record, snapshot, catalog) = self.report(report_id, &mut links, &mut download)?;
        self.put_evidence(if with_evidence { &snapshot.evidence } else { &[] }, &mut download, &mut progress)?;
        download.put(STATEMENT, &statement)?;
        self.put_log(&mut download)?;
        let parts = bundle::contents(&record, &snapshot, &catalog);
        let parts = parts.map_err(|error| CommandError::Invalid(error.to_string()))?;
        download.put(SUMS, bundle::sums(&parts).as_bytes())?;
        // The record comes last: a folder without it is no downloaded report.
        let last = parts.get(RECORD).cloned();
        let own = parts.into_iter().filter(|(name, _)| name != RECORD);
        for (name, part) in own.chain(last.map(|part| (RECORD.to_owned(), part))) {
            if let Part::Bytes(bytes) = part {
                download.put(&name, &bytes)?;
            }
        }
        Ok(download.written)
    }

    fn report(
        &self,
        report_id: ReportId,
        links: &mut Links<'_>,
        download: &mut Download<'_>,
    ) -> Result<(ReportRecord, Snapshot, Catalog), CommandError> {
        let (json_artifact, json) = links.fetch(LinkContent::Json)?;
        let report: Report = parsed(&json, "the JSON format")?;
        let mut artifacts = Vec::new();
        for format in ReportFormat::ALL {
            let (artifact, bytes) = match format {
                ReportFormat::Json => (json_artifact.clone(), json.clone()),
                other => links.fetch(other.into())?,
            };
            download.put(&file_name(&report.inputs, format), &bytes)?;
            artifacts.push(ReportArtifact { format, artifact });
        }
        let staging = self.object(links, LinkContent::Staging, download)?.0;
        let (snapshot_artifact, bytes) = self.object(links, LinkContent::Snapshot, download)?;
        let snapshot: Snapshot = parsed(&bytes, "the snapshot")?;
        let catalog = Catalog::from_archive(&self.object(links, LinkContent::Catalog, download)?.1)?;
        let inputs = report.inputs;
        let record = ReportRecord { report_id, inputs, snapshot: snapshot_artifact, staging, artifacts };
        Ok((record, snapshot, catalog))
    }

    fn put_evidence(
        &self,
        evidence: &[SnapshotEvidence],
        download: &mut Download<'_>,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), CommandError> {
        let mut rest = evidence;
        while let Some((some, after)) = rest.split_at_checked(at_once(rest)).filter(|(some, _)| !some.is_empty()) {
            progress((evidence.len() - rest.len()) as u64, evidence.len() as u64);
            for (frozen, document) in some.iter().zip(self.documents(some)) {
                download.put(&object_name(&frozen.artifact.key), &document?)?;
            }
            rest = after;
        }
        Ok(())
    }

    // As it is now: what is in it is shown by its tiles, and whoever verifies looks at each.
    fn put_log(&self, download: &mut Download<'_>) -> Result<(), CommandError> {
        let note = self.client.get_bytes("/v1/log/checkpoint")?;
        let disagrees = |error: custody_log::LogError| RemoteError::Disagrees(format!("the checkpoint: {error}"));
        let size = SignedCheckpoint::read(&note).map_err(disagrees)?.claim().size;
        for name in TileName::entries_of(size).chain(TileName::hashes_of(size)) {
            download.put(&log_name(name), &self.client.get_bytes(&format!("/v1/log/{name}"))?)?;
        }
        download.put(CHECKPOINT, &note)
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

/// A folder that a report is being written into.
struct Download<'a> {
    folder: &'a Folder,
    written: Downloaded,
}

impl Download<'_> {
    fn put(&mut self, name: &str, content: &[u8]) -> Result<(), CommandError> {
        self.folder.put(name, content)?;
        self.written.count(name, content);
        Ok(())
    }
}

fn not_sealed(run: &Run) -> RemoteError {
    let reason =
        "the log does not tell of its report yet; that takes a minute or two after it was completed, try again";
    RemoteError::NotYet(format!("the run {}: {reason}", run.run_id))
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
