//! Whatever is changed in what is kept, `verify` names it.

#![cfg(test)]

use domain::Digest;
use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use storage::{FaultHook, Storage, StorageError};
use tests::{Fixture, copy_folder, inventory};
use verify::custody::{Verdict, verify};

/// A store with two days of evidence and a report, made once, and every file of it.
fn original() -> &'static (Fixture, BTreeMap<String, Vec<u8>>) {
    static ORIGINAL: OnceLock<(Fixture, BTreeMap<String, Vec<u8>>)> = OnceLock::new();
    ORIGINAL.get_or_init(|| {
        let fixture = Fixture::new(2);
        on_runtime(async {
            let home = fixture.home(FaultHook::none());
            fixture.commit(&home).await;
            fixture.collect(&home).await;
            fixture.report(&home).await.unwrap();
            fixture.seal(&home).await;
        });
        let files = inventory(&fixture.custody());
        assert!(files.len() > 10, "{:?}", files.keys());
        (fixture, files)
    })
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let custody = folder.path().join("custody");
    copy_folder(&original().0.custody(), &custody);
    (folder, custody)
}

fn write(path: &Path, bytes: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

// A store too damaged to open is named by the error itself.
fn verdict(custody: &Path) -> Result<Verdict, StorageError> {
    on_runtime(async { verify(&Storage::embedded(custody)?, &Fixture::trust(), None).await })
}

/// Everything the Table holds, as read.
fn records(custody: &Path) -> Result<Vec<storage::Record>, StorageError> {
    on_runtime(async {
        let table = Storage::embedded(custody)?.table;
        let mut all = Vec::new();
        for partition in table.partitions().await? {
            all.extend(table.all(&partition).await?);
        }
        Ok(all)
    })
}

// The key, a catalog, a commitment of each of two controls, and 29 days of each that are sealed by August.
const EVENTS_OF_THE_LOG: u64 = 1 + 1 + 2 + 2 * 29;

#[test]
fn what_nobody_changed_holds() {
    let (_folder, custody) = copy();
    let verdict = verdict(&custody).unwrap();
    assert_eq!((verdict.problems.as_slice(), verdict.notes.as_slice()), (&[][..], &[][..]));
    assert_eq!((verdict.checked.evidence, verdict.checked.reports), (6, 1));
    assert!(verdict.checked.rows > 0 && verdict.checked.events == 6 + 3 + EVENTS_OF_THE_LOG);
}

fn names(verdict: &Verdict, file: &str) -> bool {
    let key = file.trim_start_matches("objects/");
    verdict.problems.iter().any(|problem| problem.what.contains(key))
}

fn changed(bytes: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= mask;
    changed
}

fn assert_object_is_named(file: &str, bytes: &[u8]) {
    let (_folder, custody) = copy();
    write(&custody.join(file), bytes);
    let verdict = verdict(&custody).unwrap();
    assert!(names(&verdict, file), "{file}: {:?}", verdict.problems);
}

// A byte of the records' file that is in no record changes nothing that anybody reads: then everything reads as before.
fn assert_records_are_named_or_unchanged(file: &str, bytes: &[u8]) {
    let (_folder, custody) = copy();
    write(&custody.join(file), bytes);
    let named = match verdict(&custody) {
        Ok(verdict) => !verdict.problems.is_empty(),
        Err(StorageError::Unreadable { key, .. }) => key.contains("records.db"),
        Err(StorageError::Unavailable { operation, .. }) => operation.contains("records.db"),
        Err(_) => false,
    };
    if !named {
        let (_untouched, before) = copy();
        assert_eq!(records(&custody).unwrap(), records(&before).unwrap(), "a change in {file} went unseen");
    }
}

#[test]
fn every_object_with_one_byte_changed_cut_off_or_added_is_named() {
    for (file, bytes) in original().1.iter().filter(|(file, _)| file.starts_with("objects/")) {
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            assert_object_is_named(file, &changed(bytes, at, 1));
        }
        assert_object_is_named(file, &bytes[..bytes.len() - 1]);
        assert_object_is_named(file, &[bytes.as_slice(), b" "].concat());
    }
}

