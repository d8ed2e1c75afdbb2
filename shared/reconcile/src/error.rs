//! What can go wrong between evidence and findings.

use domain::{EvidenceId, QueryName, evidence::ReadError};

/// Why evidence could not be staged, or a query not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// SQLite failed on the staging file itself.
    #[error("the staging database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The staging file cannot be made where it was asked for.
    #[error("a staging file cannot be made at {path:?}: {source}")]
    Create {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A case that cannot be tried.
    #[error("the case cannot be tried: {reason}")]
    Case {
        /// What is wrong with it.
        reason: String,
    },
    /// A staging file was to be finished after some evidence had been refused.
    #[error("the staging file is not whole, because evidence was refused before: build it anew")]
    Unfinished,
    /// Evidence came in another order than by its id; the order decides the bytes of the file.
    #[error("the evidence {evidence_id} came after {after}: add evidence in the order of its ids, each once")]
    OutOfOrder {
        /// The evidence.
        evidence_id: EvidenceId,
        /// What had been added before.
        after: EvidenceId,
    },
    /// Bytes that are no evidence document.
    #[error("the evidence {evidence_id} cannot be read: {source}")]
    Unreadable {
        /// The evidence.
        evidence_id: EvidenceId,
        /// Why.
        source: ReadError,
    },
    /// A document that fills another slot.
    #[error("the evidence {evidence_id} was expected, and the document is {found}")]
    OtherEvidence {
        /// What was expected.
        evidence_id: EvidenceId,
        /// What the document says.
        found: EvidenceId,
    },
    /// Evidence that an older or another query gave.
    #[error(
        "the evidence {evidence_id} was collected with {asked}, with the columns {found}; the catalog now has {query} with the \
         columns {declared}: report with the catalog that it was collected under"
    )]
    OtherColumns {
        /// The evidence.
        evidence_id: EvidenceId,
        /// The query it was collected with, and its version.
        asked: String,
        /// Its columns.
        found: String,
        /// The query of the catalog, and its version.
        query: String,
        /// The columns that this query declares.
        declared: String,
    },
    /// A cell that its column cannot hold.
    #[error(
        "row {row} of the evidence {evidence_id} holds {found} in the column {column:?}, which is declared {declared}"
    )]
    OtherKind {
        /// The evidence.
        evidence_id: EvidenceId,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// What is there.
        found: &'static str,
        /// What may be there.
        declared: &'static str,
    },
    /// A control that names a query which its catalog does not have.
    #[error("the catalog has no query {0:?}: use the catalog that the control is from")]
    UnknownQuery(QueryName),
    /// A statement that SQLite does not take.
    #[error("line {line} of the query: {message}")]
    Sql {
        /// The line of the query, from 1.
        line: usize,
        /// What SQLite says.
        message: String,
    },
    /// A statement that asks for what a query must not do.
    #[error("line {line} of the query: {what}")]
    Forbidden {
        /// The line of the query, from 1.
        line: usize,
        /// What it must not do, and what to do instead.
        what: String,
    },
    /// A query that reached a limit. Its answer is not shortened, it has none.
    #[error("the query was stopped at its limit of {limit}: ask for less")]
    Limit {
        /// The limit: `1000 rows`.
        limit: String,
    },
    /// A value that an answer cannot hold.
    #[error("row {row} of the answer holds {held} in the column {column:?}")]
    Value {
        /// The row, from 1.
        row: usize,
        /// The column.
        column: String,
        /// What it holds, and what to do instead.
        held: &'static str,
    },
    /// An answer that does not have the shape of a finding.
    #[error("the finding query {query}: {message}")]
    Shape {
        /// The query.
        query: QueryName,
        /// What is wrong with which row or column.
        message: String,
    },
}
