//! What a query declares to be redacted is kept nowhere, and can be checked with its salt.
#![cfg(test)]

use catalog::Catalog;
use collect_files::{FileCollector, Files};
use collecting::{Invocation, Order, Outcome, Secrets, collect, orders};
use domain::{
    Actor, EvidenceState, Failure,
    evidence::{self, Cell, RedactionKey},
};
use jiff::SignedDuration;
use runtime::{Clock, catalog_files};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use storage::Storage;

const NOW: &str = "2026-07-02T03:00:05Z";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Place {
    folder: tempfile::TempDir,
    storage: Storage,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(&folder.path().join("custody")).unwrap();
        fs::create_dir(folder.path().join("sources")).unwrap();
        fs::write(folder.path().join("sources/accounts-2026-07-01.csv"), "user,second_factor\nana-lima,true\n,false\n")
            .unwrap();
        Self { folder, storage }
    }

    fn give_key(&self) {
        let secrets = self.folder.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        fs::write(secrets.join("redaction"), format!("{KEY}\n")).unwrap();
        fs::set_permissions(secrets.join("redaction"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    async fn collect(&self, order: &Order, owner: &str) -> Outcome {
        let files = Files::directory(self.folder.path().join("sources"));
        let fetch = FileCollector { files, folder_for_each_tenant: false };
        let secrets = Secrets::Local { folder: self.folder.path().join("secrets") };
        let (owner, actor, clock) =
            (owner.to_owned(), Actor::new("a-test").unwrap(), Clock::Fixed(NOW.parse().unwrap()));
        let invocation = Invocation { owner, actor, clock, lease: SignedDuration::from_mins(15), secrets };
        collect(&self.storage, &fetch, order, &invocation).await.unwrap()
    }
}

// The accounts of the day, with their users redacted.
fn order() -> Order {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = catalog_files(&root.join("tests/fixture/catalog")).unwrap();
    let shipped = catalog_files(&root.join("catalog")).unwrap();
    files.extend(shipped.into_iter().filter(|(path, _)| path.starts_with("templates/")));
    let catalog = Catalog::read(files).unwrap();
    let control = catalog.all_controls().find(|control| control.id.as_str() == "gone").unwrap();
    let all = orders(&catalog, &"acme".parse().unwrap(), control, &"2026-07-01".parse().unwrap(), NOW.parse().unwrap());
    let mut order =
        all.unwrap().into_iter().find(|order| order.query.columns.iter().any(|c| c.column.name == "user")).unwrap();
    let user = order.query.columns.iter_mut().find(|declared| declared.column.name == "user").unwrap();
    user.redact = Some("person".to_owned());
    order
}

// Every file below `folder`, whole.
fn everything(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { everything(&path) } else { fs::read(&path).unwrap() });
    }
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn values_are_nowhere_in_the_store_and_whoever_has_the_salt_finds_them() {
    let place = Place::new();
    place.give_key();
    let order = order();
    let outcome = place.collect(&order, "r-1").await;
    let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
    let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
    let kept_bytes = everything(&place.folder.path().join("custody"));
    assert!(!holds(&kept_bytes, "ana-lima") && !holds(&kept_bytes, KEY) && kept_bytes.len() > 1000);
    let document = place.storage.locker.fetch(&kept.artifact).await.unwrap();
    let mut rows = Vec::new();
    let header = evidence::read(&document, |_, cells| {
        rows.push(cells);
        Ok::<(), String>(())
    });
    let header = header.unwrap();
    let salt = RedactionKey::from_hexadecimal(KEY).unwrap().salt(&"acme".parse().unwrap(), "person");
    assert!(rows.iter().any(|cells| cells.contains(&Cell::Text(salt.redacted("ana-lima")))), "{rows:?}");
    assert_eq!(header.redacted.unwrap().salts.get("person"), Some(&salt.digest()));
    assert!(header.raw.iter().all(|file| file.withheld) && evidence::read_raw(&document).is_err());
    assert_eq!(place.collect(&order, "r-2").await, Outcome::Collected { record, new: false });
}

#[tokio::test]
async fn without_the_key_nothing_is_asked_for() {
    let place = Place::new();
    fs::remove_dir_all(place.folder.path().join("sources")).unwrap();
    let outcome = place.collect(&order(), "r-1").await;
    let Outcome::Failed { failure, message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure, Failure::InvalidInput, "{message}");
    assert!(message.contains("EXHIBIT_SECRET_REDACTION"), "{message}");
}

#[tokio::test]
async fn what_goes_wrong_is_told_without_values_and_nothing_is_left_of_what_was_read() {
    let place = Place::new();
    place.give_key();
    // No header line: the first line is somebody's.
    fs::write(place.folder.path().join("sources/accounts-2026-07-01.csv"), "ana-lima,true\nbo-ek,false\n").unwrap();
    let outcome = place.collect(&order(), "r-1").await;
    let Outcome::Failed { failure, message } = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure, Failure::InvalidInput);
    assert!(message.contains("no header \"user\"") && !message.contains("ana-lima"), "{message}");
    let kept = everything(&place.folder.path().join("custody"));
    assert!(!holds(&kept, "ana-lima") && holds(&kept, "no header"));
}
