//! Building the staging database of one report.

use crate::ReconcileError;
use catalog::SourceQuery;
use domain::{ControlId, EvidenceId, Period, SourceId, evidence::EvidenceHeader};
use rusqlite::Connection;
use std::path::Path;

/// A staging database that is being built.
pub struct Staging {
    _connection: Connection,
}

impl Staging {
    /// Starts an empty staging file at `path`, which must not exist yet.
    pub fn create(path: &Path) -> Result<Staging, ReconcileError> {
        Ok(Staging { _connection: Connection::open(path)? })
    }

    /// Adds the rows of one evidence document to the table of its query.
    pub fn add(
        &mut self,
        _evidence_id: &EvidenceId,
        _control: &ControlId,
        _period: &Period,
        _query: &SourceQuery,
        _source: &SourceId,
        _document: &[u8],
    ) -> Result<EvidenceHeader, ReconcileError> {
        Err(rusqlite::Error::InvalidQuery.into())
    }

    /// Writes the table `evidence` and closes the file.
    pub fn finish(self) -> Result<(), ReconcileError> {
        Ok(())
    }
}
