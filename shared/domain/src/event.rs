//! Custody events: who did what to which evidence or report, when. Spec: `docs/formats/custody-event.md`.

use crate::{
    Actor, ControlId, Digest, DocumentName, EvidenceId, Failure, FrameworkId, Period, ReportId, RunId, SlotCommitment,
    SourceId, TenantId, Timestamp,
};
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
    /// A catalog is in use from now on.
    CatalogPublished {
        /// Counts the publications of the tenant, from 1.
        sequence: u64,
        /// The SHA-256 of its archive.
        catalog: Digest,
    },
    /// Slots of a control are due from an instant on, until another commitment of the control says otherwise.
    SlotsCommitted(SlotCommitment),
    /// A period of a control is over, its grace too: what came of its slots. Told of every period, also of an empty one.
    PeriodSealed(SealedPeriod),
    /// Somebody decided that a slot need not be filled.
    SlotWaived {
        /// The evidence that is not expected any more.
        evidence_id: EvidenceId,
        /// How often it had been tried.
        attempt: u32,
        /// Why.
        reason: String,
    },
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
    /// Somebody handed a document in.
    DocumentSubmitted {
        /// For which source.
        source: SourceId,
        /// The document.
        document: DocumentName,
        /// Which version of it; from 1.
        version: u32,
        /// The SHA-256 of its bytes.
        digest: Digest,
        /// The store's version of the object.
        object_version: String,
    },
    /// Somebody other than who submitted it approved a version of a document.
    DocumentApproved {
        /// For which source.
        source: SourceId,
        /// The document.
        document: DocumentName,
        /// Which version of it.
        version: u32,
    },
    /// Somebody other than who submitted it rejected a version of a document.
    DocumentRejected {
        /// For which source.
        source: SourceId,
        /// The document.
        document: DocumentName,
        /// Which version of it.
        version: u32,
        /// Why.
        reason: String,
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
    /// Somebody may do something from now on, or no longer.
    RoleChanged {
        /// Names this one change.
        token: String,
        /// Whose.
        subject: Actor,
        /// Everything that they may do now, in order; nothing when all was taken away.
        roles: Vec<String>,
        /// Until when; none when until it is changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// A legal hold was laid on a report and all it rests on.
    HoldPlaced {
        /// The hold's name.
        hold: String,
        /// The report.
        report_id: ReportId,
        /// Why.
        reason: String,
    },
    /// A legal hold was lifted.
    HoldReleased {
        /// The hold's name.
        hold: String,
        /// The report.
        report_id: ReportId,
        /// Who agreed, beside the actor of the event, who agreed last.
        approved_by: Vec<Actor>,
        /// Why.
        reason: String,
    },
    /// Checkpoints are signed by this key from now on. The one after this event carries signatures by both.
    KeyRotated {
        /// The verification key that ends, as c2sp.org/signed-note writes it; none for the log's first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The verification key that begins.
        to: String,
    },
}

/// What came of the slots of one control and period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPeriod {
    /// The control.
    pub control: ControlId,
    /// The period.
    pub period: Period,
    /// How many slots were committed.
    pub expected: u64,
    /// How many of them were filled.
    pub collected: u64,
    /// The sources whose last attempt failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<SourceId>,
    /// The sources that were waived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<SourceId>,
    /// The sources of which there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SourceId>,
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
        match &self.kind {
            // A control is committed more than once.
            EventKind::SlotsCommitted(committed) => {
                format!("slots-committed/{}/{:.9}", committed.control, self.recorded_at)
            }
            kind => kind.name(),
        }
    }
}

impl EventKind {
    /// What the change is about. Unique within a tenant but for commitments of slots: see [`CustodyEvent::name`].
    pub fn name(&self) -> String {
        match self {
            EventKind::CatalogPublished { sequence, .. } => format!("catalog-published/{sequence}"),
            EventKind::SlotsCommitted(committed) => format!("slots-committed/{}", committed.control),
            EventKind::PeriodSealed(sealed) => format!("period-sealed/{}/{}", sealed.control, sealed.period),
            EventKind::SlotWaived { evidence_id, attempt, .. } => format!("slot-waived/{evidence_id}/{attempt}"),
            EventKind::EvidenceCollected { evidence_id, .. } => format!("evidence-collected/{evidence_id}"),
            EventKind::EvidenceFailed { evidence_id, attempt, .. } => {
                format!("evidence-failed/{evidence_id}/{attempt}")
            }
            EventKind::DocumentSubmitted { source, document, version, .. } => {
                format!("document-submitted/{source}/{document}/{version}")
            }
            EventKind::DocumentApproved { source, document, version } => {
                format!("document-approved/{source}/{document}/{version}")
            }
            EventKind::DocumentRejected { source, document, version, .. } => {
                format!("document-rejected/{source}/{document}/{version}")
            }
            EventKind::ReportRequested { run_id, .. } => format!("report-requested/{run_id}"),
            EventKind::ReportStored { report_id, .. } => format!("report-stored/{report_id}"),
            EventKind::ReportVerified { run_id, .. } => format!("report-verified/{run_id}"),
            EventKind::ReportFailed { run_id, .. } => format!("report-failed/{run_id}"),
            EventKind::LinkHandedOut { token, .. } => format!("link-handed-out/{token}"),
            EventKind::RoleChanged { token, .. } => format!("role-changed/{token}"),
            EventKind::HoldPlaced { hold, .. } => format!("hold-placed/{hold}"),
            EventKind::HoldReleased { hold, .. } => format!("hold-released/{hold}"),
            EventKind::KeyRotated { to, .. } => format!("key-rotated/{}", Digest::of(to.as_bytes()).short()),
        }
    }
}
