//! Every object key, in one place.

use crate::{
    Digest, DocumentName, DocumentType, FrameworkId, Period, ReportFormat, ReportId, ReportInputs, Slot, SourceId,
    TenantId,
};
use std::fmt;

/// The key of an immutable object: `<tenant>/<kind>/…`. Made of checked names and digests only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactKey(String);

impl ArtifactKey {
    /// An evidence document: `<tenant>/evidence/<control>/<evidence id>/<digest>.json`.
    pub fn evidence(slot: &Slot, digest: Digest) -> Self {
        let Slot { tenant, control, .. } = slot;
        Self(format!("{tenant}/evidence/{control}/{}/{digest}.json", slot.evidence_id()))
    }

    /// A document that somebody handed in: `<tenant>/documents/<source>/<document>/<digest>.<type>`.
    pub fn document(
        tenant: &TenantId,
        source: &SourceId,
        document: &DocumentName,
        digest: Digest,
        content_type: DocumentType,
    ) -> Self {
        Self(format!("{tenant}/documents/{source}/{document}/{digest}.{content_type}"))
    }

    /// A catalog: `<tenant>/catalogs/<digest>.json`.
    pub fn catalog(tenant: &TenantId, digest: Digest) -> Self {
        Self(format!("{tenant}/catalogs/{digest}.json"))
    }

    /// A snapshot: `<tenant>/snapshots/<framework>/<period>/<digest>.json`.
    pub fn snapshot(tenant: &TenantId, framework: &FrameworkId, period: &Period, digest: Digest) -> Self {
        Self(format!("{tenant}/snapshots/{framework}/{}/{digest}.json", path_notation(period)))
    }

    /// A file of a report: `<tenant>/reports/<framework>/<period>/<report id>/report.<format>`.
    pub fn report(inputs: &ReportInputs, report_id: &ReportId, format: ReportFormat) -> Self {
        Self(format!("{}/report.{format}", report_folder(inputs, report_id)))
    }

    /// The staging database of a report, beside its files.
    pub fn staging(inputs: &ReportInputs, report_id: &ReportId) -> Self {
        Self(format!("{}/staging.db", report_folder(inputs, report_id)))
    }

    /// The in-toto statement over a report, beside its files.
    pub fn statement(inputs: &ReportInputs, report_id: &ReportId) -> Self {
        Self(format!("{}/{}", report_folder(inputs, report_id), Self::STATEMENT))
    }

    /// The name of the statement over a report.
    pub const STATEMENT: &'static str = "statement.intoto.json";

    /// A tile or bundle of the log, under its name in the tlog-tiles layout: `<tenant>/log/tile/0/000.p/5`.
    pub fn log_tile(tenant: &TenantId, name: impl fmt::Display) -> Self {
        Self(format!("{tenant}/log/{name}"))
    }

    /// A checkpoint that two keys signed, one handing over to the other: `<tenant>/log/checkpoints/<size>`.
    pub fn log_checkpoint(tenant: &TenantId, size: u64) -> Self {
        Self(format!("{tenant}/log/checkpoints/{size}"))
    }

    /// The digest that the key itself names, for keys that are made of one.
    pub fn named_digest(key: &str) -> Option<Digest> {
        let (_, name) = key.rsplit_once('/')?;
        let (stem, _) = name.split_once('.')?;
        stem.parse().ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn report_folder(inputs: &ReportInputs, report_id: &ReportId) -> String {
    let ReportInputs { tenant, framework, period, .. } = inputs;
    format!("{tenant}/reports/{framework}/{}/{report_id}", path_notation(period))
}

// A period that is no calendar unit is written with colons, which some file systems do not take.
fn path_notation(period: &Period) -> String {
    period.to_string().replace(':', "")
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
