//! A record as an item, and back.

use crate::{
    Record, RecordKey, StorageError, Write,
    table::{Outcome, checked},
};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use std::collections::HashMap;

pub(super) type Item = HashMap<String, AttributeValue>;

/// What has to hold for a write.
pub(super) struct Condition {
    pub(super) expression: &'static str,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Option<Item>,
}

/// The condition that the record has the version `previous`, or that there is none.
pub(super) fn condition(previous: Option<u64>) -> Condition {
    // The names of attributes go beside the expression: DynamoDB reserves some of them.
    let name = |name: &str| HashMap::from([(format!("#{name}"), name.to_owned())]);
    match previous {
        None => Condition { expression: "attribute_not_exists(#sort)", names: name("sort"), values: None },
        Some(version) => Condition {
            expression: "#version = :version",
            names: name("version"),
            values: Some(HashMap::from([(":version".to_owned(), AttributeValue::N(version.to_string()))])),
        },
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn of(record: &Record) -> Item {
    let Record { key, version, body } = record;
    let mut item = key_of(&key.partition, &key.sort);
    item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
    item.insert("body".to_owned(), text(body));
    item.insert("digest".to_owned(), text(&record.digest().to_string()));
    item
}

pub(super) fn key_of(partition: &str, sort: &str) -> Item {
    HashMap::from([("partition".to_owned(), text(partition)), ("sort".to_owned(), text(sort))])
}

/// A write as part of a transaction.
pub(super) fn put(table: &str, write: &Write) -> Result<TransactWriteItem, StorageError> {
    let (record, previous) = match write.clone().outcome() {
        Outcome::Kept(record, previous) => (record, previous),
        Outcome::Gone(key) => {
            let gone = Delete::builder().table_name(table).set_key(Some(key_of(&key.partition, &key.sort))).build();
            let gone = gone.map_err(|error| unreadable(&key, error.to_string()))?;
            return Ok(TransactWriteItem::builder().delete(gone).build());
        }
    };
    let condition = condition(previous);
    let put = Put::builder().table_name(table).set_item(Some(of(&record)));
    let put = put.condition_expression(condition.expression).set_expression_attribute_names(Some(condition.names));
    let put = put.set_expression_attribute_values(condition.values).build();
    let put = put.map_err(|error| unreadable(&record.key, error.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// The record that an item is, its digest checked.
pub(super) fn record(item: &Item) -> Result<Record, StorageError> {
    let key = RecordKey { partition: string(item, "partition"), sort: string(item, "sort") };
    let version = item.get("version").and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    let version = version.ok_or_else(|| unreadable(&key, "it has no version".to_owned()))?;
    checked(Record { key, version, body: string(item, "body") }, &string(item, "digest"))
}

// What is absent reads as nothing, and then the digest does not agree.
pub(super) fn string(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn unreadable(key: &RecordKey, reason: String) -> StorageError {
    StorageError::Unreadable { key: key.to_string(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Record {
        let key = RecordKey { partition: "acme/runs".to_owned(), sort: "1".to_owned() };
        Record { key, version: 3, body: "{}".to_owned() }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        assert_eq!(record(&of(&kept())).unwrap(), kept());
    }

    #[test]
    fn an_item_that_was_changed_moved_or_set_back_is_not_a_record() {
        for (name, value) in
            [("body", text("{1}")), ("sort", text("2")), ("version", AttributeValue::N("2".to_owned()))]
        {
            let mut item = of(&kept());
            item.insert(name.to_owned(), value);
            assert!(matches!(record(&item), Err(StorageError::Mismatch { .. })), "{name}");
        }
        for name in ["version", "digest"] {
            let mut item = of(&kept());
            item.remove(name);
            assert!(matches!(record(&item), Err(StorageError::Unreadable { .. })), "{name}");
        }
    }
}
