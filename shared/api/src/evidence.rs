//! Evidence: the record of one slot.

use crate::{Link, notation};
use domain::{
    Actor, ArtifactReference, CollectedEvidence, ControlId, EvidenceId, EvidenceRecord, EvidenceState, Period,
    QueryName, SourceId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// One slot, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its id: `access-mfa.aws-iam.2026-07-01`.
    pub evidence_id: EvidenceId,
    /// Its control.
    pub control: ControlId,
    /// Its source.
    pub source: SourceId,
    /// Its period.
    #[serde(with = "notation")]
    pub period: Period,
    /// How often a collection of it was begun; from 1.
    pub attempt: u32,
    /// How it stands.
    #[serde(flatten)]
    pub status: EvidenceStatus,
}

/// How a slot stands. `collected` is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EvidenceStatus {
    /// A collection is under way.
    Pending {
        /// Until when nobody else may begin.
        lease_until: Timestamp,
    },
    /// The evidence is kept.
    Collected {
        /// Where its document is kept, and what its bytes have to be.
        artifact: ArtifactReference,
        /// When the source was asked.
        executed_at: Timestamp,
        /// The identity that asked.
        executed_by: Actor,
        /// When it was recorded.
        recorded_at: Timestamp,
        /// Until when its bytes are locked, as recorded; a report that rests on it locks it for longer.
        retain_until: Timestamp,
        /// The named query.
        query: QueryName,
        /// Its version.
        query_version: u32,
        /// Rows inside.
        row_count: u64,
    },
    /// The last attempt failed.
    Failed {
        /// The failure's name: one of [`domain::Failure`].
        error: String,
        /// What was wrong, with which input.
        message: String,
        /// When.
        failed_at: Timestamp,
    },
    /// Somebody decided that it need not be there.
    Waived {
        /// Why.
        reason: String,
        /// Who decided.
        waived_by: Actor,
        /// When.
        waived_at: Timestamp,
    },
}

/// The answer of `GET /v1/evidence/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceWithLink {
    /// The record.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// The document, when it is collected.
    pub link: Option<Link>,
}

impl From<EvidenceRecord> for Evidence {
    fn from(record: EvidenceRecord) -> Self {
        let EvidenceRecord { slot, attempt, state } = record;
        Self {
            evidence_id: slot.evidence_id(),
            control: slot.control,
            source: slot.source,
            period: slot.period,
            attempt,
            status: state.into(),
        }
    }
}

impl From<EvidenceState> for EvidenceStatus {
    fn from(state: EvidenceState) -> Self {
        match state {
            // Who holds the lease is the store's own affair.
            EvidenceState::Pending { lease_until, .. } => EvidenceStatus::Pending { lease_until },
            EvidenceState::Failed { error, message, failed_at, .. } => {
                EvidenceStatus::Failed { error, message, failed_at }
            }
            EvidenceState::Waived { reason, waived_by, waived_at } => {
                EvidenceStatus::Waived { reason, waived_by, waived_at }
            }
            EvidenceState::Collected(kept) => kept.into(),
        }
    }
}

impl From<CollectedEvidence> for EvidenceStatus {
    fn from(kept: CollectedEvidence) -> Self {
        EvidenceStatus::Collected {
            artifact: kept.artifact,
            executed_at: kept.executed_at,
            executed_by: kept.executed_by,
            recorded_at: kept.recorded_at,
            retain_until: kept.retain_until,
            query: kept.query,
            query_version: kept.query_version,
            row_count: kept.row_count,
        }
    }
}
