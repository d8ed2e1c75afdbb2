//! What every variant of the storage contracts has to guarantee (DESIGN, section 6).

#![cfg(test)]

use domain::{Digest, RunId, TenantId, Timestamp};
use std::{fs, path::Path, time::Duration};
use storage::{ArtifactKey, Content, RecordKey, Run, Storage, StorageError, Write};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn later() -> Timestamp {
    instant("2033-01-01T00:00:00Z")
}

fn key(content: &[u8]) -> ArtifactKey {
    ArtifactKey::catalog(&TenantId::new("acme").unwrap(), Digest::of(content))
}

fn record(sort: &str) -> RecordKey {
    RecordKey { partition: "acme/runs".into(), sort: sort.into() }
}

fn open(folder: &Path) -> Storage {
    Storage::embedded(folder).unwrap()
}

#[tokio::test]
async fn a_deposit_is_read_back_and_the_same_again_is_the_same_answer() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let first = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let again = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    assert_eq!(first, again);
    assert_eq!((first.digest, first.length), (Digest::of(b"one"), 3));
    assert_eq!(storage.locker.fetch(&first).await.unwrap(), b"one");
    assert_eq!(open(folder.path()).locker.fetch(&first).await.unwrap(), b"one", "after opening again");
    assert_eq!(storage.locker.keys().await.unwrap(), [first.key]);
}

#[tokio::test]
async fn other_bytes_under_a_taken_key_are_a_conflict_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let first = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let error = storage.locker.deposit(&key(b"one"), Content::Memory(b"two"), later()).await.unwrap_err();
    assert!(matches!(&error, StorageError::Conflict { key, .. } if *key == first.key), "{error}");
    assert_eq!(storage.locker.fetch(&first).await.unwrap(), b"one");
}

#[tokio::test]
async fn a_spooled_deposit_is_the_same_as_one_from_memory_and_leaves_no_spool() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let spool = storage.locker.spool().unwrap();
    spool.as_file().write_all(b"one").unwrap();
    let content = Content::Spooled { spool: &spool, digest: Digest::of(b"one"), length: 3 };
    let spooled = storage.locker.deposit(&key(b"one"), content, later()).await.unwrap();
    let from_memory = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    assert_eq!(spooled, from_memory);
    drop(spool);
    assert_eq!(fs::read_dir(folder.path().join("incoming")).unwrap().count(), 0);
    assert_eq!(storage.locker.fetch(&spooled).await.unwrap(), b"one");
}

#[tokio::test]
async fn an_object_is_read_only_and_one_that_was_changed_is_never_given() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let kept = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let path = folder.path().join("objects").join(&kept.key);
    assert!(fs::metadata(&path).unwrap().permissions().readonly());
    fs::remove_file(&path).unwrap();
    let error = storage.locker.fetch(&kept).await.unwrap_err();
    assert!(matches!(error, StorageError::NotFound { .. }));
    fs::write(&path, b"two").unwrap();
    let error = storage.locker.fetch(&kept).await.unwrap_err();
    assert!(matches!(error, StorageError::Mismatch { found, .. } if found == Digest::of(b"two")));
}

#[tokio::test]
async fn a_reference_to_another_version_or_out_of_the_store_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(&folder.path().join("store"));
    fs::write(folder.path().join("secret"), b"secret").unwrap();
    let mut kept = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    kept.version = "2".into();
    assert!(matches!(storage.locker.fetch(&kept).await, Err(StorageError::NotFound { .. })));
    kept.version = "1".into();
    kept.key = "../../secret".into();
    kept.digest = Digest::of(b"secret");
    assert!(matches!(storage.locker.fetch(&kept).await, Err(StorageError::NotFound { .. })));
}

#[tokio::test]
async fn a_lock_is_never_shortened() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let kept = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let sooner = instant("2030-01-01T00:00:00Z");
    assert!(matches!(storage.locker.extend(&kept, sooner).await, Err(StorageError::Locked { .. })));
    storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), sooner).await.unwrap();
    assert_eq!(storage.locker.lock_of(&kept.key).await.unwrap().unwrap().retain_until, later());
    let longer = instant("2040-01-01T00:00:00Z");
    storage.locker.extend(&kept, longer).await.unwrap();
    storage.locker.hold(&kept).await.unwrap();
    let lock = storage.locker.lock_of(&kept.key).await.unwrap().unwrap();
    assert_eq!((lock.retain_until, lock.legal_hold), (longer, true));
    storage.locker.release(&kept).await.unwrap();
    assert!(!storage.locker.lock_of(&kept.key).await.unwrap().unwrap().legal_hold);
}

#[tokio::test]
async fn a_link_leads_to_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path());
    let kept = storage.locker.deposit(&key(b"one"), Content::Memory(b"one"), later()).await.unwrap();
    let link = storage.locker.link(&kept, Duration::from_secs(900)).await.unwrap();
    assert_eq!(fs::read(link.strip_prefix("file://").unwrap()).unwrap(), b"one");
}

