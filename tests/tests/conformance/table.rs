//! Records.

use crate::{on_every_variant, ours, record, runs};
use storage::{Page, StorageError, Table, Write};
use tests::Ground;

on_every_variant! {
    a_record_reads_back_and_counts_its_changes
    of_many_who_make_one_record_at_once_one_succeeds
    of_many_who_change_one_version_at_once_one_succeeds
    a_transaction_does_all_or_nothing
    transactions_that_contend_for_one_record_are_all_done_in_the_end
    a_query_gives_a_range_in_order_page_by_page
    the_newest_come_first_page_by_page
    a_range_that_is_empty_or_ended_before_it_began_is_empty
    pages_go_on_where_the_store_itself_ends_a_page
    a_large_record_is_kept_whole
}

fn put(ground: &Ground, sort: &str) -> Write {
    Write::PutNew { key: record(ground, sort), body: "{}".into() }
}

fn is_changed<T>(answer: &Result<T, StorageError>) -> bool {
    matches!(answer, Err(StorageError::Changed { .. }))
}

fn sorts(page: &Page) -> Vec<&str> {
    page.records.iter().map(|found| found.key.sort.as_str()).collect()
}

async fn a_record_reads_back_and_counts_its_changes(ground: &Ground) {
    let table = ground.open().table;
    let key = record(ground, "a");
    assert_eq!(table.get(&key).await.unwrap(), None);
    assert!(is_changed(&table.swap(key.clone(), 1, "{}".into()).await), "there is none");
    table.put_new(key.clone(), r#"{"a":1}"#.into()).await.unwrap();
    assert!(is_changed(&table.put_new(key.clone(), "{}".into()).await));
    assert!(is_changed(&table.swap(key.clone(), 2, "{}".into()).await));
    table.swap(key.clone(), 1, r#"{"a":"ü"}"#.into()).await.unwrap();
    let found = ground.open().table.get(&key).await.unwrap().unwrap();
    assert_eq!((found.key, found.version, found.body.as_str()), (key, 2, r#"{"a":"ü"}"#));
}

async fn of_many_who_make_one_record_at_once_one_succeeds(ground: &Ground) {
    let tables = [ground.open().table, ground.open().table];
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (table, key) = (tables[number % 2].clone(), record(ground, "a"));
        running.spawn(async move { table.put_new(key, format!("{number}")).await });
    }
    let ended = running.join_all().await;
    assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    assert!(ended.iter().all(|ended| ended.is_ok() || is_changed(ended)), "{ended:?}");
}

async fn of_many_who_change_one_version_at_once_one_succeeds(ground: &Ground) {
    let tables = [ground.open().table, ground.open().table];
    tables[0].put_new(record(ground, "a"), "0".into()).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (table, key) = (tables[number % 2].clone(), record(ground, "a"));
        // The same content, too: what tells the one who succeeded is the version alone.
        running.spawn(async move { table.swap(key, 1, "1".into()).await });
    }
    let ended = running.join_all().await;
    assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    assert!(ended.iter().all(|ended| ended.is_ok() || is_changed(ended)), "{ended:?}");
    assert_eq!(tables[1].get(&record(ground, "a")).await.unwrap().unwrap().version, 2);
}

async fn a_transaction_does_all_or_nothing(ground: &Ground) {
    let table = ground.open().table;
    table.transact(vec![put(ground, "taken"), put(ground, "other")]).await.unwrap();
    let error = table.transact(vec![put(ground, "a"), put(ground, "taken"), put(ground, "other")]).await.unwrap_err();
    assert!(matches!(&error, StorageError::Changed { key } if key.ends_with("taken")), "{error}");
    let swap = Write::Swap { key: record(ground, "taken"), version: 7, body: "{}".into() };
    assert!(is_changed(&table.transact(vec![put(ground, "a"), swap]).await));
    let swap = Write::Swap { key: record(ground, "taken"), version: 1, body: "{}".into() };
    table.transact(vec![swap.clone(), put(ground, "b")]).await.unwrap();
    assert!(is_changed(&table.transact(vec![swap, put(ground, "c")]).await), "the same again");
    table.transact(Vec::new()).await.unwrap();
    let all = table.all(&runs(&ground.tenant)).await.unwrap();
    let all: Vec<_> = all.iter().map(|found| (found.key.sort.as_str(), found.version)).collect();
    assert_eq!(all, [("b", 1), ("other", 1), ("taken", 2)]);
}

// Reads, changes and tells of it, again and again until it was in time.
async fn count_up(table: &Table, ground: (storage::RecordKey, storage::RecordKey)) {
    let (counter, event) = ground;
    loop {
        let found = table.get(&counter).await.unwrap().unwrap();
        let next = found.body.parse::<u64>().unwrap() + 1;
        let swap = Write::Swap { key: counter.clone(), version: found.version, body: next.to_string() };
        let told = Write::PutNew { key: event.clone(), body: next.to_string() };
        match table.transact(vec![swap, told]).await {
            Err(StorageError::Changed { .. } | StorageError::Unavailable { .. }) => {}
            ended => return ended.unwrap(),
        }
    }
}

async fn transactions_that_contend_for_one_record_are_all_done_in_the_end(ground: &Ground) {
    let table = ground.open().table;
    table.put_new(record(ground, "counter"), "0".into()).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (table, keys) = (table.clone(), (record(ground, "counter"), record(ground, &format!("event {number:02}"))));
        running.spawn(async move { count_up(&table, keys).await });
    }
    running.join_all().await;
    let counter = table.get(&record(ground, "counter")).await.unwrap().unwrap();
    assert_eq!((counter.body.as_str(), counter.version), ("50", 51));
    let events = table.query(&runs(&ground.tenant), "event", "", None, 100).await.unwrap();
    let mut told: Vec<u64> = events.records.iter().map(|event| event.body.parse().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, (1..=50).collect::<Vec<_>>(), "each change has its event, and each event its change");
}

async fn a_query_gives_a_range_in_order_page_by_page(ground: &Ground) {
    let table = ground.open().table;
    for sort in ["d", "a", "c", "e", "b", "B", "é"] {
        table.put_new(record(ground, sort), "{}".into()).await.unwrap();
    }
    let partition = runs(&ground.tenant);
    let query = |from, to, after, limit| table.query(&partition, from, to, after, limit);
    let first = query("b", "e", None, 2).await.unwrap();
    assert_eq!((sorts(&first), first.next.as_deref()), (vec!["b", "c"], Some("c")));
    let second = query("b", "e", first.next.as_deref(), 2).await.unwrap();
    assert_eq!((sorts(&second), second.next.as_deref()), (vec!["d"], None));
    assert_eq!(sorts(&query("", "", None, 10).await.unwrap()), ["B", "a", "b", "c", "d", "e", "é"]);
    assert_eq!(sorts(&query("d", "", None, 10).await.unwrap()), ["d", "e", "é"]);
    assert_eq!(sorts(&query("", "b", None, 10).await.unwrap()), ["B", "a"]);
    assert_eq!(sorts(&query("b", "e", Some("a"), 10).await.unwrap()), ["b", "c", "d"], "after what is before");
    assert_eq!(sorts(&query("b", "e", Some("b"), 10).await.unwrap()), ["c", "d"]);
    assert_eq!(sorts(&query("", "", Some("bb"), 2).await.unwrap()), ["c", "d"], "after what is not there");
    let exactly = query("b", "e", None, 3).await.unwrap();
    assert_eq!((sorts(&exactly), exactly.next.as_deref()), (vec!["b", "c", "d"], None), "no page after the last");
    assert_eq!(ours(ground, table.partitions().await.unwrap()), std::slice::from_ref(&partition));
    assert_eq!(table.inspect(&partition).await.unwrap().len(), 7);
}

async fn the_newest_come_first_page_by_page(ground: &Ground) {
    let table = ground.open().table;
    for sort in ["c", "a", "d", "b", "e"] {
        table.put_new(record(ground, sort), "{}".into()).await.unwrap();
    }
    let partition = runs(&ground.tenant);
    let first = table.newest(&partition, "e", 2).await.unwrap();
    assert_eq!((sorts(&first), first.next.as_deref()), (vec!["d", "c"], Some("c")), "below what is given");
    let second = table.newest(&partition, "c", 2).await.unwrap();
    assert_eq!((sorts(&second), second.next.as_deref()), (vec!["b", "a"], None), "no page after the last");
    assert_eq!(
        sorts(&table.newest(&partition, "zz", 9).await.unwrap()),
        ["e", "d", "c", "b", "a"],
        "of what is not there"
    );
    for before in ["", "a"] {
        assert_eq!(sorts(&table.newest(&partition, before, 9).await.unwrap()), [""; 0], "nothing is below {before:?}");
    }
}

async fn a_range_that_is_empty_or_ended_before_it_began_is_empty(ground: &Ground) {
    let table = ground.open().table;
    table.put_new(record(ground, "b"), "{}".into()).await.unwrap();
    let partition = runs(&ground.tenant);
    for (from, to, after) in
        [("c", "b", None), ("b", "b", None), ("a", "c", Some("c")), ("a", "c", Some("d")), ("c", "", None)]
    {
        let page = table.query(&partition, from, to, after, 10).await.unwrap();
        assert_eq!((sorts(&page), page.next.as_deref()), (vec![], None), "{from:?} to {to:?} after {after:?}");
    }
    assert_eq!(sorts(&table.query("nobody/runs", "", "", None, 10).await.unwrap()), [""; 0]);
}

async fn pages_go_on_where_the_store_itself_ends_a_page(ground: &Ground) {
    // DynamoDB ends a page at a megabyte; these are three.
    let table = ground.open().table;
    let body = format!("{:?}", "x".repeat(150_000));
    for number in 0..20 {
        table.put_new(record(ground, &format!("{number:02}")), body.clone()).await.unwrap();
    }
    let partition = runs(&ground.tenant);
    let page = table.query(&partition, "", "", None, 15).await.unwrap();
    assert_eq!((page.records.len(), page.next.as_deref()), (15, Some("14")));
    let page = table.query(&partition, "01", "19", page.next.as_deref(), 15).await.unwrap();
    assert_eq!((sorts(&page), page.next.as_deref()), (vec!["15", "16", "17", "18"], None));
    assert_eq!(table.all(&partition).await.unwrap().len(), 20);
    assert_eq!(table.inspect(&partition).await.unwrap().into_iter().filter(Result::is_ok).count(), 20);
    assert_eq!(ours(ground, table.partitions().await.unwrap()), [partition]);
}

async fn a_large_record_is_kept_whole(ground: &Ground) {
    let table = ground.open().table;
    let body = format!("{:?}", "x".repeat(390_000));
    table.put_new(record(ground, "large"), body.clone()).await.unwrap();
    assert_eq!(table.get(&record(ground, "large")).await.unwrap().unwrap().body, body);
}
