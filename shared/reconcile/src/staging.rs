//! Building the staging database of one report.

use crate::{ReconcileError, cell};
use catalog::{STAGING_COLUMNS, SourceQuery};
use domain::{
    ControlId, Digest, EvidenceId, Period, Slot, SourceId,
    evidence::{self, Cell, Column, ColumnKind, EvidenceHeader},
};
use rusqlite::{CachedStatement, Connection, params};
use std::{fs::OpenOptions, path::Path};

/// A staging database that is being built: a table per source query, and the table `evidence`.
///
/// The file's bytes follow from what is added, and from nothing else: equal evidence gives an equal file.
pub struct Staging {
    connection: Connection,
    last: Option<EvidenceId>,
    refused: bool,
}

/// Everything that SQLite would otherwise take from its build or its defaults. Without a journal there is nothing to roll
/// back to: a file that was not finished is thrown away.
const SETTINGS: &str = "
    PRAGMA page_size = 4096;
    PRAGMA encoding = 'UTF-8';
    PRAGMA auto_vacuum = NONE;
    PRAGMA secure_delete = ON;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32768;
    PRAGMA user_version = 1;
    BEGIN;
    CREATE TABLE evidence (
        evidence_id TEXT NOT NULL,
        control_id TEXT NOT NULL,
        source_id TEXT NOT NULL,
        period_start TEXT NOT NULL,
        period_end TEXT NOT NULL,
        digest TEXT NOT NULL,
        row_count INTEGER NOT NULL,
        executed_at TEXT NOT NULL,
        executed_by TEXT NOT NULL
    );";

impl Staging {
    /// Starts an empty staging file at `path`. Fails where there is a file already.
    pub fn create(path: &Path) -> Result<Staging, ReconcileError> {
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        made.map_err(|source| ReconcileError::Create { path: path.to_owned(), source })?;
        let connection = Connection::open(path)?;
        connection.execute_batch(SETTINGS)?;
        Ok(Staging { connection, last: None, refused: false })
    }

    /// Adds the rows of one evidence document to the table of `query`, and a row to the table `evidence`.
    ///
    /// Evidence has to come in the order of its ids. Fails when the document is not this evidence, or has other columns
    /// than `query` declares; the file cannot be finished then.
    pub fn add(
        &mut self,
        evidence_id: &EvidenceId,
        control: &ControlId,
        period: &Period,
        query: &SourceQuery,
        source: &SourceId,
        document: &[u8],
    ) -> Result<EvidenceHeader, ReconcileError> {
        let entry = Entry { evidence_id, control, period, query, source };
        let added = self.in_order(evidence_id).and_then(|()| entry.stage(&self.connection, document));
        self.refused |= added.is_err();
        added
    }

    /// Closes the file. From here on it is only read.
    pub fn finish(self) -> Result<(), ReconcileError> {
        if self.refused {
            return Err(ReconcileError::Unfinished);
        }
        self.connection.execute_batch("COMMIT")?;
        self.connection.flush_prepared_statement_cache();
        self.connection.close().map_err(|(_, error)| ReconcileError::Database(error))
    }

    fn in_order(&mut self, evidence_id: &EvidenceId) -> Result<(), ReconcileError> {
        match self.last.replace(evidence_id.clone()) {
            Some(after) if after >= *evidence_id => {
                Err(ReconcileError::OutOfOrder { evidence_id: evidence_id.clone(), after })
            }
            _ => Ok(()),
        }
    }
}

/// One piece of evidence on its way into the tables.
struct Entry<'a> {
    evidence_id: &'a EvidenceId,
    control: &'a ControlId,
    period: &'a Period,
    query: &'a SourceQuery,
    source: &'a SourceId,
}

