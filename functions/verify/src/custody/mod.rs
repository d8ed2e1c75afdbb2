//! The check of a whole store: everything is read, and what does not hold together is named.

mod events;
mod evidence;
mod objects;
mod records;
mod reports;

use records::Records;
use serde::Serialize;
use storage::{Storage, StorageError};

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was read.
    pub checked: Checked,
    /// What is wrong. Empty means that everything holds.
    pub problems: Vec<Problem>,
    /// What is not wrong and worth knowing: leftovers of attempts that were interrupted.
    pub notes: Vec<String>,
}

/// Counts of what was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Records.
    pub records: u64,
    /// Custody events among them.
    pub events: u64,
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Pieces of evidence.
    pub evidence: u64,
    /// Rows inside.
    pub rows: u64,
    /// Reports.
    pub reports: u64,
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The object or record.
    pub what: String,
    /// What is wrong with it.
    pub message: String,
}

impl Verdict {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(&mut self, what: impl ToString, message: impl ToString) {
        self.problems.push(Problem { what: what.to_string(), message: message.to_string() });
    }
}

/// Reads everything that `storage` keeps and names what is wrong. Fails only when the store does not answer.
pub async fn verify(storage: &Storage) -> Result<Verdict, StorageError> {
    let mut verdict = Verdict::default();
    for line in storage.table.damage().await? {
        verdict.problem("records.db", line);
    }
    let mut records = match Records::read(storage, &mut verdict).await {
        Ok(records) => records,
        Err(error @ StorageError::Unavailable { .. }) => return Err(error),
        Err(error) => {
            verdict.problem("records.db", error);
            Records::default()
        }
    };
    let objects = objects::check(storage, &mut records, &mut verdict).await?;
    evidence::check(storage, &records, &objects, &mut verdict).await;
    reports::check(storage, &records, &objects, &mut verdict).await;
    events::check(&records, &mut verdict);
    verdict.problems.sort();
    verdict.problems.dedup();
    Ok(verdict)
}
