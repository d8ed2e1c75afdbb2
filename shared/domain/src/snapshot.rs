//! Snapshots: the frozen list of evidence that one report covers. Spec: `docs/formats/snapshot.md`.

use crate::{
    Actor, ArtifactReference, ControlId, Digest, EvidenceId, FrameworkId, Period, SourceId, TenantId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// The evidence of a framework's controls over a period, as it stood when the report was asked for.
///
/// It says nothing of when it was taken or by whom: the same evidence gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `exhibit/snapshot/v1`
    pub format: String,
    /// Whose evidence.
    pub tenant: TenantId,
    /// The framework reported on.
    pub framework: FrameworkId,
    /// The window: slots that lie wholly inside it are covered.
    pub period: Period,
    /// The catalog, as a locked object: what was asked of whom.
    pub catalog: ArtifactReference,
    /// The controls in scope, by id.
    pub controls: Vec<ControlId>,
    /// Slots whose period had ended by then are due only where evidence of them is there: collecting began then. None: all
    /// slots of the window are due.
    pub due_since: Option<Timestamp>,
    /// How many slots were due: `evidence.len() + gaps.len()`.
    pub expected: u64,
    /// What was collected, by evidence id.
    pub evidence: Vec<SnapshotEvidence>,
    /// What was not, by evidence id.
    pub gaps: Vec<Gap>,
}

/// One piece of evidence in a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotEvidence {
    /// Its id.
    pub evidence_id: EvidenceId,
    /// Where its bytes are, and what they have to be.
    pub artifact: ArtifactReference,
    /// Rows inside.
    pub row_count: u64,
}

/// A slot of the window that holds no evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The evidence that is missing.
    pub evidence_id: EvidenceId,
    /// Its control.
    pub control: ControlId,
    /// Its source.
    pub source: SourceId,
    /// Its period.
    pub period: Period,
    /// Why.
    pub reason: GapReason,
}

/// Why a slot holds no evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GapReason {
    /// Nothing was ever tried.
    Missing,
    /// A collection had begun and not ended.
    Pending,
    /// The last attempt failed.
    Failed {
        /// The failure's name.
        error: String,
        /// What was wrong, with which input.
        message: String,
    },
    /// Somebody decided that it need not be there.
    Waived {
        /// Why.
        reason: String,
        /// Who decided.
        waived_by: Actor,
    },
    /// It had been committed, and the catalog asks for it no longer: its control was taken out, or changed. Whatever was collected is not
    /// evaluated.
    Withdrawn,
}

impl Snapshot {
    /// The value of `format` that this code writes and reads.
    pub const FORMAT: &'static str = "exhibit/snapshot/v1";

    /// The digest of the canonical bytes.
    pub fn digest(&self) -> Result<Digest, crate::canonical::CanonicalError> {
        crate::canonical::digest(self)
    }
}