impl Entry<'_> {
    fn stage(&self, connection: &Connection, document: &[u8]) -> Result<EvidenceHeader, ReconcileError> {
        let declared = self.query.evidence_columns();
        connection.execute_batch(&table(self.query))?;
        let mut insert = connection.prepare_cached(&insertion(self.query))?;
        self.bind_own_columns(&mut insert)?;
        let mut refused = None;
        let mut row = 0;
        let read = evidence::read(document, |columns, cells| {
            row += 1;
            // Fewer or more columns are told apart below, where the document's header is known.
            let done = if columns == declared { self.insert(&mut insert, row, columns, &cells) } else { Ok(()) };
            done.map_err(|error| refused.insert(error).to_string())
        });
        let evidence_id = self.evidence_id.clone();
        let header = match (refused, read) {
            (Some(error), _) => return Err(error),
            (None, read) => read.map_err(|source| ReconcileError::Unreadable { evidence_id, source })?,
        };
        self.check(&header, &declared)?;
        self.enter(connection, &header, document)?;
        Ok(header)
    }

    fn bind_own_columns(&self, insert: &mut CachedStatement<'_>) -> Result<(), ReconcileError> {
        insert.raw_bind_parameter(1, self.evidence_id.as_str())?;
        insert.raw_bind_parameter(2, self.control.as_str())?;
        insert.raw_bind_parameter(3, self.period.start().to_string())?;
        insert.raw_bind_parameter(4, self.period.end().to_string())?;
        Ok(())
    }

    fn insert(
        &self,
        insert: &mut CachedStatement<'_>,
        row: u64,
        columns: &[Column],
        cells: &[Cell],
    ) -> Result<(), ReconcileError> {
        insert.raw_bind_parameter(5, row.cast_signed())?;
        for (index, (column, held)) in columns.iter().zip(cells).enumerate() {
            if !cell::fits(column.kind, held) {
                return Err(ReconcileError::OtherKind {
                    evidence_id: self.evidence_id.clone(),
                    row,
                    column: column.name.clone(),
                    found: cell::name_of(held),
                    declared: cell::kind_name(column.kind),
                });
            }
            insert.raw_bind_parameter(STAGING_COLUMNS.len() + 1 + index, cell::to_sql(held))?;
        }
        insert.raw_execute()?;
        Ok(())
    }

    fn check(&self, header: &EvidenceHeader, declared: &[Column]) -> Result<(), ReconcileError> {
        let Slot { control, source, period, .. } = &header.slot;
        let found = header.slot.evidence_id();
        if found != *self.evidence_id || (control, source, period) != (self.control, self.source, self.period) {
            return Err(ReconcileError::OtherEvidence { evidence_id: self.evidence_id.clone(), found });
        }
        if header.columns == declared && header.asked.query == self.query.name {
            return Ok(());
        }
        Err(ReconcileError::OtherColumns {
            evidence_id: found,
            asked: format!("version {} of the query {}", header.asked.query_version, header.asked.query),
            found: listed(&header.columns),
            query: format!("version {} of the query {}", self.query.version, self.query.name),
            declared: listed(declared),
        })
    }

    fn enter(&self, connection: &Connection, header: &EvidenceHeader, document: &[u8]) -> Result<(), ReconcileError> {
        let mut insert = connection.prepare_cached("INSERT INTO evidence VALUES (?,?,?,?,?,?,?,?,?)")?;
        insert.execute(params![
            self.evidence_id.as_str(),
            self.control.as_str(),
            self.source.as_str(),
            self.period.start().to_string(),
            self.period.end().to_string(),
            Digest::of(document).to_string(),
            header.totals.row_count.cast_signed(),
            header.collected.executed_at.to_string(),
            header.collected.executed_by.as_str(),
        ])?;
        Ok(())
    }
}

fn listed(columns: &[Column]) -> String {
    let one = |column: &Column| format!("{} {}", column.name, cell::kind_name(column.kind));
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The names and kinds of the columns of the table of `query`.
pub(crate) fn columns(query: &SourceQuery) -> impl Iterator<Item = (&str, ColumnKind)> {
    let declared = query.columns.iter().map(|declared| (declared.column.name.as_str(), declared.column.kind));
    STAGING_COLUMNS.into_iter().chain(declared)
}

fn table(query: &SourceQuery) -> String {
    let column = |(name, kind)| format!("\"{name}\" {}", cell::affinity(kind));
    let columns = columns(query).map(column).collect::<Vec<_>>().join(", ");
    format!("CREATE TABLE IF NOT EXISTS \"{}\" ({columns})", query.table())
}

fn insertion(query: &SourceQuery) -> String {
    let places = columns(query).map(|_| "?").collect::<Vec<_>>().join(",");
    format!("INSERT INTO \"{}\" VALUES ({places})", query.table())
}
