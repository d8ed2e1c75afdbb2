//! Records: small, changeable only under a condition, several at once or none.

#[cfg(feature = "aws")]
mod aws;
mod embedded;

use crate::{FaultHook, RecordKey, StorageError, fault::boxed};
use domain::Digest;
use serde::{Serialize, de::DeserializeOwned};
use std::path::Path;

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its key.
    pub key: RecordKey,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its content: canonical JSON.
    pub body: String,
}

/// One write of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Makes a record; the condition is that there is none.
    PutNew {
        /// Its key.
        key: RecordKey,
        /// Its content.
        body: String,
    },
    /// Changes a record; the condition is that it still has this version.
    Swap {
        /// Its key.
        key: RecordKey,
        /// The version that was read.
        version: u64,
        /// Its new content.
        body: String,
    },
    /// Takes a record away, whatever it says; there need be none. Only for what is kept elsewhere: events that are in the log.
    Remove {
        /// Its key.
        key: RecordKey,
    },
}

/// How many writes one transaction may have (DynamoDB takes 100).
pub const MOST_WRITES: usize = 100;

/// A page of what is kept in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T = Record> {
    /// In the order that was asked for.
    pub records: Vec<T>,
    /// The sort key after which the next page begins; none at the end.
    pub next: Option<String>,
}

impl Page {
    /// The page of the first `limit` of `records`; whoever has one more than that says that there is a next one.
    fn of(mut records: Vec<Record>, limit: usize) -> Self {
        let more = records.len() > limit;
        records.truncate(limit);
        let next = records.last().filter(|_| more).map(|record| record.key.sort.clone());
        Self { records, next }
    }
}

/// The records of Exhibit. Its guarantees, which every variant gives:
///
/// - `get` after a write that was answered sees that write (consistent read).
/// - `put_new` succeeds once per key, whoever and however many ask at once.
/// - `swap` succeeds once per version.
/// - `transact` does all of its writes or none. Once it was answered, everybody sees all of it; before that, a reader of several
///   records of it may, on DynamoDB, see one before the other.
/// - A write that was answered survives the end of the process and of the machine.
/// - An error that is [`StorageError::Unavailable`] leaves open whether the write was done. On DynamoDB, a single write whose
///   answer was lost inside the client is asked again there, and then finds itself: [`StorageError::Changed`] says that the
///   record is not as expected, not that it was somebody else. Whoever has to know looks.
/// - A record is read with its digest checked; one that was changed behind the Table's back is a [`StorageError::Mismatch`].
#[derive(Debug, Clone)]
pub struct Table {
    variant: Variant,
    hook: FaultHook,
}

#[derive(Debug, Clone)]
enum Variant {
    Embedded(embedded::Database),
    #[cfg(feature = "aws")]
    Aws(aws::DynamoTable),
}

/// Asks whichever variant it is.
macro_rules! ask {
    ($table:expr, $method:ident($($argument:expr),*)) => {
        async {
            match &$table.variant {
                Variant::Embedded(database) => database.$method($($argument),*).await,
                #[cfg(feature = "aws")]
                Variant::Aws(table) => table.$method($($argument),*).await,
            }
        }
    };
}

impl Table {
    pub(crate) fn embedded(directory: &Path, hook: FaultHook) -> Result<Self, StorageError> {
        Ok(Self { variant: Variant::Embedded(embedded::Database::open(directory)?), hook })
    }

    #[cfg(feature = "aws")]
    pub(crate) fn aws(stores: &crate::AwsStores, hook: FaultHook) -> Self {
        Self { variant: Variant::Aws(aws::DynamoTable::new(stores)), hook }
    }

    /// The record at `key`, or none.
    pub async fn get(&self, key: &RecordKey) -> Result<Option<Record>, StorageError> {
        self.hook.around("table.get", &key.to_string(), ask!(self, get(key))).await
    }

    /// Makes a record. [`StorageError::Changed`] when there is one.
    pub async fn put_new(&self, key: RecordKey, body: String) -> Result<(), StorageError> {
        self.transact(vec![Write::PutNew { key, body }]).await
    }

    /// Changes a record. [`StorageError::Changed`] when it no longer has `version`.
    pub async fn swap(&self, key: RecordKey, version: u64, body: String) -> Result<(), StorageError> {
        self.transact(vec![Write::Swap { key, version, body }]).await
    }

