//! The check of a whole store: everything is read, and what does not hold together is named.

mod documents;
mod events;
mod evidence;
mod log;
mod objects;
mod records;
mod reports;

pub use bundle::Problem;

use bundle::{LogVerdict, Since};
use custody_log::Trust;
use records::Records;
use serde::Serialize;
use storage::{Storage, StorageError};

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was read.
    pub checked: Checked,
    /// The logs that were opened, by tenant.
    pub logs: Vec<LogVerdict>,
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
    /// Documents that were handed in, each version.
    pub documents: u64,
    /// Reports.
    pub reports: u64,
    /// Entries of logs.
    pub entries: u64,
    /// Periods that were sealed.
    pub periods: u64,
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
///
/// Checkpoints are checked by the keys of `trust`, and `since` is one that somebody kept: nothing before it may have changed.
pub async fn verify(storage: &Storage, trust: &Trust, since: Option<&Since>) -> Result<Verdict, StorageError> {
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
    documents::check(&records, &objects, &mut verdict);
    let histories = log::read(storage, &mut records, (trust, since), &mut verdict).await?;
    reports::check(storage, &records, (&objects, &histories, trust), &mut verdict).await;
    events::check(&records, &mut verdict);
    verdict.problems.sort();
    verdict.problems.dedup();
    Ok(verdict)
}
