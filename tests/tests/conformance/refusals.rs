//! Stores that are not there, cannot be reached or are not what they have to be: each error says what has to be done.

use crate::{key, later, record};
use aws_sdk_s3::{config::BehaviorVersion, error::ProvideErrorMetadata as _};
use domain::Failure;
use storage::{AwsStores, Content, FaultHook, Storage, StorageError};
use tests::{AwsGround, Ground};

fn open(stores: AwsStores) -> Storage {
    Storage::aws(stores, FaultHook::none())
}

#[tokio::test]
async fn a_bucket_or_table_that_is_not_there_is_never_asked_again_and_named() {
    let Some(ground) = Ground::aws().await else { return };
    let (bucket, table) = ("exhibit-absent".to_owned(), "exhibit-absent".to_owned());
    let absent = open(AwsStores { bucket, table, ..ground.stores().stores("tests") });
    let answer = absent.table.get(&record(&ground, "a")).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::InvalidInput, "{answer}");
    assert!(answer.to_string().contains("exhibit-absent"), "{answer}");
    let answer = absent.table.put_new(record(&ground, "a"), "{}".into()).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::InvalidInput, "{answer}");
    let answer = absent.locker.keys().await.unwrap_err();
    assert_eq!(answer.failure(), Failure::InvalidInput, "{answer}");
}

#[tokio::test]
async fn a_record_that_no_item_can_hold_is_refused_and_not_asked_again() {
    let Some(ground) = Ground::aws().await else { return };
    let body = format!("{:?}", "x".repeat(420_000));
    let answer = ground.open().table.put_new(record(&ground, "a"), body).await.unwrap_err();
    assert!(matches!(answer, StorageError::Refused { .. }), "{answer}");
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_asked_again_later() {
    let stores = AwsGround::nowhere();
    let storage = open(stores.stores("tests"));
    let ground = Ground::embedded();
    let answer = storage.table.get(&record(&ground, "a")).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::StorageUnavailable, "{answer}");
    let answer = storage.locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::StorageUnavailable, "{answer}");
}

#[tokio::test]
async fn a_bucket_without_object_lock_keeps_no_evidence() {
    let Some(ground) = Ground::aws().await else { return };
    let (s3, name) = (&ground.stores().s3, "exhibit-unlocked");
    let made = s3.create_bucket().bucket(name).send().await;
    let code = made.as_ref().err().and_then(|error| error.code());
    assert!(matches!(code, None | Some("BucketAlreadyExists" | "BucketAlreadyOwnedByYou")), "{made:?}");
    let unlocked = open(AwsStores { bucket: name.to_owned(), ..ground.stores().stores("tests") });
    let answer = unlocked.locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::InvalidInput, "{answer}");
}

#[tokio::test]
async fn an_identity_that_is_not_known_is_denied_and_not_asked_again() {
    let Some(ground) = Ground::aws().await else { return };
    let stores = ground.stores().stores("tests");
    let unknown = aws_sdk_s3::config::Credentials::new("unknown", "unknown", None, None, "tests");
    let config = stores.s3.config().to_builder().behavior_version(BehaviorVersion::latest());
    let s3 = aws_sdk_s3::Client::from_conf(config.credentials_provider(unknown).build());
    let denied = open(AwsStores { s3, ..stores });
    let answer = denied.locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await.unwrap_err();
    assert_eq!(answer.failure(), Failure::SourceDenied, "{answer}");
    assert!(answer.to_string().contains("s3:PutObject"), "{answer}");
}
