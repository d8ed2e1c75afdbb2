//! The report: what every format says, in one value. Spec: `docs/formats/report.md`.

use crate::{
    Actor, ControlId, Digest, DigestError, EvidenceId, Finding, FrameworkId, Gap, Outcome, Period, QueryName,
    RequirementId, SourceId, TenantId, Timestamp, canonical,
    canonical::CanonicalError,
    evidence::{Column, RawSummary},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The name of a report: the SHA-256 of what determines it ([`ReportInputs`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReportId(Digest);

impl ReportId {
    /// The first 12 digits, for people.
    pub fn short(&self) -> String {
        self.0.short()
    }
}

impl fmt::Display for ReportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ReportId {
    type Err = DigestError;
    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse().map(Self)
    }
}

/// Everything that determines a report's bytes. Who asked and when is not among it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportInputs {
    /// The version of the report formats: `exhibit/report/v1`.
    pub format: String,
    /// The kind of report: `controls`, the conclusions on the controls of one framework.
    pub report_type: String,
    /// Whose evidence.
    pub tenant: TenantId,
    /// The framework.
    pub framework: FrameworkId,
    /// The window.
    pub period: Period,
    /// The digest of the snapshot.
    pub snapshot: Digest,
    /// The digest of the catalog.
    pub catalog: Digest,
    /// The digest of the templates.
    pub templates: Digest,
    /// Further choices, by name.
    pub parameters: BTreeMap<String, String>,
}

impl ReportInputs {
    /// The value of `format` that this code writes and reads.
    pub const FORMAT: &'static str = "exhibit/report/v1";

    /// The id of the report that these inputs determine.
    pub fn report_id(&self) -> Result<ReportId, CanonicalError> {
        canonical::digest(self).map(ReportId)
    }
}

/// A report. Its canonical JSON is the JSON format; the other formats show the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The id that follows from `inputs`.
    pub report_id: ReportId,
    /// What determined it.
    pub inputs: ReportInputs,
    /// The framework's name as people say it: `SOC 2`.
    pub framework_title: String,
    /// The framework's edition: `2017 (revised points of focus 2022)`.
    pub framework_version: String,
    /// Key figures.
    pub summary: ReportSummary,
    /// Requirements of the framework, in its order, with what answers for them.
    pub requirements: Vec<RequirementEntry>,
    /// n of m, and every gap by name.
    pub coverage: Coverage,
    /// One per control in scope, by control id.
    pub findings: Vec<Finding>,
    /// Every piece of evidence, by evidence id.
    pub evidence: Vec<EvidenceEntry>,
    /// The exact text of every query that was put to a source or to the staging tables, by name.
    pub queries: Vec<QueryEntry>,
}

/// Key figures of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSummary {
    /// Controls in scope: the sum of the next four.
    pub controls: u64,
    /// Controls that pass.
    pub pass: u64,
    /// Controls that pass in part.
    pub partial: u64,
    /// Controls that fail.
    pub fail: u64,
    /// Controls without a conclusion.
    pub not_evaluated: u64,
    /// Rows examined over all controls.
    pub examined: u64,
    /// Rows among them that are not `pass`.
    pub exceptions: u64,
    /// Exceptions that are critical.
    pub critical: u64,
    /// Exceptions that are high.
    pub high: u64,
    /// Exceptions that are medium.
    pub medium: u64,
    /// Exceptions that are low.
    pub low: u64,
    /// Rows in all evidence.
    pub evidence_rows: u64,
}

/// A requirement, and the conclusion that its controls give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementEntry {
    /// Its number in the standard.
    pub requirement: RequirementId,
    /// What it is about, in our own words.
    pub title: String,
    /// The controls that answer for it.
    pub controls: Vec<ControlId>,
    /// The worst outcome among them.
    pub outcome: Outcome,
}

/// How much of what was due was collected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// When collecting began, if not before the window: earlier slots are due only where evidence of them is there.
    pub due_since: Option<Timestamp>,
    /// Slots due in the window.
    pub expected: u64,
    /// Slots that were filled.
    pub collected: u64,
    /// The others, by name.
    pub gaps: Vec<Gap>,
    /// The same by control.
    pub controls: Vec<CoverageOfControl>,
}

/// How much of what was due for one control was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageOfControl {
    /// The control.
    pub control: ControlId,
    /// Its sources.
    pub sources: Vec<SourceId>,
    /// Its schedule, as it stands in the catalog.
    pub schedule: String,
    /// Slots due.
    pub expected: u64,
    /// Slots filled.
    pub collected: u64,
}

/// One line of the evidence trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceEntry {
    /// Its id.
    pub evidence_id: EvidenceId,
    /// Its control.
    pub control: ControlId,
    /// Its source.
    pub source: SourceId,
    /// Its period.
    pub period: Period,
    /// The name of the query in [`Report::queries`].
    pub query: String,
    /// What was asked: see [`crate::evidence::Asked::endpoint`].
    pub endpoint: String,
    /// Parameters by name.
    pub parameters: BTreeMap<String, String>,
    /// When the source was asked.
    pub executed_at: Timestamp,
    /// By which identity.
    pub executed_by: Actor,
    /// By which program: `collect-files 0.1.0`.
    pub collector: String,
    /// Rows inside.
    pub row_count: u64,
    /// The source's own count, where it gives one.
    pub source_count: Option<u64>,
    /// The source's own files, by which its owner can find them again.
    pub raw: Vec<RawSummary>,
    /// The SHA-256 of the evidence document.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The store's version of the object.
    pub version: String,
}

/// A query, exactly as it was put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryEntry {
    /// `<file in the catalog>@<version>`, unique in the report: `iam-credential-report.toml@1`, `access-mfa.sql@1`.
    pub name: String,
    /// The query's name.
    pub query: QueryName,
    /// Its version.
    pub version: u32,
    /// What it answers.
    pub answers: String,
    /// The SHA-256 of `text`.
    pub digest: Digest,
    /// Its exact text.
    pub text: String,
    /// The columns it gives, where it was put to a source.
    pub columns: Vec<Column>,
}
