//! Custody events: who did what to which evidence or report, when. Spec: `docs/formats/custody-event.md`.

use crate::{Actor, Digest, EvidenceId, Failure, FrameworkId, Period, ReportId, RunId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// One event. It enters the outbox in the transaction of the change it tells of, and later becomes a leaf of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyEvent {
    /// `exhibit/custody-event/v1`
    pub format: String,
    /// Whose log.
    pub tenant: TenantId,
    /// Who did it.
    pub actor: Actor,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What was done.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A slot was filled.
    EvidenceCollected {
        /// The evidence.
        evidence_id: EvidenceId,
        /// The SHA-256 of its document.
        digest: Digest,
        /// The store's version of the object.
        version: String,
    },
    /// An attempt to fill a slot failed.
    EvidenceFailed {
        /// The evidence that is missing.
        evidence_id: EvidenceId,
        /// Which attempt; from 1.
        attempt: u32,
        /// The failure's name.
        error: String,
        /// What was wrong, with which input.
        message: String,
    },
    /// A report was asked for.
    ReportRequested {
        /// The run.
        run_id: RunId,
        /// The framework.
        framework: FrameworkId,
        /// The window.
        period: Period,
    },
    /// A report was stored.
    ReportStored {
        /// The report.
        report_id: ReportId,
        /// The SHA-256 of the canonical JSON of its record: inputs, snapshot, staging database and every file with its digest.
        record: Digest,
    },
    /// A run ended with a report, each byte of it read back and checked.
    ReportVerified {
        /// The run.
        run_id: RunId,
        /// The report.
        report_id: ReportId,
    },
    /// A run ended without a report.
    ReportFailed {
        /// The run.
        run_id: RunId,
        /// The failure.
        error: Failure,
        /// What was wrong, with which input.
        message: String,
    },
    /// Somebody was given a link to an object.
    LinkHandedOut {
        /// Names this one handing out.
        token: String,
        /// The object's key.
        key: String,
        /// The store's version of the object.
        version: String,
        /// The SHA-256 of its bytes.
        digest: Digest,
    },
}

impl CustodyEvent {
    /// The value of `format` that this code writes and reads.
    pub const FORMAT: &'static str = "exhibit/custody-event/v1";

    /// An event of `tenant`.
    pub fn new(tenant: TenantId, actor: Actor, recorded_at: Timestamp, kind: EventKind) -> Self {
        Self { format: Self::FORMAT.to_owned(), tenant, actor, recorded_at, kind }
    }

    /// What the event is about, unique within a tenant: the same change never has two.
    pub fn name(&self) -> String {
        self.kind.name()
    }
}

impl EventKind {
    /// See [`CustodyEvent::name`].
    pub fn name(&self) -> String {
        match self {
            EventKind::EvidenceCollected { evidence_id, .. } => format!("evidence-collected/{evidence_id}"),
            EventKind::EvidenceFailed { evidence_id, attempt, .. } => {
                format!("evidence-failed/{evidence_id}/{attempt}")
            }
            EventKind::ReportRequested { run_id, .. } => format!("report-requested/{run_id}"),
            EventKind::ReportStored { report_id, .. } => format!("report-stored/{report_id}"),
            EventKind::ReportVerified { run_id, .. } => format!("report-verified/{run_id}"),
            EventKind::ReportFailed { run_id, .. } => format!("report-failed/{run_id}"),
            EventKind::LinkHandedOut { token, .. } => format!("link-handed-out/{token}"),
        }
    }
}
