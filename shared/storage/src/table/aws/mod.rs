//! The Table on DynamoDB: one table, partition key `partition`, sort key `sort`, one item per record.

mod item;
mod reading;

use super::{Outcome, Write};
use crate::{
    AwsStores, RecordKey, StorageError,
    aws::{Meaning, by_chance, code_of, failed, meaning_of, pause},
};
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};

// Others may be writing the same records at once: whoever is in the way is done within a few tries.
const TRIES: u32 = 16;

#[derive(Debug, Clone)]
pub(super) struct DynamoTable {
    client: Client,
    name: String,
}

/// How a write ended that was not refused.
enum Ended {
    Done,
    /// Others were writing the same records; nothing was done.
    InTheWay,
    /// The same request is still under way.
    UnderWay,
}

impl DynamoTable {
    pub(super) fn new(stores: &AwsStores) -> Self {
        Self { client: stores.dynamodb.clone(), name: stores.table.clone() }
    }

    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let named = writes.first().map(|write| write.key().to_string()).unwrap_or_default();
        // A request that is asked again with its token is one request; one that was not done gets a new token.
        let mut token = new_token();
        for tried in 0..TRIES {
            match self.attempt(&writes, &token).await? {
                Ended::Done => return Ok(()),
                Ended::InTheWay => token = new_token(),
                Ended::UnderWay => {}
            }
            pause(tried).await;
        }
        let operation = format!("dynamodb:PutItem on {named}");
        Err(StorageError::unavailable(&operation, "others kept writing the same records"))
    }

    async fn attempt(&self, writes: &[Write], token: &str) -> Result<Ended, StorageError> {
        match writes {
            [] => Ok(Ended::Done),
            // A write by itself costs half of what it costs as a transaction.
            [write] => self.put(write).await,
            several => self.put_all(several, token).await,
        }
    }

    async fn put(&self, write: &Write) -> Result<Ended, StorageError> {
        let (record, previous) = match write.clone().outcome() {
            Outcome::Kept(record, previous) => (record, previous),
            Outcome::Gone(key) => return self.delete(write, &key).await,
        };
        let condition = item::condition(previous);
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item::of(&record)));
        let request = request.condition_expression(condition.expression);
        let request = request.set_expression_attribute_names(Some(condition.names));
        match request.set_expression_attribute_values(condition.values).send().await {
            Ok(_) => Ok(Ended::Done),
            Err(error) => match code_of(&error) {
                Some("ConditionalCheckFailedException") => Err(changed(write)),
                Some("TransactionConflictException") => Ok(Ended::InTheWay),
                _ => Err(failed("dynamodb:PutItem", &self.at(write), &error)),
            },
        }
    }

    async fn delete(&self, write: &Write, key: &RecordKey) -> Result<Ended, StorageError> {
        let key = item::key_of(&key.partition, &key.sort);
        match self.client.delete_item().table_name(&self.name).set_key(Some(key)).send().await {
            Ok(_) => Ok(Ended::Done),
            Err(error) if code_of(&error) == Some("TransactionConflictException") => Ok(Ended::InTheWay),
            Err(error) => Err(failed("dynamodb:DeleteItem", &self.at(write), &error)),
        }
    }

    async fn put_all(&self, writes: &[Write], token: &str) -> Result<Ended, StorageError> {
        let puts = writes.iter().map(|write| item::put(&self.name, write));
        let puts: Vec<TransactWriteItem> = puts.collect::<Result<_, _>>()?;
        let request = self.client.transact_write_items().set_transact_items(Some(puts)).client_request_token(token);
        let Err(error) = request.send().await else { return Ok(Ended::Done) };
        if code_of(&error) == Some("TransactionInProgressException") {
            return Ok(Ended::UnderWay);
        }
        let named = writes.first().map(|write| self.at(write)).unwrap_or_default();
        match &error {
            SdkError::ServiceError(said) => match said.err() {
                TransactWriteItemsError::TransactionCanceledException(canceled) => {
                    self.judge(writes, canceled.cancellation_reasons())
                }
                _ => Err(failed("dynamodb:PutItem", &named, &error)),
            },
            _ => Err(failed("dynamodb:PutItem", &named, &error)),
        }
    }

    // One reason per write, in their order. A condition that does not hold will not hold later either, so it comes first.
    fn judge(&self, writes: &[Write], reasons: &[CancellationReason]) -> Result<Ended, StorageError> {
        let has = |wanted: &str| reasons.iter().position(|reason| reason.code() == Some(wanted));
        if let Some(write) = has("ConditionalCheckFailed").and_then(|index| writes.get(index)) {
            return Err(changed(write));
        }
        let real = |reason: &&CancellationReason| reason.code().is_some_and(|code| code != "None");
        let Some(reason) = reasons.iter().find(real) else { return Ok(Ended::InTheWay) };
        let code = reason.code().unwrap_or_default();
        let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"].contains(&code);
        if passing || meaning_of(Some(code), Some(400)) == Meaning::Passing {
            return Ok(Ended::InTheWay);
        }
        let (operation, resource) = ("dynamodb:PutItem".to_owned(), self.name.clone());
        let reason = format!("{code}: {}", reason.message().unwrap_or("no further word"));
        match meaning_of(Some(code), Some(400)) {
            Meaning::Denied => Err(StorageError::Denied { operation, resource, reason }),
            _ => Err(StorageError::Refused { operation, resource, reason }),
        }
    }

    fn at(&self, write: &Write) -> String {
        format!("{} in table {}", write.key(), self.name)
    }
}

fn changed(write: &Write) -> StorageError {
    StorageError::Changed { key: write.key().to_string() }
}

fn new_token() -> String {
    format!("{:016x}{:016x}", by_chance(), by_chance())
}
