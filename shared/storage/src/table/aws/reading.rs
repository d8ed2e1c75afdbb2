//! Reading records: one, a range, all.

use super::{
    DynamoTable,
    item::{self, Item, text},
};
use crate::{Page, Record, RecordKey, StorageError, aws::failed};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use std::collections::BTreeSet;

impl DynamoTable {
    pub(in super::super) async fn get(&self, key: &RecordKey) -> Result<Option<Record>, StorageError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let request = request.set_key(Some(item::key_of(&key.partition, &key.sort)));
        let answer = request.send().await.map_err(|error| failed("dynamodb:GetItem", &self.named(key), &error))?;
        answer.item.as_ref().map(item::record).transpose()
    }

    pub(in super::super) async fn query(
        &self,
        partition: &str,
        from: &str,
        to: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, StorageError> {
        // DynamoDB refuses a range that ends before it begins, and a place to go on that is not inside of it.
        let after = after.filter(|after| *after >= from);
        if !to.is_empty() && (from >= to || after.is_some_and(|after| after >= to)) {
            return Ok(Page { records: Vec::new(), next: None });
        }
        let request = self.range(partition, from, to);
        // One more than asked for tells whether there is a next page.
        let items = self.items(request, partition, to, after, limit.saturating_add(1)).await?;
        Ok(Page::of(items.iter().map(item::record).collect::<Result<_, _>>()?, limit))
    }

    pub(in super::super) async fn newest(
        &self,
        partition: &str,
        before: &str,
        limit: usize,
    ) -> Result<Page, StorageError> {
        // DynamoDB refuses an empty key, and nothing is below it.
        if before.is_empty() {
            return Ok(Page { records: Vec::new(), next: None });
        }
        let request = self.range(partition, "", before).scan_index_forward(false);
        let items = self.items(request, partition, before, None, limit.saturating_add(1)).await?;
        Ok(Page::of(items.iter().map(item::record).collect::<Result<_, _>>()?, limit))
    }

    /// The question for `from` to `to`. A range is open or closed at both ends, so `to` itself may be among the answers.
    fn range(&self, partition: &str, from: &str, to: &str) -> QueryFluentBuilder {
        let request = self.client.query().table_name(&self.name).consistent_read(true);
        let request = request.expression_attribute_names("#partition", "partition");
        let request = request.expression_attribute_values(":partition", text(partition));
        let sorted = |request: QueryFluentBuilder| request.expression_attribute_names("#sort", "sort");
        let valued =
            |request: QueryFluentBuilder, name: &str, value| request.expression_attribute_values(name, text(value));
        match (from, to) {
            ("", "") => request.key_condition_expression("#partition = :partition"),
            (from, "") => valued(sorted(request), ":from", from)
                .key_condition_expression("#partition = :partition AND #sort >= :from"),
            ("", to) => {
                valued(sorted(request), ":to", to).key_condition_expression("#partition = :partition AND #sort < :to")
            }
            (from, to) => valued(valued(sorted(request), ":from", from), ":to", to)
                .key_condition_expression("#partition = :partition AND #sort BETWEEN :from AND :to"),
        }
    }

    // DynamoDB ends a page at a megabyte, wherever that is, and says with a key that there may be more.
    async fn items(
        &self,
        request: QueryFluentBuilder,
        partition: &str,
        to: &str,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Vec<Item>, StorageError> {
        let (mut items, mut start) = (Vec::new(), after.map(|sort| item::key_of(partition, sort)));
        loop {
            let missing = i32::try_from(wanted.saturating_sub(items.len()).saturating_add(1)).unwrap_or(i32::MAX);
            let page = request.clone().limit(missing).set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failed("dynamodb:Query", &self.named(partition), &error))?;
            items.extend(
                page.items.into_iter().flatten().filter(|found| to.is_empty() || item::string(found, "sort") != to),
            );
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if items.len() >= wanted || start.is_none() {
                items.truncate(wanted);
                return Ok(items);
            }
        }
    }

    pub(in super::super) async fn inspect(
        &self,
        partition: &str,
    ) -> Result<Vec<Result<Record, StorageError>>, StorageError> {
        let items = self.items(self.range(partition, "", ""), partition, "", None, usize::MAX).await?;
        Ok(items.iter().map(item::record).collect())
    }

    // The only way to learn the partitions is to read every key.
    pub(in super::super) async fn partitions(&self) -> Result<Vec<String>, StorageError> {
        let (mut found, mut start) = (BTreeSet::new(), None);
        loop {
            let request = self.client.scan().table_name(&self.name).consistent_read(true);
            let request =
                request.projection_expression("#partition").expression_attribute_names("#partition", "partition");
            let page = request.set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| failed("dynamodb:Scan", &self.name, &error))?;
            found.extend(page.items.iter().flatten().map(|item| item::string(item, "partition")));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found.into_iter().collect());
            }
        }
    }

    /// DynamoDB gives no sight of what is below the items.
    pub(in super::super) async fn damage(&self) -> Result<Vec<String>, StorageError> {
        Ok(Vec::new())
    }

    fn named(&self, what: impl std::fmt::Display) -> String {
        format!("{what} in table {}", self.name)
    }
}