#[test]
fn every_object_that_is_removed_or_put_in_anothers_place_is_named() {
    let objects: Vec<_> = original().1.iter().filter(|(file, _)| file.starts_with("objects/")).collect();
    for (index, (file, _)) in objects.iter().enumerate() {
        let (_folder, custody) = copy();
        fs::remove_file(custody.join(file)).unwrap();
        assert!(names(&verdict(&custody).unwrap(), file), "{file} removed");
        let other = objects[(index + 1) % objects.len()].1;
        assert_object_is_named(file, other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_one_byte_of_any_stored_file_is_named(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), mask in 1u8..) {
        let files: Vec<_> = original().1.iter().filter(|(_, bytes)| !bytes.is_empty()).collect();
        let (name, bytes) = files[file.index(files.len())];
        let bytes = changed(bytes, at.index(bytes.len()), mask);
        if name.starts_with("objects/") {
            assert_object_is_named(name, &bytes);
        } else {
            assert_records_are_named_or_unchanged(name, &bytes);
        }
    }

    #[test]
    fn any_one_byte_of_the_records_file_is_named_or_is_in_no_record(at in any::<prop::sample::Index>(), mask in 1u8..) {
        let bytes = &original().1["records.db"];
        assert_records_are_named_or_unchanged("records.db", &changed(bytes, at.index(bytes.len()), mask));
    }
}

/// What a change of one value of a record leaves: the record's key, and the statement that changes it.
fn tampering(custody: &Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(custody.join("records.db")).unwrap();
    let sql = "SELECT partition, sort FROM records ORDER BY 1, 2";
    let keys: Vec<(String, String)> = connection
        .prepare(sql)
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let other = Digest::of(b"other");
    let changes = [
        "UPDATE records SET body = body || ' '".to_owned(),
        "UPDATE records SET version = version + 1".to_owned(),
        "UPDATE records SET sort = sort || 'x'".to_owned(),
        "UPDATE records SET partition = 'other/runs'".to_owned(),
        format!("UPDATE records SET digest = '{other}'"),
        "DELETE FROM records".to_owned(),
    ];
    let on = |partition: &str, sort: &str, change: &String| {
        let key = format!("{partition} | {sort}");
        (key, format!("{change} WHERE partition = '{partition}' AND sort = '{sort}'"))
    };
    keys.iter().flat_map(|(partition, sort)| changes.iter().map(move |change| on(partition, sort, change))).collect()
}

#[test]
fn every_record_that_is_changed_moved_or_removed_is_named() {
    let (_folder, custody) = copy();
    let changes = tampering(&custody);
    assert!(changes.len() > 60);
    for (key, statement) in changes {
        let (_folder, custody) = copy();
        let connection = rusqlite::Connection::open(custody.join("records.db")).unwrap();
        let count = connection.execute(&statement, []).unwrap();
        drop(connection);
        assert_eq!(count, 1, "{statement}");
        let verdict = verdict(&custody).unwrap();
        assert!(!verdict.problems.is_empty(), "{key}: {statement} went unseen");
        let in_place = ["body", "version", "digest"].iter().any(|what| statement.contains(&format!("SET {what}")));
        let named = verdict.problems.iter().any(|problem| problem.message.contains(&key));
        assert!(!in_place || named, "{statement}: {:?}", verdict.problems);
    }
}

/// Changes the bodies of records as somebody would who knows how their digests are made.
fn rewrite(custody: &Path, partition: &str, change: impl Fn(&str) -> String) -> usize {
    let connection = rusqlite::Connection::open(custody.join("records.db")).unwrap();
    let sql = "SELECT partition, sort, version, body FROM records WHERE partition LIKE ?1";
    let rows: Vec<(String, String, u64, String)> = connection
        .prepare(sql)
        .unwrap()
        .query_map([partition], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut count = 0;
    for (partition, sort, version, body) in rows {
        let changed = change(&body);
        count += usize::from(changed != body);
        let digest = Digest::of(format!("{partition}\n{sort}\n{version}\n{changed}").as_bytes()).to_string();
        let sql = "UPDATE records SET body = ?1, digest = ?2 WHERE partition = ?3 AND sort = ?4";
        connection.execute(sql, [changed, digest, partition, sort]).unwrap();
    }
    count
}

fn problems_after(change: impl FnOnce(&Path)) -> Vec<String> {
    let (_folder, custody) = copy();
    change(&custody);
    let verdict = verdict(&custody).unwrap();
    verdict.problems.iter().map(|problem| format!("{}: {}", problem.what, problem.message)).collect()
}

#[test]
fn a_record_rewritten_with_its_digest_contradicts_the_others() {
    let cases: [(&str, &str, &str); 9] = [
        ("@locks", "\"retain_until\":\"20", "\"retain_until\":\"19"),
        ("%/runs", "tester@acme.example", "somebody@else.example"),
        ("%/runs", "\"requested_at\":\"2026-08-01", "\"requested_at\":\"2026-07-31"),
        ("%/evidence/%", "\"recorded_at\":\"2026-07", "\"recorded_at\":\"2026-06"),
        ("%/evidence/%", "\"query_version\":1", "\"query_version\":2"),
        ("%/evidence/%", "\"row_count\":3", "\"row_count\":4"),
        ("%/commitments", "tester@acme.example", "somebody@else.example"),
        ("%/sealed", "\"until\":\"2026", "\"until\":\"2025"),
        ("%/reports", "\"format\":\"pdf\"", "\"format\":\"csv\""),
    ];
    for (partition, from, to) in cases {
        let found = problems_after(|custody| assert!(rewrite(custody, partition, |body| body.replace(from, to)) > 0));
        assert!(!found.is_empty(), "{partition}: {from} became {to} unseen");
    }
}

#[test]
fn a_report_replaced_with_its_record_and_its_locks_contradicts_its_event() {
    let found = problems_after(|custody| {
        let file = original().1.keys().find(|name| name.ends_with("report.csv")).unwrap();
        let before = Digest::of(&original().1[file]).to_string();
        write(&custody.join(file), b"control,outcome\neverything,pass\n");
        fs::set_permissions(custody.join(file), fs::Permissions::from_mode(0o444)).unwrap();
        let after = Digest::of(b"control,outcome\neverything,pass\n").to_string();
        let lengths = [original().1[file].len(), 32];
        let replace = |body: &str| {
            let length = |length: usize| format!("\"length\":{length}");
            body.replace(&before, &after).replace(&length(lengths[0]), &length(lengths[1]))
        };
        assert!(rewrite(custody, "@locks", replace) + rewrite(custody, "%/reports", replace) == 2);
    });
    assert!(found.iter().any(|problem| problem.contains("report-stored")), "{found:?}");
}

#[test]
fn a_store_that_lost_its_records_is_not_an_empty_one() {
    for empty in [true, false] {
        let (_folder, custody) = copy();
        let path = custody.join("records.db");
        if empty {
            fs::write(&path, b"").unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        let error = Storage::embedded_existing(&custody).map(drop).unwrap_err();
        assert!(error.to_string().contains("records.db"), "{error}");
        let objects = inventory(&custody.join("objects")).len();
        assert_eq!(verdict(&custody).unwrap().problems.len(), objects, "opened all the same, every object is named");
    }
}

#[test]
fn what_is_no_object_among_the_objects_is_named_and_never_opened() {
    let key = || original().1.keys().find(|name| name.ends_with("report.pdf")).unwrap().clone();
    let linked = problems_after(|custody| {
        let path = custody.join(key());
        fs::rename(&path, custody.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(custody.join("elsewhere"), &path).unwrap();
    });
    assert!(linked.iter().any(|problem| problem.contains("report.pdf")), "{linked:?}");
    let piped = problems_after(|custody| {
        let made = std::process::Command::new("mkfifo").arg(custody.join("objects/pipe")).status().unwrap();
        assert!(made.success());
    });
    assert!(piped.iter().any(|problem| problem.contains("pipe")), "{piped:?}");
    let foreign = problems_after(|custody| fs::write(custody.join("objects/acme/evil.exe"), b"x").unwrap());
    assert!(foreign.iter().any(|problem| problem.contains("evil.exe")), "{foreign:?}");
    let writable = problems_after(|custody| {
        fs::set_permissions(custody.join(key()), fs::Permissions::from_mode(0o644)).unwrap();
    });
    assert!(writable.iter().any(|problem| problem.contains("report.pdf")), "{writable:?}");
}
