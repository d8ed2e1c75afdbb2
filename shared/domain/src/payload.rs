//! What the states of a report hand to each other: references with digests, never content.

use crate::{
    Actor, ArtifactReference, ControlId, Digest, Failure, FrameworkId, Period, ReportId, ReportInputs, RunId, TenantId,
};
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(test)]
mod tests;

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
    /// The controls in scope, by id: what a Map over controls goes through.
    pub controls: Vec<ControlId>,
    /// Whether the report of these inputs is stored already. Then it only has to be verified.
    pub exists: bool,
}

/// The input of Transform: the whole report, or one control of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformStep {
    /// What came before.
    pub snapshotted: Snapshotted,
    /// Evaluate only this control, and answer [`Evaluated`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlId>,
    /// The findings that were made control by control; when there is none, every control is evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluated: Vec<Evaluated>,
}

/// After one control was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The control.
    pub control: ControlId,
    /// The draft of its [`crate::Finding`] as canonical JSON.
    pub finding: Digest,
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

/// The input of Render: one format of one report. The answer is the format and the digest of its draft, as in
/// [`Rendered::drafts`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderStep {
    /// What came before.
    pub transformed: Transformed,
    /// The format.
    pub format: ReportFormat,
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

/// The input of MarkFailed: a step that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedStep {
    /// What was asked.
    pub request: ReportRequest,
    /// The state that failed.
    pub state: String,
    /// The error's name: a [`Failure`], or one of the orchestrator's own, as `States.Timeout`.
    pub error: String,
    /// What the orchestrator knows of it: text, or the JSON that a function's error is.
    pub cause: String,
}

/// After MarkFailed: how the run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedFailed {
    /// The run.
    pub run_id: RunId,
    /// The failure.
    pub error: Failure,
    /// What was wrong, with which input.
    pub message: String,
}
