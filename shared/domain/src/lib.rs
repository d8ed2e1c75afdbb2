#![doc = include_str!("../README.md")]

mod artifact_key;
pub mod canonical;
mod collection;
mod commitment;
mod digest;
mod document;
mod event;
pub mod evidence;
mod failure;
mod finding;
mod hold;
mod identifier;
mod payload;
mod period;
mod record;
mod report;
mod retention;
mod slot;
mod snapshot;

pub use artifact_key::ArtifactKey;
pub use collection::{CollectionRequest, CollectionRequestError};
pub use commitment::{Commitments, CommittedSlot, SlotCommitment};
pub use digest::{Digest, DigestError};
pub use document::{Decision, DocumentState, DocumentType, DocumentVersion, Submission};
pub use event::{CustodyEvent, EventKind, SealedPeriod};
pub use failure::Failure;
pub use finding::{Finding, FindingRow, Outcome, Severity};
pub use hold::{HoldState, LegalHold};
pub use identifier::{
    Actor, ControlId, DocumentName, FrameworkId, HoldName, IdentifierError, QueryName, RequirementId, RunId,
    SecretName, SourceId, TenantId,
};
pub use jiff::Timestamp;
pub use payload::{
    Evaluated, FailedStep, MarkedFailed, RenderStep, Rendered, ReportArtifact, ReportFormat, ReportRequest,
    Snapshotted, TransformStep, Transformed, Uploaded, Verified,
};
pub use period::{Granularity, Period, PeriodError};
pub use record::{
    ArtifactReference, CollectedEvidence, EvidenceRecord, EvidenceState, ReportRecord, ReportRun, RunState,
};
pub use report::{
    Coverage, CoverageOfControl, EvidenceEntry, QueryEntry, Report, ReportId, ReportInputs, ReportSummary,
    RequirementEntry,
};
pub use retention::RetentionClass;
pub use slot::{EvidenceId, EvidenceIdError, Slot};
pub use snapshot::{Gap, GapReason, Snapshot, SnapshotEvidence};