#[test]
fn many_may_open_a_new_store_at_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::thread::scope(|scope| {
            let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| Storage::embedded(path).map(drop))).collect();
            openers.into_iter().for_each(|opener| opener.join().unwrap().unwrap());
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_make_one_record_at_once_one_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let storages = [open(folder.path()), open(folder.path())];
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let table = storages[number % 2].table.clone();
        running.spawn(async move { table.put_new(record("a"), format!("{number}")).await });
    }
    let ended = running.join_all().await;
    assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    assert!(ended.iter().all(|ended| matches!(ended, Ok(()) | Err(StorageError::Changed { .. }))));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_change_one_version_at_once_one_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let storages = [open(folder.path()), open(folder.path())];
    storages[0].table.put_new(record("a"), "0".into()).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let table = storages[number % 2].table.clone();
        running.spawn(async move { table.swap(record("a"), 1, format!("{number}")).await });
    }
    assert_eq!(running.join_all().await.iter().filter(|ended| ended.is_ok()).count(), 1);
    assert_eq!(storages[1].table.get(&record("a")).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn a_transaction_does_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).table;
    table.put_new(record("taken"), "{}".into()).await.unwrap();
    let put = |sort: &str| Write::PutNew { key: record(sort), body: "{}".into() };
    let error = table.transact(vec![put("a"), put("taken"), put("b")]).await.unwrap_err();
    assert!(matches!(&error, StorageError::Changed { key } if key.ends_with("taken")), "{error}");
    let swap = Write::Swap { key: record("taken"), version: 7, body: "{}".into() };
    assert!(table.transact(vec![put("a"), swap]).await.is_err());
    let all = table.all("acme/runs").await.unwrap();
    assert_eq!(all.iter().map(|record| record.key.sort.as_str()).collect::<Vec<_>>(), ["taken"]);
}

#[tokio::test]
async fn a_query_gives_a_range_in_order_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).table;
    for sort in ["d", "a", "c", "e", "b"] {
        table.put_new(record(sort), "{}".into()).await.unwrap();
    }
    let sorts = |page: &storage::Page| page.records.iter().map(|found| found.key.sort.clone()).collect::<Vec<_>>();
    let first = table.query("acme/runs", "b", "e", None, 2).await.unwrap();
    assert_eq!((sorts(&first), first.next.as_deref()), (vec!["b".into(), "c".into()], Some("c")));
    let second = table.query("acme/runs", "b", "e", first.next.as_deref(), 2).await.unwrap();
    assert_eq!((sorts(&second), second.next), (vec!["d".to_owned()], None));
    assert_eq!(table.partitions().await.unwrap(), ["acme/runs"]);
}

#[tokio::test]
async fn working_bytes_are_checked_kept_apart_by_run_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let locker = open(folder.path()).locker;
    let (tenant, first, second) = (TenantId::new("acme").unwrap(), RunId::new("1").unwrap(), RunId::new("2").unwrap());
    let run = |run_id| Run { tenant: &tenant, run_id };
    let digest = locker.put_draft(run(&first), Content::Memory(b"draft")).await.unwrap();
    assert_eq!(locker.put_draft(run(&first), Content::Memory(b"draft")).await.unwrap(), digest);
    locker.put_draft(run(&second), Content::Memory(b"draft")).await.unwrap();
    locker.remove_drafts(run(&first)).await.unwrap();
    locker.remove_drafts(run(&first)).await.unwrap();
    assert!(matches!(locker.read_draft(run(&first), digest).await, Err(StorageError::NotFound { .. })));
    assert_eq!(locker.read_draft(run(&second), digest).await.unwrap(), b"draft");
    let path = folder.path().join("drafts/acme/2").join(digest.to_string());
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"other").unwrap();
    assert!(matches!(locker.read_draft(run(&second), digest).await, Err(StorageError::Mismatch { .. })));
    locker.put_draft(run(&second), Content::Memory(b"draft")).await.unwrap();
    assert_eq!(locker.read_draft(run(&second), digest).await.unwrap(), b"draft");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_deposited_by_many_at_once_are_one_object_locked_the_longest() {
    let folder = tempfile::tempdir().unwrap();
    let storages = [open(folder.path()), open(folder.path())];
    let mut running = tokio::task::JoinSet::new();
    for number in 0..60_i64 {
        let locker = storages[usize::try_from(number % 2).unwrap()].locker.clone();
        let until = later().checked_add(jiff::SignedDuration::from_hours(number)).unwrap();
        running.spawn(async move { locker.deposit(&key(b"one"), Content::Memory(b"one"), until).await });
    }
    for answer in running.join_all().await {
        assert_eq!(answer.unwrap().digest, Digest::of(b"one"));
    }
    let lock = storages[0].locker.lock_of(key(b"one").as_str()).await.unwrap().unwrap();
    assert_eq!(lock.retain_until, later().checked_add(jiff::SignedDuration::from_hours(59)).unwrap());
}
