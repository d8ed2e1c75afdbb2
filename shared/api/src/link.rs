//! Links: an address at which one version of one object can be downloaded for a short time.

use domain::{ArtifactReference, Digest, ReportFormat, Timestamp};
use serde::{Deserialize, Serialize};

/// An address at which one version of one object can be downloaded, and what its bytes have to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it leads to.
    pub content: LinkContent,
    /// A name for the downloaded file: `soc2-2026-Q3.pdf`.
    pub name: String,
    /// The object's key.
    pub key: String,
    /// The store's version of the object; the address leads to no other.
    pub version: String,
    /// The SHA-256 of its bytes: compare it after downloading.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The address.
    pub url: String,
    /// Until when the address works: 15 minutes at most.
    pub expires_at: Timestamp,
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkContent {
    /// The report as PDF/A-3b.
    Pdf,
    /// The report as a workbook.
    Xlsx,
    /// The report as comma-separated values.
    Csv,
    /// The report as canonical JSON.
    Json,
    /// The staging database from which the findings were made.
    Staging,
    /// The frozen list of evidence that the report covers.
    Snapshot,
    /// The catalog: what was asked of whom.
    Catalog,
    /// The signed statement over the report, once the log tells of it.
    Statement,
    /// An evidence document.
    Evidence,
    /// A document that somebody handed in.
    Document,
}

impl LinkContent {
    /// Every content, in the order in which they are listed.
    pub const ALL: [LinkContent; 10] = [
        LinkContent::Pdf,
        LinkContent::Xlsx,
        LinkContent::Csv,
        LinkContent::Json,
        LinkContent::Staging,
        LinkContent::Snapshot,
        LinkContent::Catalog,
        LinkContent::Statement,
        LinkContent::Evidence,
        LinkContent::Document,
    ];
}

impl From<ReportFormat> for LinkContent {
    fn from(format: ReportFormat) -> Self {
        match format {
            ReportFormat::Pdf => LinkContent::Pdf,
            ReportFormat::Xlsx => LinkContent::Xlsx,
            ReportFormat::Csv => LinkContent::Csv,
            ReportFormat::Json => LinkContent::Json,
        }
    }
}

impl Link {
    /// The object that it leads to.
    pub fn artifact(&self) -> ArtifactReference {
        ArtifactReference {
            key: self.key.clone(),
            version: self.version.clone(),
            digest: self.digest,
            length: self.length,
        }
    }
}
