//! What the states of a report hand to each other: references with digests, never content.

use crate::{Actor, ArtifactReference, Digest, FrameworkId, Period, ReportId, ReportInputs, RunId, TenantId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The input of the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// The run.
    pub run_id: RunId,
    /// Whose evidence.
    pub tenant: TenantId,
    /// The framework to report on.
    pub framework: FrameworkId,
    /// The window.
    pub period: Period,
    /// Who asks.
    pub requested_by: Actor,
}

/// A format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// PDF/A-3b
    Pdf,
    /// Office Open XML workbook
    Xlsx,
    /// RFC 4180
    Csv,
    /// RFC 8785
    Json,
}

impl ReportFormat {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [ReportFormat; 4] = [ReportFormat::Pdf, ReportFormat::Xlsx, ReportFormat::Csv, ReportFormat::Json];

    /// The file name's ending, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            ReportFormat::Pdf => "pdf",
            ReportFormat::Xlsx => "xlsx",
            ReportFormat::Csv => "csv",
            ReportFormat::Json => "json",
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// After Snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshotted {
    /// What was asked.
    pub request: ReportRequest,
    /// The locked snapshot.
    pub snapshot: ArtifactReference,
    /// What determines the report.
    pub inputs: ReportInputs,
    /// The id that follows from `inputs`.
    pub report_id: ReportId,
}

/// After Transform. Drafts are named by their digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transformed {
    /// What came before.
    pub snapshotted: Snapshotted,
    /// The draft of the report as canonical JSON.
    pub report: Digest,
    /// The draft of the staging database.
    pub staging: Digest,
}

/// After Render: one draft per format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// What came before.
    pub transformed: Transformed,
    /// The drafts, by format.
    pub drafts: Vec<(ReportFormat, Digest)>,
}

/// A stored file of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportArtifact {
    /// Its format.
    pub format: ReportFormat,
    /// Where it is and what it has to be.
    pub artifact: ArtifactReference,
}

/// After Upload: everything is locked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uploaded {
    /// What was asked.
    pub request: ReportRequest,
    /// The report.
    pub report_id: ReportId,
}

/// After Verify: every byte was read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// The run that is now completed.
    pub run_id: RunId,
    /// The report.
    pub report_id: ReportId,
    /// How many objects were read back.
    pub objects: u64,
    /// How many bytes.
    pub bytes: u64,
}
