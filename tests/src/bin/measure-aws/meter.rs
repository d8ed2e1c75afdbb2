//! Hears every request of the clients, as it goes over the wire, and counts what AWS would charge for.

use aws_sdk_s3::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
    },
    error::BoxError,
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use storage::{FaultHook, Storage};
use tests::AwsGround;

/// Counts. Each try of a retry is one.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Tally>>);

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How often, by operation: `S3 PutObject`.
    pub calls: BTreeMap<String, u64>,
    /// DynamoDB's, by the size of what is written; twice in a transaction.
    write_units: u64,
    /// DynamoDB's, by the size of the answer, consistent.
    read_units: u64,
    /// The sizes of the items that are there after it, as DynamoDB counts them, by key.
    items: BTreeMap<String, u64>,
    /// The bodies of PutObject.
    put_bytes: u64,
}

impl Meter {
    /// Stores whose clients are heard, and the S3 client that is.
    pub fn open(&self, ground: &AwsGround) -> (Storage, aws_sdk_s3::Client) {
        let mut stores = ground.stores("bench");
        stores.s3 = aws_sdk_s3::Client::from_conf(ground.s3.config().to_builder().interceptor(self.clone()).build());
        let config = ground.dynamodb.config().to_builder().interceptor(self.clone()).build();
        stores.dynamodb = aws_sdk_dynamodb::Client::from_conf(config);
        let s3 = stores.s3.clone();
        (Storage::aws(stores, FaultHook::none()), s3)
    }

    /// What was asked since the last time.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Tally {
    /// As one JSON object.
    pub fn json(&self) -> Value {
        let Self { calls, write_units, read_units, items, put_bytes } = self;
        let item_bytes: u64 = items.values().sum();
        json!({"calls": calls, "write_units": write_units, "read_units": read_units, "item_bytes": item_bytes,
            "put_bytes": put_bytes})
    }

    fn write(&mut self, item: &Value, times: u64) {
        let size = size(item.get("Item").and_then(Value::as_object).unwrap_or(&Map::new()));
        self.write_units += size.div_ceil(1024).max(1) * times;
        self.items.insert(format!("{} {}", item["Item"]["partition"], item["Item"]["sort"]), size);
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _configuration: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let mut tally = self.0.lock().unwrap();
        let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let Some(operation) = target else {
            let operation = s3_operation(request.method(), request.uri());
            if operation == "PutObject" {
                tally.put_bytes += number(request.headers().get("content-length"));
            }
            *tally.calls.entry(format!("S3 {operation}")).or_default() += 1;
            return Ok(());
        };
        *tally.calls.entry(format!("DynamoDB {operation}")).or_default() += 1;
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        match operation {
            "PutItem" => tally.write(&body, 1),
            "TransactWriteItems" => {
                let writes = body["TransactItems"].as_array().cloned().unwrap_or_default();
                writes.iter().for_each(|write| tally.write(&write["Put"], 2));
            }
            _ => {}
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _configuration: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(request), Some(response)) = (context.request(), context.response()) else { return Ok(()) };
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let is_reading = ["GetItem", "Query", "Scan"].iter().any(|name| target.ends_with(&format!(".{name}")));
        if is_reading {
            let length = number(response.headers().get("content-length"));
            self.0.lock().unwrap().read_units += length.div_ceil(4096).max(1);
        }
        Ok(())
    }
}

fn number(header: Option<&str>) -> u64 {
    header.and_then(|text| text.parse().ok()).unwrap_or_default()
}

// Names and values; a number takes about half of its digits.
fn size(item: &Map<String, Value>) -> u64 {
    let of_value = |value: &Value| match (value.get("S"), value.get("N")) {
        (Some(Value::String(text)), _) => text.len(),
        (_, Some(Value::String(digits))) => digits.len().div_ceil(2) + 1,
        _ => value.to_string().len(),
    };
    item.iter().map(|(name, value)| (name.len() + of_value(value)) as u64).sum()
}

fn s3_operation(method: &str, uri: &str) -> String {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let has = |wanted: &str| query.split('&').any(|part| part == wanted || part.split('=').next() == Some(wanted));
    let named = query.split('&').find_map(|part| part.strip_prefix("x-id="));
    match (named, method) {
        (Some(name), _) => name.to_owned(),
        (None, "HEAD") => "HeadObject".to_owned(),
        (None, "GET") if has("list-type") => "ListObjectsV2".to_owned(),
        (None, "GET") if has("versions") => "ListObjectVersions".to_owned(),
        (None, "POST") if has("delete") => "DeleteObjects".to_owned(),
        (None, "PUT") if has("retention") => "PutObjectRetention".to_owned(),
        (None, "PUT") if has("legal-hold") => "PutObjectLegalHold".to_owned(),
        (None, other) => format!("{other} {query}"),
    }
}
