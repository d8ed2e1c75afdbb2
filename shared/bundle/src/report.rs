//! The record, the files that it names, the snapshot and the catalog: each is what the other says.

use crate::{
    Files, Verdict,
    layout::{self, Part, catalog_name, file_name, object_name},
};
use catalog::Catalog;
use domain::{
    ArtifactKey, ArtifactReference, Report, ReportArtifact, ReportFormat, ReportInputs, ReportRecord, Snapshot,
    canonical, canonical::CanonicalError,
};
use std::collections::BTreeSet;

/// The files of a bundle that something vouches for, and where findings go.
pub(crate) struct Reading<'a, F> {
    pub(crate) files: &'a F,
    pub(crate) known: BTreeSet<String>,
    pub(crate) verdict: Verdict,
}

/// What a report consists of, as far as it could be read.
pub(crate) struct Read {
    pub(crate) record: ReportRecord,
    pub(crate) snapshot: Snapshot,
    pub(crate) catalog: Option<Catalog>,
    pub(crate) report: Option<Report>,
}

impl<F: Files> Reading<'_, F> {
    /// The bytes of a file that has to be there and to be what its reference says; otherwise the problem is named.
    pub(crate) fn expect(&mut self, name: String, artifact: &ArtifactReference) -> Option<Vec<u8>> {
        let read = self.files.expect(&name, artifact);
        self.took(name, read)
    }

    /// The bytes of a file that has to be there.
    pub(crate) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let read = self.files.read(name);
        self.took(name.to_owned(), read)
    }

    fn took(&mut self, name: String, read: Result<Vec<u8>, crate::FileError>) -> Option<Vec<u8>> {
        match &read {
            Err(error) => self.verdict.problem(&name, error),
            Ok(bytes) => {
                self.verdict.checked.files += 1;
                self.verdict.checked.bytes += bytes.len() as u64;
            }
        }
        self.known.insert(name);
        read.ok()
    }

    pub(crate) fn record(&mut self) -> Option<ReportRecord> {
        let bytes = self.take(layout::RECORD)?;
        match serde_json::from_slice::<ReportRecord>(&bytes) {
            Err(error) => {
                self.verdict.problem(layout::RECORD, format!("it cannot be read: {error}"));
                None
            }
            Ok(record) => {
                self.verdict.report_id = Some(record.report_id.to_string());
                check_record(&record, &bytes, &mut self.verdict);
                Some(record)
            }
        }
    }

    pub(crate) fn report(&mut self, record: ReportRecord) -> Option<Read> {
        let mut json = None;
        for file in &record.artifacts {
            let found = self.expect(file_name(&record.inputs, file.format), &file.artifact);
            if file.format == ReportFormat::Json {
                json = found;
            }
        }
        self.expect(object_name(&record.staging.key), &record.staging);
        let bytes = self.expect(object_name(&record.snapshot.key), &record.snapshot)?;
        if let Err(reason) = agrees(&record, json.as_deref(), &bytes) {
            self.verdict.problem(format!("report {}", record.report_id), reason);
        }
        let Ok(snapshot) = serde_json::from_slice::<Snapshot>(&bytes) else {
            self.verdict.problem(&record.snapshot.key, "it is no snapshot");
            return None;
        };
        check_snapshot(&record, &snapshot, &mut self.verdict);
        let catalog = self.catalog(&record, &snapshot);
        let report = json.and_then(|json| serde_json::from_slice::<Report>(&json).ok());
        Some(Read { record, snapshot, catalog, report })
    }

    fn catalog(&mut self, record: &ReportRecord, snapshot: &Snapshot) -> Option<Catalog> {
        let name = object_name(&snapshot.catalog.key);
        let bytes = self.expect(name.clone(), &snapshot.catalog)?;
        if snapshot.catalog.key != ArtifactKey::catalog(&snapshot.tenant, snapshot.catalog.digest).as_str() {
            self.verdict.problem(&name, "its key does not name its tenant and its digest");
        }
        match Catalog::from_archive(&bytes) {
            Err(problems) => {
                self.verdict.problem(&name, format!("it is no catalog: {problems}"));
                None
            }
            Ok(catalog) => {
                if catalog.templates_digest() != record.inputs.templates {
                    self.verdict.problem(&name, "its templates are not the ones among the report's inputs");
                }
                Some(catalog)
            }
        }
    }

    /// What was written out for people: it has to be what the record and the catalog say.
    pub(crate) fn copies(&mut self, read: &Read) {
        let mut copies = vec![(layout::README.to_owned(), layout::readme(&read.record))];
        let files = read.catalog.iter().flat_map(|catalog| catalog.files());
        copies.extend(files.map(|(path, text)| (catalog_name(path), text.clone())));
        for (name, expected) in copies {
            if self.take(&name).is_some_and(|found| found != expected.as_bytes()) {
                self.verdict.problem(name, "it is not what the catalog and the record say: it was changed");
            }
        }
    }

    /// The parts that the sums are made over, if everything that they follow from could be read.
    pub(crate) fn parts(&self, read: &Read) -> Option<std::collections::BTreeMap<String, Part>> {
        layout::contents(&read.record, &read.snapshot, read.catalog.as_ref()?).ok()
    }
}

