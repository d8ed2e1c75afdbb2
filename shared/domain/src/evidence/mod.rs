//! The evidence document: what one source answered for one slot, with how it was asked. Spec: `docs/formats/evidence.md`.
//!
//! It is one canonical JSON text (RFC 8785) that is written and read as a stream, so that a million rows never have to be
//! held. The member names are chosen so that their canonical order is the order in which a collector learns them.

mod cell;
mod checking;
mod reader;
mod redacting;
mod redaction;
mod writer;

pub use cell::{Cell, Column, ColumnKind};
pub use checking::check;
pub use reader::{ReadError, read, read_raw};
pub use redacting::redact;
pub use redaction::{NotHexadecimal, RAW_SALT, Redacted, Redaction, RedactionKey, Salt};
pub use writer::{EvidenceWriter, Written};

use crate::{Actor, Digest, QueryName, Slot, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of `format` that this code writes and reads.
pub const FORMAT: &str = "exhibit/evidence/v1";

/// Everything about a piece of evidence but its raw bytes and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceHeader {
    /// How it was asked.
    pub asked: Asked,
    /// When and by whom.
    pub collected: Collected,
    /// With which program.
    pub collector: Collector,
    /// The columns of its rows.
    pub columns: Vec<Column>,
    /// The answers as received, without their bytes.
    pub raw: Vec<RawSummary>,
    /// What was redacted; none when nothing was.
    pub redacted: Option<Redacted>,
    /// The slot it fills.
    pub slot: Slot,
    /// Its counts.
    pub totals: Totals,
}

/// How the source was asked: enough to ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What was asked, as the collector addresses it: `files:aws-iam/2026-07-01.csv`, `https://…`.
    pub endpoint: String,
    /// Each page, file or cursor that was read, in order.
    pub pages: Vec<String>,
    /// Parameters by name, as sent.
    pub parameters: BTreeMap<String, String>,
    /// The named query.
    pub query: QueryName,
    /// The SHA-256 of `query_text`.
    pub query_digest: Digest,
    /// The exact text of the query.
    pub query_text: String,
    /// The query's version.
    pub query_version: u32,
}

/// When and by whom evidence was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// When the source was asked.
    pub executed_at: Timestamp,
    /// The identity that asked.
    pub executed_by: Actor,
}

/// The program that fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collector {
    /// `collect-files`
    pub name: String,
    /// Its version: `0.1.0`
    pub version: String,
}

/// The counts of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows in the document.
    pub row_count: u64,
    /// The source's own count, where it gives one.
    pub source_count: Option<u64>,
}

/// What is known before the first raw byte is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble {
    /// See [`EvidenceHeader::asked`].
    pub asked: Asked,
    /// See [`EvidenceHeader::collected`].
    pub collected: Collected,
    /// See [`EvidenceHeader::collector`].
    pub collector: Collector,
    /// See [`EvidenceHeader::columns`].
    pub columns: Vec<Column>,
}

/// One answer as it was received, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawSummary {
    /// The SHA-256 of its bytes: that of the file as the source has it. Of one that is withheld their HMAC under the salt [`RAW_SALT`].
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// The page, file or cursor it answers.
    pub name: String,
    /// Whether its bytes are not kept, because they hold what was redacted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

/// One answer as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFile {
    /// The page, file or cursor it answers; one of [`Asked::pages`].
    pub name: String,
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests;
