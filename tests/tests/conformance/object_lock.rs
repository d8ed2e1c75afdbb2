//! What only S3 and DynamoDB can show: the store itself refuses what may not be, asked past the Locker.

use crate::{custodian, instant, key, later, locker::download, ours, record, runs};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::{
    primitives::{ByteStream, DateTime},
    types::{ObjectLockRetention, ObjectLockRetentionMode},
};
use domain::{ArtifactReference, RunId};
use std::{collections::BTreeMap, time::Duration};
use storage::{Content, Run, StorageError};
use tests::{AwsGround, Ground};

async fn deposited(ground: &Ground) -> ArtifactReference {
    let locker = ground.open().locker;
    locker.deposit(&key(ground, b"one"), Content::Memory(b"one"), later()).await.unwrap()
}

async fn retain(
    stores: &AwsGround,
    kept: &ArtifactReference,
    mode: ObjectLockRetentionMode,
    until: &str,
) -> Option<u16> {
    let until = DateTime::from_secs(instant(until).as_second());
    let retention = ObjectLockRetention::builder().mode(mode).retain_until_date(until).build();
    let request = stores.s3.put_object_retention().bucket(stores.bucket).key(&kept.key).version_id(&kept.version);
    let answer = request.retention(retention).send().await;
    answer.err().and_then(|error| error.raw_response().map(|response| response.status().as_u16()))
}

async fn delete(stores: &AwsGround, kept: &ArtifactReference, bypass: bool) -> Option<u16> {
    let request = stores.s3.delete_object().bucket(stores.bucket).key(&kept.key).version_id(&kept.version);
    let answer = request.set_bypass_governance_retention(bypass.then_some(true)).send().await;
    answer.err().and_then(|error| error.raw_response().map(|response| response.status().as_u16()))
}

#[tokio::test]
async fn the_store_refuses_to_delete_a_locked_version_or_to_shorten_its_lock() {
    let Some(ground) = Ground::aws().await else { return };
    let (stores, kept) = (ground.stores(), deposited(&ground).await);
    assert_eq!(delete(stores, &kept, false).await, Some(403));
    assert_eq!(delete(stores, &kept, true).await, Some(403), "nobody may pass by a lock in compliance mode");
    let compliance = ObjectLockRetentionMode::Compliance;
    assert_eq!(retain(stores, &kept, compliance.clone(), "2032-12-31T23:59:59Z").await, Some(403));
    assert_eq!(retain(stores, &kept, ObjectLockRetentionMode::Governance, "2034-01-01T00:00:00Z").await, Some(403));
    assert_eq!(retain(stores, &kept, compliance, "2033-06-01T00:00:00Z").await, None, "longer is allowed");
    let locker = ground.open().locker;
    assert_eq!(locker.fetch(&kept).await.unwrap(), b"one");
    assert_eq!(locker.lock_of(&kept.key).await.unwrap().unwrap().retain_until, instant("2033-06-01T00:00:00Z"));
}

#[tokio::test]
async fn what_is_put_over_the_key_or_marked_deleted_is_another_version_and_is_named() {
    let Some(ground) = Ground::aws().await else { return };
    let (stores, kept, locker) = (ground.stores(), deposited(&ground).await, ground.open().locker);
    let link = locker.link(&kept, Duration::from_secs(60)).await.unwrap();
    let over = stores.s3.put_object().bucket(stores.bucket).key(&kept.key).body(ByteStream::from_static(b"two"));
    over.send().await.unwrap();
    assert_eq!(locker.fetch(&kept).await.unwrap(), b"one");
    assert_eq!(download(link.clone()).await.unwrap(), b"one", "a link leads to one version");
    assert_eq!(ours(&ground, locker.foreign().await.unwrap()), std::slice::from_ref(&kept.key));
    assert_eq!(locker.measure(&kept.key).await.unwrap().0, domain::Digest::of(b"two"));
    let answer = locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await;
    assert!(matches!(answer, Err(StorageError::Conflict { .. })), "{answer:?}");
    stores.s3.delete_object().bucket(stores.bucket).key(&kept.key).send().await.unwrap();
    assert_eq!(locker.fetch(&kept).await.unwrap(), b"one");
    assert_eq!(download(link).await.unwrap(), b"one");
    assert_eq!(ours(&ground, locker.foreign().await.unwrap()), [kept.key]);
}

