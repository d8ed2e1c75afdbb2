//! Documents that people hand in: what was submitted, and who approved or rejected it.

use crate::{Actor, ArtifactReference, CustodyEvent, DocumentName, EventKind, SourceId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A kind of file, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentType {
    /// Comma-separated values.
    Csv,
    /// Word.
    Docx,
    /// A picture.
    Jpeg,
    /// Portable Document Format.
    Pdf,
    /// A picture.
    Png,
    /// Plain text.
    Txt,
    /// Excel.
    Xlsx,
}

impl DocumentType {
    /// As the catalog writes it, and as a file's name ends: `pdf`.
    pub fn name(self) -> &'static str {
        match self {
            DocumentType::Csv => "csv",
            DocumentType::Docx => "docx",
            DocumentType::Jpeg => "jpeg",
            DocumentType::Pdf => "pdf",
            DocumentType::Png => "png",
            DocumentType::Txt => "txt",
            DocumentType::Xlsx => "xlsx",
        }
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// For which source.
    pub source: SourceId,
    /// Which document: `access-policy`. Its versions have one name.
    pub document: DocumentName,
    /// What kind of document it is, as finding queries look for it: `access-policy`, `impact-assessment`.
    pub kind: DocumentName,
    /// What it is about, where there are several of a kind: the model, the processing, the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Until when it says that it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// What its content is.
    pub content_type: DocumentType,
    /// Where it is kept.
    pub artifact: ArtifactReference,
    /// Until when its bytes are locked.
    pub retain_until: Timestamp,
    /// Who handed it in.
    pub submitted_by: Actor,
    /// When.
    pub submitted_at: Timestamp,
}

/// One version of a document. It is never replaced: what is handed in later is the next version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersion {
    /// Counts the versions of the document, from 1.
    pub version: u32,
    /// What was handed in.
    #[serde(flatten)]
    pub submission: Submission,
    /// How it stands.
    #[serde(flatten)]
    pub state: DocumentState,
}

/// How a version stands. What somebody else decided is final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DocumentState {
    /// Nobody has decided yet.
    Submitted,
    /// It holds.
    Approved {
        /// Who says so: somebody other than who submitted it.
        approved_by: Actor,
        /// When.
        approved_at: Timestamp,
    },
    /// It does not hold.
    Rejected {
        /// Who says so: somebody other than who submitted it.
        rejected_by: Actor,
        /// When.
        rejected_at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// What somebody decides about a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decision {
    /// It holds.
    Approved,
    /// It does not hold.
    Rejected {
        /// Why.
        reason: String,
    },
}

impl DocumentState {
    /// The state as evidence names it: `submitted`, `approved`, `rejected`.
    pub fn name(&self) -> &'static str {
        match self {
            DocumentState::Submitted => "submitted",
            DocumentState::Approved { .. } => "approved",
            DocumentState::Rejected { .. } => "rejected",
        }
    }

    /// What `actor` decided, at `now`.
    pub fn decided(decision: &Decision, actor: &Actor, now: Timestamp) -> Self {
        let by = actor.clone();
        match decision {
            Decision::Approved => DocumentState::Approved { approved_by: by, approved_at: now },
            Decision::Rejected { reason } => {
                DocumentState::Rejected { rejected_by: by, rejected_at: now, reason: reason.clone() }
            }
        }
    }

    /// The decision and who made it; none while nobody has.
    pub fn decision(&self) -> Option<(Decision, &Actor)> {
        match self {
            DocumentState::Submitted => None,
            DocumentState::Approved { approved_by, .. } => Some((Decision::Approved, approved_by)),
            DocumentState::Rejected { rejected_by, reason, .. } => {
                Some((Decision::Rejected { reason: reason.clone() }, rejected_by))
            }
        }
    }
}

impl DocumentVersion {
    /// The event that tells of its submission.
    pub fn submitted(&self, tenant: &TenantId) -> CustodyEvent {
        let Submission { source, document, artifact, submitted_by, submitted_at, .. } = &self.submission;
        let kind = EventKind::DocumentSubmitted {
            source: source.clone(),
            document: document.clone(),
            version: self.version,
            digest: artifact.digest,
            object_version: artifact.version.clone(),
        };
        CustodyEvent::new(tenant.clone(), submitted_by.clone(), *submitted_at, kind)
    }

    /// The event that tells of the decision; none while there is none.
    pub fn decided(&self, tenant: &TenantId) -> Option<CustodyEvent> {
        let Submission { source, document, .. } = self.submission.clone();
        let version = self.version;
        let (actor, at, kind) = match &self.state {
            DocumentState::Submitted => return None,
            DocumentState::Approved { approved_by, approved_at } => {
                (approved_by, approved_at, EventKind::DocumentApproved { source, document, version })
            }
            DocumentState::Rejected { rejected_by, rejected_at, reason } => {
                let reason = reason.clone();
                (rejected_by, rejected_at, EventKind::DocumentRejected { source, document, version, reason })
            }
        };
        Some(CustodyEvent::new(tenant.clone(), actor.clone(), *at, kind))
    }
}
