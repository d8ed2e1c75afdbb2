//! The Table on one SQLite file in WAL mode.

use super::{Outcome, Page, Record, Write, checked};
use crate::{RecordKey, StorageError};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// One file, opened once in this process. Other processes may have it open too.
#[derive(Debug, Clone)]
pub(super) struct Database(Arc<Mutex<Connection>>);

// A reader of another process never waits (WAL); a writer waits this long for another writer before it says so.
const WAIT_FOR_WRITER: Duration = Duration::from_secs(30);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS records (
        partition TEXT NOT NULL, sort TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (partition, sort)
    ) WITHOUT ROWID, STRICT";

impl Database {
    pub(super) fn open(directory: &Path) -> Result<Self, StorageError> {
        let unavailable = |error: std::io::Error| StorageError::unavailable("table.open", error);
        std::fs::create_dir_all(directory).map_err(unavailable)?;
        // SQLite does not wait when two processes make the same new file WAL at once; so one opens after the other.
        let turn = std::fs::File::create(directory.join("opening.lock")).map_err(unavailable)?;
        turn.lock().map_err(unavailable)?;
        let path = directory.join("records.db");
        let connection = connect(&path).map_err(|error| failed(&path.display().to_string(), &error))?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    async fn on_connection<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let shared = Arc::clone(&self.0);
        let run = move || work(&mut shared.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(run).await.map_err(|error| StorageError::unavailable(operation, error))?
    }

    pub(super) async fn get(&self, key: &RecordKey) -> Result<Option<Record>, StorageError> {
        let key = key.clone();
        self.on_connection("table.get", move |connection| {
            let sql = "SELECT partition, sort, version, body, digest FROM records WHERE partition = ?1 AND sort = ?2";
            let found = connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.query_row([&key.partition, &key.sort], read).optional());
            found
                .map_err(|error| failed(&key.to_string(), &error))?
                .map(|(record, digest)| checked(record, &digest))
                .transpose()
        })
        .await
    }

    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        self.on_connection("table.transact", move |connection| {
            let failed = |error: rusqlite::Error| failed("transaction", &error);
            // IMMEDIATE: the lock is taken before the conditions are read, so they still hold when the writes are done.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            writes.into_iter().try_for_each(|write| apply(&transaction, write))?;
            transaction.commit().map_err(failed)
        })
        .await
    }

    pub(super) async fn query(
        &self,
        partition: &str,
        from: &str,
        to: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, StorageError> {
        let (partition, from, to) = (partition.to_owned(), from.to_owned(), to.to_owned());
        let after = after.map(str::to_owned);
        self.on_connection("table.query", move |connection| {
            let found = page(connection, &partition, &from, &to, after.as_deref(), limit);
            Ok(Page::of(all_checked(&partition, found)?, limit))
        })
        .await
    }

    pub(super) async fn newest(&self, partition: &str, before: &str, limit: usize) -> Result<Page, StorageError> {
        let (partition, before) = (partition.to_owned(), before.to_owned());
        self.on_connection("table.newest", move |connection| {
            let found = page_down(connection, &partition, &before, limit);
            Ok(Page::of(all_checked(&partition, found)?, limit))
        })
        .await
    }

    pub(super) async fn inspect(&self, partition: &str) -> Result<Vec<Result<Record, StorageError>>, StorageError> {
        let partition = partition.to_owned();
        self.on_connection("table.inspect", move |connection| {
            let found = page(connection, &partition, "", "", None, usize::MAX);
            Ok(found
                .map_err(|error| failed(&partition, &error))?
                .into_iter()
                .map(|(record, digest)| checked(record, &digest))
                .collect())
        })
        .await
    }

    pub(super) async fn partitions(&self) -> Result<Vec<String>, StorageError> {
        self.on_connection("table.partitions", |connection| {
            let names = || -> rusqlite::Result<Vec<String>> {
                let sql = "SELECT DISTINCT partition FROM records ORDER BY partition";
                connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
            };
            names().map_err(|error| failed("records.db", &error))
        })
        .await
    }

    pub(super) async fn damage(&self) -> Result<Vec<String>, StorageError> {
        self.on_connection("table.damage", |connection| {
            let lines = || -> rusqlite::Result<Vec<String>> {
                connection.prepare("PRAGMA integrity_check")?.query_map([], |row| row.get(0))?.collect()
            };
            let lines = lines().unwrap_or_else(|error| vec![error.to_string()]);
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
        .await
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(WAIT_FOR_WRITER)?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        connection.pragma_update(None, "journal_mode", "WAL")?;
    }
    // FULL: a transaction that was answered is on the disk, not only in the system's memory.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn page(
    connection: &Connection,
    partition: &str,
    from: &str,
    to: &str,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<(Record, String)>> {
    let sql = "SELECT partition, sort, version, body, digest FROM records
               WHERE partition = ?1 AND sort >= ?2 AND (?3 = '' OR sort < ?3) AND (?4 IS NULL OR sort > ?4)
               ORDER BY sort LIMIT ?5";
    connection.prepare_cached(sql)?.query_map(params![partition, from, to, after, one_more(limit)], read)?.collect()
}

fn page_down(
    connection: &Connection,
    partition: &str,
    before: &str,
    limit: usize,
) -> rusqlite::Result<Vec<(Record, String)>> {
    let sql = "SELECT partition, sort, version, body, digest FROM records
               WHERE partition = ?1 AND sort < ?2 ORDER BY sort DESC LIMIT ?3";
    connection.prepare_cached(sql)?.query_map(params![partition, before, one_more(limit)], read)?.collect()
}

// One more than asked for tells whether there is a next page.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

fn all_checked(partition: &str, found: rusqlite::Result<Vec<(Record, String)>>) -> Result<Vec<Record>, StorageError> {
    let found = found.map_err(|error| failed(partition, &error))?;
    found.into_iter().map(|(record, digest)| checked(record, &digest)).collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Record, String)> {
    let key = RecordKey { partition: row.get(0)?, sort: row.get(1)? };
    Ok((Record { key, version: row.get(2)?, body: row.get(3)? }, row.get(4)?))
}

fn apply(transaction: &Transaction<'_>, write: Write) -> Result<(), StorageError> {
    let key = write.key().to_string();
    let (record, previous) = match write.outcome() {
        Outcome::Kept(record, previous) => (record, previous),
        Outcome::Gone(gone) => {
            let remove = transaction.prepare_cached("DELETE FROM records WHERE partition = ?1 AND sort = ?2");
            let removed = remove.and_then(|mut statement| statement.execute([&gone.partition, &gone.sort]));
            return removed.map(drop).map_err(|error| failed(&key, &error));
        }
    };
    let Record { key: RecordKey { partition, sort }, version, body } = &record;
    let digest = record.digest().to_string();
    let changed = match previous {
        None => transaction
            .prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
            .and_then(|mut statement| statement.execute(params![partition, sort, version, body, digest])),
        Some(previous) => transaction
            .prepare_cached(
                "UPDATE records SET version = ?3, body = ?4, digest = ?5
                 WHERE partition = ?1 AND sort = ?2 AND version = ?6",
            )
            .and_then(|mut statement| statement.execute(params![partition, sort, version, body, digest, previous])),
    };
    match changed.map_err(|error| failed(&key, &error))? {
        0 => Err(StorageError::Changed { key }),
        _ => Ok(()),
    }
}

// A file that is no longer a database, or holds what no writer of ours wrote, is damage; anything else may pass.
fn failed(what: &str, error: &rusqlite::Error) -> StorageError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let reason = error.to_string();
    match error {
        rusqlite::Error::SqliteFailure(code, _) if !matches!(code.code, DatabaseCorrupt | NotADatabase) => {
            StorageError::unavailable(&format!("records.db ({what})"), reason)
        }
        _ => StorageError::Unreadable { key: format!("records.db ({what})"), reason },
    }
}
