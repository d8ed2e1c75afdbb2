//! Documents that were handed in.

use crate::Link;
use domain::DocumentVersion;
use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/evidence/uploads/{source}/{document}/{version}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentWithLink {
    /// The record.
    #[serde(flatten)]
    pub document: DocumentVersion,
    /// The document itself.
    pub link: Link,
}
