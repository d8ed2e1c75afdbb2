//! Findings: the conclusion on one control, and the rows it rests on.

use crate::{ControlId, EvidenceId, RequirementEntry, evidence::Cell};
use serde::{Deserialize, Serialize};

/// The conclusion on a row, a control or a requirement, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing to object to, and nothing missing.
    Pass,
    /// Some evidence is missing, or an exception no longer stands at the last evidence of the period.
    Partial,
    /// At least one exception stands.
    Fail,
    /// There is nothing to conclude from: a source without evidence, a query without an answer, nothing to examine.
    NotEvaluated,
}

/// How grave an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Act today.
    Critical,
    /// Act this week.
    High,
    /// Act this month.
    Medium,
    /// Act when convenient.
    Low,
}

/// The conclusion on one control over the period of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// What it asks, in our own words.
    pub description: String,
    /// The requirements of the report's framework that it satisfies, in catalog order.
    pub requirements: Vec<RequirementEntry>,
    /// How grave an exception to it is, unless a row says otherwise.
    pub severity: Severity,
    /// The conclusion.
    pub outcome: Outcome,
    /// One sentence: why this outcome.
    pub reason: String,
    /// Name of the finding query in [`crate::Report::queries`].
    pub query: String,
    /// How many rows the query examined: `rows.len()`.
    pub examined: u64,
    /// How many of them are not `pass`.
    pub exceptions: u64,
    /// What to do about exceptions.
    pub remediation: String,
    /// Names of `FindingRow::values`, in order.
    pub columns: Vec<String>,
    /// Every row examined: worst outcome first, then severity, subject and the rest of the row.
    pub rows: Vec<FindingRow>,
}

/// One thing examined: a user, a grant, a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FindingRow {
    /// What was examined.
    pub subject: String,
    /// The conclusion on it: `pass`, `partial` or `fail`.
    pub outcome: Outcome,
    /// How grave.
    pub severity: Severity,
    /// What was seen, in one sentence; empty when there is nothing to say.
    pub detail: String,
    /// The evidence that shows it; never empty.
    pub evidence: Vec<EvidenceId>,
    /// Further columns of the query, named in `Finding::columns`.
    pub values: Vec<Cell>,
}
