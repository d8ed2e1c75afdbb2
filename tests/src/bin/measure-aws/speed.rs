//! Collections per second of the handler, and of the bare calls by the same clients to the same stores.
//!
//! What both have at once is the handler's own number. Rounds alternate, so that what else the machine does meets all three.

use crate::organisation::{self, SOURCES};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_s3::{
    config::RequestChecksumCalculation,
    primitives::{ByteStream, DateTime},
    types::ObjectLockMode,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use collect_files::Files;
use domain::Digest;
use runtime::{Clock, Metrics};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use storage::FaultHook;
use tests::AwsGround;

// As the handler has it.
const AT_ONCE: usize = 8;

const SECONDS_OF_YEARS: i64 = 7 * 366 * 24 * 3600;

/// Which calls stand in for a collection.
#[derive(Clone, Copy)]
enum Bare {
    /// One put, one conditional write.
    PutAndWrite,
    /// The calls of a collection: a conditional write, one put, a transaction of two conditional writes.
    SameCalls,
}

#[derive(Clone)]
struct Peer {
    s3: aws_sdk_s3::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    bucket: &'static str,
    table: &'static str,
    bytes: Arc<Vec<u8>>,
    record: String,
}

/// Answers with rates (per second) of `rounds` rounds of `20 * hours` collections each.
pub async fn measure(ground: &AwsGround, kilobytes: usize, hours: usize, rounds: usize) -> Value {
    let slots = SOURCES * hours;
    let (mut ours, mut bare, mut same, mut length) = (Vec::new(), Vec::new(), Vec::new(), 0);
    // The first round only warms up.
    for round in 0..=rounds {
        let (rate, of_document) = handler(ground, kilobytes, hours).await;
        length = of_document;
        let peer = Peer::new(ground, length);
        let rates = (rate, peer.rate(Bare::PutAndWrite, slots).await, peer.rate(Bare::SameCalls, slots).await);
        if round > 0 {
            ours.push(rates.0);
            bare.push(rates.1);
            same.push(rates.2);
        }
    }
    json!({"document_bytes": length, "slots": slots, "at_once": AT_ONCE, "ours": ours, "bare": bare, "same": same})
}

async fn handler(ground: &AwsGround, kilobytes: usize, hours: usize) -> (f64, u64) {
    let (catalog, tenant) = (organisation::catalog(), organisation::new_tenant());
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(tenant.as_str())).unwrap();
    for source in organisation::sources() {
        let path = folder.path().join(tenant.as_str()).join(format!("{source}.csv"));
        fs::write(path, organisation::delivery(kilobytes)).unwrap();
    }
    let storage = ground.open("bench", FaultHook::none());
    let collector = organisation::collector(storage, &catalog, &tenant, Files::directory(folder.path()));
    let request = organisation::request(hours);
    let begun = Instant::now();
    let done = collecting::handle(&collector, &request, "bench", Clock::System, &Metrics::new("bench")).await;
    let rate = (SOURCES * hours) as f64 / begun.elapsed().as_secs_f64();
    assert_eq!(done.unwrap().collected, (SOURCES * hours) as u64);
    let window = request.period.unwrap();
    let records = collector.storage.custodian.evidence_of(&tenant, &request.control, &window).await.unwrap();
    let length = match &records[0].state {
        domain::EvidenceState::Collected(kept) => kept.artifact.length,
        other => panic!("{other:?}"),
    };
    (rate, length)
}

impl Peer {
    fn new(ground: &AwsGround, length: u64) -> Self {
        let config = ground.s3.config().to_builder();
        let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired).build();
        Self {
            s3: aws_sdk_s3::Client::from_conf(config),
            dynamodb: ground.dynamodb.clone(),
            bucket: ground.bucket,
            table: ground.table,
            bytes: Arc::new(vec![b'x'; usize::try_from(length).unwrap()]),
            // As long as the record of a collected slot is.
            record: "x".repeat(600),
        }
    }

    async fn rate(&self, bare: Bare, slots: usize) -> f64 {
        let partition = organisation::new_tenant().to_string();
        let next = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let (peer, partition, next) = (self.clone(), partition.clone(), Arc::clone(&next));
            running.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= slots {
                        break;
                    }
                    peer.one(bare, &partition, number).await;
                }
            });
        }
        running.join_all().await;
        slots as f64 / begun.elapsed().as_secs_f64()
    }

    async fn one(&self, bare: Bare, partition: &str, number: usize) {
        let sort = format!("{number:06}");
        match bare {
            Bare::PutAndWrite => {
                self.put_object(partition, number).await;
                self.put_item(partition, &sort).await;
            }
            Bare::SameCalls => {
                self.put_item(partition, &sort).await;
                self.put_object(partition, number).await;
                self.transact(partition, &sort).await;
            }
        }
    }

    async fn put_object(&self, partition: &str, number: usize) {
        let until = DateTime::from_secs(jiff::Timestamp::now().as_second() + SECONDS_OF_YEARS);
        let digest = BASE64.encode(Digest::of(&self.bytes).as_bytes());
        let request = self.s3.put_object().bucket(self.bucket).key(format!("{partition}/evidence/bare/{number:06}"));
        let request = request.body(ByteStream::from(self.bytes.to_vec())).if_none_match("*").checksum_sha256(digest);
        let request = request.object_lock_mode(ObjectLockMode::Compliance).object_lock_retain_until_date(until);
        request.send().await.unwrap();
    }

    fn item(&self, partition: &str, sort: &str, version: u64) -> HashMap<String, AttributeValue> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        HashMap::from([
            ("partition".to_owned(), text(&format!("{partition}/evidence/bare"))),
            ("sort".to_owned(), text(sort)),
            ("version".to_owned(), AttributeValue::N(version.to_string())),
            ("body".to_owned(), text(&self.record)),
            ("digest".to_owned(), text(&"0".repeat(64))),
        ])
    }

    async fn put_item(&self, partition: &str, sort: &str) {
        let request = self.dynamodb.put_item().table_name(self.table).set_item(Some(self.item(partition, sort, 1)));
        let request = request.condition_expression("attribute_not_exists(#sort)");
        request.expression_attribute_names("#sort", "sort").send().await.unwrap();
    }

    async fn transact(&self, partition: &str, sort: &str) {
        let swap = Put::builder().table_name(self.table).set_item(Some(self.item(partition, sort, 2)));
        let swap = swap.condition_expression("#version = :version").expression_attribute_names("#version", "version");
        let swap = swap.expression_attribute_values(":version", AttributeValue::N("1".to_owned())).build().unwrap();
        let event = self.item(partition, &format!("event-{sort}"), 1);
        let event = Put::builder().table_name(self.table).set_item(Some(event));
        let event = event.condition_expression("attribute_not_exists(#sort)");
        let event = event.expression_attribute_names("#sort", "sort").build().unwrap();
        let write = |put| TransactWriteItem::builder().put(put).build();
        let request = self.dynamodb.transact_write_items().transact_items(write(swap)).transact_items(write(event));
        request.send().await.unwrap();
    }
}