#[tokio::test]
async fn an_object_without_a_lock_is_named() {
    let Some(ground) = Ground::aws().await else { return };
    let (stores, name) = (ground.stores(), key(&ground, b"unlocked").to_string());
    let put = stores.s3.put_object().bucket(stores.bucket).key(&name).body(ByteStream::from_static(b"unlocked"));
    put.send().await.unwrap();
    let locker = ground.open().locker;
    assert_eq!(locker.lock_of(&name).await.unwrap(), None);
    assert_eq!(ours(&ground, locker.foreign().await.unwrap()), std::slice::from_ref(&name));
    // The same bytes deposited where they lie without a lock are locked from then on.
    locker.deposit(&key(&ground, b"unlocked"), Content::Memory(b"unlocked"), later()).await.unwrap();
    assert_eq!(locker.lock_of(&name).await.unwrap().unwrap().retain_until, later());
}

#[tokio::test]
async fn a_link_lasts_a_quarter_of_an_hour_at_most_is_for_one_version_and_ends() {
    let Some(ground) = Ground::aws().await else { return };
    let (kept, locker) = (deposited(&ground).await, ground.open().locker);
    let long = locker.link(&kept, Duration::from_secs(24 * 3600)).await.unwrap();
    assert!(long.contains("X-Amz-Expires=900&"), "{long}");
    assert!(long.contains("versionId="), "{long}");
    assert!(long.contains("response-content-disposition=attachment"), "{long}");
    let unsigned = long.split('?').next().unwrap().to_owned();
    assert!(download(unsigned).await.is_err(), "without its signature it is no link");
    let short = locker.link(&kept, Duration::from_secs(1)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(download(short).await.is_err(), "it has ended");
}

#[tokio::test]
async fn a_record_that_was_changed_behind_the_tables_back_is_never_given() {
    let Some(ground) = Ground::aws().await else { return };
    let (stores, table) = (ground.stores(), ground.open().table);
    for sort in ["a", "b"] {
        table.put_new(record(&ground, sort), "1".into()).await.unwrap();
    }
    let request = stores.dynamodb.update_item().table_name(stores.table);
    let request = request.key("partition", AttributeValue::S(runs(&ground.tenant)));
    let request = request.key("sort", AttributeValue::S("a".into())).update_expression("SET #body = :body");
    let request = request.expression_attribute_names("#body", "body");
    request.expression_attribute_values(":body", AttributeValue::S("2".into())).send().await.unwrap();
    assert!(matches!(table.get(&record(&ground, "a")).await, Err(StorageError::Mismatch { .. })));
    assert!(table.all(&runs(&ground.tenant)).await.is_err());
    let inspected = table.inspect(&runs(&ground.tenant)).await.unwrap();
    assert_eq!(inspected.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_go_on_after_a_page_and_working_bytes_are_forgotten_by_the_thousand() {
    let Some(ground) = Ground::aws().await else { return };
    let (locker, run_id) = (ground.open().locker, RunId::new("1").unwrap());
    let mut running = tokio::task::JoinSet::new();
    for worker in 0..16_u32 {
        let (locker, tenant, run_id) = (locker.clone(), ground.tenant.clone(), run_id.clone());
        running.spawn(async move {
            for number in 0..63_u32 {
                let run = Run { tenant: &tenant, run_id: &run_id };
                let content = (worker * 1000 + number).to_be_bytes();
                locker.put_draft(run, Content::Memory(&content)).await.unwrap();
            }
        });
    }
    running.join_all().await;
    let run = Run { tenant: &ground.tenant, run_id: &run_id };
    let first = domain::Digest::of(&0_u32.to_be_bytes());
    assert!(locker.read_draft(run, first).await.is_ok());
    locker.remove_drafts(run).await.unwrap();
    for number in [0_u32, 62, 15_000, 15_062] {
        let answer = locker.read_draft(run, domain::Digest::of(&number.to_be_bytes())).await;
        assert!(matches!(answer, Err(StorageError::NotFound { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_collection_is_one_put_and_two_writes_over_the_wire() {
    let Some(ground) = Ground::aws().await else { return };
    let (storage, calls) = (ground.open(), &ground.stores().calls);
    let storage::Begun::Started(lease) = custodian::begin(&storage, &ground, "one").await else { panic!() };
    let artifact = custodian::evidence(&storage.locker, &ground).await;
    storage.custodian.commit(&lease, custodian::collected(artifact)).await.unwrap();
    let asked = [("PutItem", 1), ("S3 PUT", 1), ("TransactWriteItems", 1)];
    assert_eq!(calls.take(), BTreeMap::from(asked.map(|(name, count)| (name.to_owned(), count))));
    assert!(matches!(custodian::begin(&storage, &ground, "two").await, storage::Begun::AlreadyCollected(_)));
    let asked = [("PutItem", 1), ("GetItem", 1)];
    assert_eq!(calls.take(), BTreeMap::from(asked.map(|(name, count)| (name.to_owned(), count))));
}