    /// Does all of `writes` or none. [`StorageError::Changed`] names the first whose condition does not hold.
    pub async fn transact(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let named = writes.first().map(|write| write.key().to_string()).unwrap_or_default();
        self.hook.around("table.transact", &named, ask!(self, transact(writes))).await
    }

    /// At most `limit` records of `partition` with sort keys from `from` (included) to `to` (excluded; open when empty),
    /// after `after`, in order.
    pub async fn query(
        &self,
        partition: &str,
        from: &str,
        to: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, StorageError> {
        self.hook.around("table.query", partition, ask!(self, query(partition, from, to, after, limit))).await
    }

    /// At most `limit` records of `partition` with sort keys below `before` (excluded), the greatest first. `next` is the `before` of
    /// the next page.
    pub async fn newest(&self, partition: &str, before: &str, limit: usize) -> Result<Page, StorageError> {
        self.hook.around("table.newest", partition, ask!(self, newest(partition, before, limit))).await
    }

    /// Every record of `partition`, in order, page by page.
    pub async fn all(&self, partition: &str) -> Result<Vec<Record>, StorageError> {
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let page = self.query(partition, "", "", after.as_deref(), 1000).await?;
            records.extend(page.records);
            after = page.next;
            if after.is_none() {
                return Ok(records);
            }
        }
    }

    /// Every record of `partition`, each by itself: for verifying, which goes on after a record that is wrong.
    pub async fn inspect(&self, partition: &str) -> Result<Vec<Result<Record, StorageError>>, StorageError> {
        boxed(ask!(self, inspect(partition))).await
    }

    /// Every partition, in order: for verifying, which reads everything there is.
    pub async fn partitions(&self) -> Result<Vec<String>, StorageError> {
        self.hook.around("table.partitions", "", ask!(self, partitions())).await
    }

    /// What is wrong with the store itself, below the records: one line each. Empty when it is sound.
    pub async fn damage(&self) -> Result<Vec<String>, StorageError> {
        boxed(ask!(self, damage())).await
    }
}

impl Write {
    fn key(&self) -> &RecordKey {
        match self {
            Write::PutNew { key, .. } | Write::Swap { key, .. } | Write::Remove { key } => key,
        }
    }

    /// What there is after it.
    fn outcome(self) -> Outcome {
        match self {
            Write::PutNew { key, body } => Outcome::Kept(Record { key, version: 1, body }, None),
            Write::Swap { key, version, body } => {
                Outcome::Kept(Record { key, version: version + 1, body }, Some(version))
            }
            Write::Remove { key } => Outcome::Gone(key),
        }
    }
}

/// What there is after a write.
enum Outcome {
    /// The record, and the version that it changes; none when there has to be no record.
    Kept(Record, Option<u64>),
    /// Nothing under that key.
    Gone(RecordKey),
}

impl Record {
    /// The content as a value. [`StorageError::Unreadable`] when it is not one.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StorageError> {
        serde_json::from_str(&self.body)
            .map_err(|error| StorageError::Unreadable { key: self.key.to_string(), reason: error.to_string() })
    }

    // The digest covers the key and the version too: a record moved elsewhere or set back is as wrong as a changed one.
    pub(crate) fn digest(&self) -> Digest {
        let Record { key, version, body } = self;
        Digest::of(format!("{}\n{}\n{version}\n{body}", key.partition, key.sort).as_bytes())
    }
}

/// A record as it was read, if `digest` is the one that was kept with it.
fn checked(record: Record, digest: &str) -> Result<Record, StorageError> {
    let found = record.digest();
    let key = record.key.to_string();
    match digest.parse::<Digest>() {
        Ok(expected) if expected == found => Ok(record),
        Ok(expected) => Err(StorageError::Mismatch { key, expected, found }),
        Err(error) => Err(StorageError::Unreadable { key, reason: error.to_string() }),
    }
}

/// The canonical JSON of a record's content.
pub(crate) fn body<T: Serialize>(key: &RecordKey, value: &T) -> Result<String, StorageError> {
    let unreadable = |reason: String| StorageError::Unreadable { key: key.to_string(), reason };
    let bytes = domain::canonical::to_bytes(value).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))
}
