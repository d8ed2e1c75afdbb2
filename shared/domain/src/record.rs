//! What the Table keeps of evidence, runs and reports.

use crate::{
    Actor, Digest, FrameworkId, Period, QueryName, ReportArtifact, ReportId, ReportInputs, ReportRequest, RunId, Slot,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where the bytes of an immutable object are, and what they have to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ArtifactReference {
    /// The object's key.
    pub key: String,
    /// The store's version of the object; never another one is read.
    pub version: String,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
}

/// The record of one slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// The slot.
    pub slot: Slot,
    /// How often a collection of it was begun; from 1.
    pub attempt: u32,
    /// How it stands.
    #[serde(flatten)]
    pub state: EvidenceState,
}

/// How a slot stands. `collected` is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EvidenceState {
    /// A collection is under way until the lease ends.
    Pending {
        /// The invocation that holds the lease.
        lease_owner: String,
        /// When the lease ends and another may begin.
        lease_until: Timestamp,
    },
    /// The evidence is kept. Nothing changes this.
    Collected(CollectedEvidence),
    /// The last attempt failed.
    Failed {
        /// The failure's name.
        error: String,
        /// What was wrong, with which input.
        message: String,
        /// When.
        failed_at: Timestamp,
        /// The invocation that tried. A retry of that very invocation does not ask a source again that refused it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        lease_owner: String,
    },
    /// Somebody decided that it need not be filled. Evidence that comes all the same fills it.
    Waived {
        /// Why.
        reason: String,
        /// Who decided.
        waived_by: Actor,
        /// When.
        waived_at: Timestamp,
    },
}

/// What the Table knows of evidence that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedEvidence {
    /// Where it is kept.
    pub artifact: ArtifactReference,
    /// When the source was asked.
    pub executed_at: Timestamp,
    /// The identity that asked.
    pub executed_by: Actor,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Until when its bytes are locked.
    pub retain_until: Timestamp,
    /// The named query, and its version.
    pub query: QueryName,
    /// The query's version.
    pub query_version: u32,
    /// Rows inside.
    pub row_count: u64,
}

/// One request for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRun {
    /// Its id.
    pub run_id: RunId,
    /// The framework reported on.
    pub framework: FrameworkId,
    /// The window.
    pub period: Period,
    /// Who asked.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub state: RunState,
}

impl ReportRun {
    /// The run of `request`, asked for at `requested_at` and not finished.
    pub fn requested(request: &ReportRequest, requested_at: Timestamp) -> Self {
        Self {
            run_id: request.run_id.clone(),
            framework: request.framework.clone(),
            period: request.period,
            requested_by: request.requested_by.clone(),
            requested_at,
            state: RunState::Requested,
        }
    }
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Asked for, not finished.
    Requested,
    /// The report exists and every byte of it was read back and checked.
    Completed {
        /// The report that answers.
        report_id: ReportId,
        /// When it was verified.
        completed_at: Timestamp,
    },
    /// It ended without a report.
    Failed {
        /// The failure's name.
        error: String,
        /// What was wrong, with which input.
        message: String,
        /// When.
        failed_at: Timestamp,
    },
}

/// A report that exists: content-addressed, made once, whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// Its id.
    pub report_id: ReportId,
    /// What determined it.
    pub inputs: ReportInputs,
    /// The snapshot it covers.
    pub snapshot: ArtifactReference,
    /// The staging database its findings were made from.
    pub staging: ArtifactReference,
    /// Its files, one per format.
    pub artifacts: Vec<ReportArtifact>,
}
