//! What only a directory and a file can show.

use crate::{key, later, record, runs};
use domain::{ArtifactReference, Digest, RunId};
use std::fs;
use storage::{Content, Run, Storage, StorageError};
use tests::Ground;

#[tokio::test]
async fn an_object_is_read_only_and_one_that_was_changed_is_never_given() {
    let ground = Ground::embedded();
    let locker = ground.open().locker;
    let kept = locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let path = ground.folder().join("objects").join(&kept.key);
    assert!(fs::metadata(&path).unwrap().permissions().readonly());
    fs::remove_file(&path).unwrap();
    let error = locker.fetch(&kept).await.unwrap_err();
    assert!(matches!(error, StorageError::NotFound { .. }));
    fs::write(&path, b"two").unwrap();
    let error = locker.fetch(&kept).await.unwrap_err();
    assert!(matches!(error, StorageError::Mismatch { found, .. } if found == Digest::of(b"two")));
}

#[tokio::test]
async fn a_reference_out_of_the_folder_leads_nowhere_though_there_is_something() {
    let ground = Ground::embedded();
    let locker = ground.open().locker;
    fs::write(ground.folder().join("secret"), b"secret").unwrap();
    let kept = locker.deposit(&key(&ground, b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let outside =
        ArtifactReference { key: "../secret".into(), digest: Digest::of(b"secret"), length: 6, version: kept.version };
    assert!(matches!(locker.fetch(&outside).await, Err(StorageError::NotFound { .. })));
}

#[tokio::test]
async fn a_spool_that_was_deposited_or_dropped_leaves_nothing() {
    let ground = Ground::embedded();
    let locker = ground.open().locker;
    let spool = locker.spool().unwrap();
    let content = Content::Spooled { spool: &spool, digest: Digest::of(b""), length: 0 };
    locker.deposit(&key(&ground, b""), content, later()).await.unwrap();
    drop((spool, locker.spool().unwrap()));
    assert_eq!(fs::read_dir(ground.folder().join("incoming")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_draft_that_was_changed_is_never_given_and_is_made_again() {
    let ground = Ground::embedded();
    let locker = ground.open().locker;
    let run_id = RunId::new("1").unwrap();
    let run = Run { tenant: &ground.tenant, run_id: &run_id };
    let digest = locker.put_draft(run, Content::Memory(b"draft")).await.unwrap();
    let path = ground.folder().join("drafts").join(ground.tenant.as_str()).join("1").join(digest.to_string());
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"other").unwrap();
    assert!(matches!(locker.read_draft(run, digest).await, Err(StorageError::Mismatch { .. })));
    assert_eq!(locker.damaged_drafts().await.unwrap().len(), 1);
    locker.put_draft(run, Content::Memory(b"draft")).await.unwrap();
    assert_eq!(locker.read_draft(run, digest).await.unwrap(), b"draft");
}

#[tokio::test]
async fn a_copy_of_another_stores_object_keeps_its_reference() {
    let ground = Ground::embedded();
    let locker = ground.open().locker;
    let name = key(&ground, b"one");
    let there = ArtifactReference {
        key: name.to_string(),
        version: "3sL4.Version".into(),
        digest: Digest::of(b"one"),
        length: 3,
    };
    locker.adopt(&there, b"one", later()).await.unwrap();
    locker.adopt(&there, b"one", later()).await.unwrap();
    assert_eq!(locker.fetch(&there).await.unwrap(), b"one");
    let again = locker.deposit(&name, Content::Memory(b"one"), later()).await.unwrap();
    assert_eq!(again, there, "what is deposited and was adopted is what was adopted");
    let answer = locker.adopt(&there, b"two", later()).await;
    assert!(matches!(answer, Err(StorageError::Mismatch { .. })), "{answer:?}");
    let other = ArtifactReference { version: "another".into(), ..there.clone() };
    let answer = locker.adopt(&other, b"one", later()).await;
    assert!(matches!(answer, Err(StorageError::Conflict { .. })), "{answer:?}");
    let outside = ArtifactReference { key: "../one".into(), ..there };
    assert!(locker.adopt(&outside, b"one", later()).await.is_err());
}

#[tokio::test]
async fn a_record_that_was_changed_behind_the_tables_back_is_never_given() {
    let ground = Ground::embedded();
    let table = ground.open().table;
    table.put_new(record(&ground, "a"), "1".into()).await.unwrap();
    let connection = rusqlite::Connection::open(ground.folder().join("records.db")).unwrap();
    connection.execute("UPDATE records SET body = '2'", []).unwrap();
    assert!(matches!(table.get(&record(&ground, "a")).await, Err(StorageError::Mismatch { .. })));
    assert!(table.all(&runs(&ground.tenant)).await.is_err());
}

#[test]
fn many_may_open_a_new_store_at_once() {
    for _ in 0..20 {
        let ground = Ground::embedded();
        let path = ground.folder();
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| Storage::embedded(path).map(drop))).collect();
            openers.into_iter().for_each(|opener| opener.join().unwrap().unwrap());
        });
    }
}