// What the record says by itself.
fn check_record(record: &ReportRecord, bytes: &[u8], verdict: &mut Verdict) {
    let ReportRecord { report_id, inputs, snapshot, staging, artifacts } = record;
    let snapshot_key = ArtifactKey::snapshot(&inputs.tenant, &inputs.framework, &inputs.period, snapshot.digest);
    let own = |file: &ReportArtifact| file.artifact.key == ArtifactKey::report(inputs, report_id, file.format).as_str();
    let formats: Vec<ReportFormat> = artifacts.iter().map(|file| file.format).collect();
    let claims = [
        (
            "it is not written as Exhibit writes it: something was added, removed or set otherwise",
            canonical::to_bytes(record).is_ok_and(|written| written == bytes),
        ),
        ("the report's id is not the digest of its inputs", inputs.report_id().is_ok_and(|id| id == *report_id)),
        ("its inputs are of a format that is not known here", inputs.format == ReportInputs::FORMAT),
        ("it does not name each format once", formats == ReportFormat::ALL),
        ("it names files of another report", artifacts.iter().all(own)),
        ("it names another report's staging database", staging.key == ArtifactKey::staging(inputs, report_id).as_str()),
        ("it names another report's snapshot", snapshot.key == snapshot_key.as_str()),
    ];
    verdict.claims(layout::RECORD, claims);
}

fn check_snapshot(record: &ReportRecord, snapshot: &Snapshot, verdict: &mut Verdict) {
    let ReportInputs { tenant, framework, period, .. } = &record.inputs;
    let own = snapshot.tenant == *tenant && snapshot.framework == *framework && snapshot.period == *period;
    let sorted = snapshot.evidence.is_sorted_by(|left, right| left.evidence_id < right.evidence_id);
    let gaps_sorted = snapshot.gaps.is_sorted_by(|left, right| left.evidence_id < right.evidence_id);
    let claims = [
        ("it is of a format that is not known here", snapshot.format == Snapshot::FORMAT),
        ("it is of another tenant, framework or period than the report", own),
        ("it names a piece of evidence twice, or not in order", sorted),
        ("it names a gap twice, or not in order", gaps_sorted),
        (
            "it counts other slots than it lists",
            snapshot.expected == (snapshot.evidence.len() + snapshot.gaps.len()) as u64,
        ),
    ];
    verdict.claims(object_name(&record.snapshot.key), claims);
}

/// Checks that a report is the one its id names, and rests on exactly the evidence of its snapshot. Gives the catalog's
/// reference, which has to be fetched too.
pub fn agrees(record: &ReportRecord, report: Option<&[u8]>, snapshot: &[u8]) -> Result<ArtifactReference, String> {
    let snapshot: Snapshot = serde_json::from_slice(snapshot).map_err(|error| format!("its snapshot: {error}"))?;
    let report = report.ok_or("it has no JSON format")?;
    let report: Report = serde_json::from_slice(report).map_err(|error| format!("its JSON format: {error}"))?;
    let id = record.inputs.report_id().map_err(|error: CanonicalError| error.to_string())?;
    let inputs = &record.inputs;
    let frozen = snapshot.evidence.iter().map(|kept| (&kept.evidence_id, kept.artifact.digest));
    let shown = report.evidence.iter().map(|entry| (&entry.evidence_id, entry.digest));
    let claims = [
        ("its id is not the digest of its inputs", id == record.report_id),
        ("its JSON format has other inputs", report.inputs == *inputs && report.report_id == id),
        ("its snapshot is not the one among its inputs", record.snapshot.digest == inputs.snapshot),
        ("its catalog is not the one among its inputs", snapshot.catalog.digest == inputs.catalog),
        ("it rests on other evidence than its snapshot", frozen.eq(shown)),
        ("it names other gaps than its snapshot", report.coverage.gaps == snapshot.gaps),
    ];
    match claims.into_iter().find(|(_, holds)| !holds) {
        Some((reason, _)) => Err(reason.to_owned()),
        None => Ok(snapshot.catalog),
    }
}
