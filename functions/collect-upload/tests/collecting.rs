//! From a file that somebody hands in to the evidence of a control.
#![cfg(test)]

use catalog::Catalog;
use collect_upload::UploadCollector;
use collecting::{Invocation, Order, Outcome, Secrets, collect, orders};
use documents::{DocumentError, HandedIn, decide, submit};
use domain::{
    Actor, Decision, EvidenceState, SourceId, TenantId, Timestamp,
    evidence::{self, Cell, EvidenceHeader, RawFile},
};
use jiff::SignedDuration;
use runtime::{Clock, catalog_files};
use std::path::PathBuf;
use storage::Storage;

struct Place {
    _folder: tempfile::TempDir,
    storage: Storage,
    catalog: Catalog,
    tenant: TenantId,
}

struct Found {
    header: EvidenceHeader,
    rows: Vec<Vec<Cell>>,
    raw: Vec<RawFile>,
}

fn actor(name: &str) -> Actor {
    name.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.7\n{text}\n%%EOF\n").into_bytes()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(&folder.path().join("custody")).unwrap();
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let catalog = Catalog::read(catalog_files(&root.join("catalog")).unwrap()).unwrap();
        Self { _folder: folder, storage, catalog, tenant: "acme".parse().unwrap() }
    }

    async fn hand_in(&self, document: &str, bytes: &[u8], when: &str) -> Result<(u32, bool), DocumentError> {
        let given = HandedIn {
            source: "uploaded-policies".parse().unwrap(),
            document: document.parse().unwrap(),
            kind: document.parse().unwrap(),
            about: None,
            valid_until: None,
            bytes,
        };
        let ana = actor("ana@acme.example");
        let submitted = submit(&self.storage, &self.catalog, (&self.tenant, &ana), given, at(when)).await?;
        Ok((submitted.version.version, submitted.is_new))
    }

    async fn approve(&self, document: &str, version: u32, by: &str, when: &str) -> Result<(), DocumentError> {
        let (source, document) = ("uploaded-policies".parse::<SourceId>().unwrap(), document.parse().unwrap());
        let which = (&source, &document, version);
        decide(&self.storage, (&self.tenant, &actor(by)), which, &Decision::Approved, at(when)).await.map(drop)
    }

    // The slot of 2026, as the schedule collects it a month later.
    fn order(&self) -> (Order, Timestamp) {
        let control = self.catalog.all_controls().find(|control| control.id.as_str() == "policies-approved").unwrap();
        let now = at("2027-01-31T06:00:00Z");
        let mut all = orders(&self.catalog, &self.tenant, control, &"2026".parse().unwrap(), now).unwrap();
        (all.remove(0), now)
    }

    async fn collect(&self) -> Found {
        let (order, now) = self.order();
        let fetch = UploadCollector { storage: self.storage.clone() };
        let (owner, actor, clock) = ("r-1".to_owned(), actor("schedule:x"), Clock::Fixed(now));
        let secrets = Secrets::Local { folder: "secrets".into() };
        let invocation = Invocation { owner, actor, clock, lease: SignedDuration::from_mins(15), secrets };
        let outcome = collect(&self.storage, &fetch, &order, &invocation).await.unwrap();
        let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
        let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
        let document = self.storage.locker.fetch(&kept.artifact).await.unwrap();
        let mut rows = Vec::new();
        let header = evidence::read(&document, |_, cells| {
            rows.push(cells);
            Ok::<(), String>(())
        });
        assert_eq!(evidence::check(&document).unwrap(), *header.as_ref().unwrap());
        Found { header: header.unwrap(), rows, raw: evidence::read_raw(&document).unwrap() }
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_version_is_a_row_and_files_that_count_are_in_the_evidence() {
    let place = Place::new();
    let (old, current, rejected) = (pdf("of 2024"), pdf("of 2025"), pdf("of 2026"));
    assert_eq!(place.hand_in("access-policy", &old, "2024-02-01T09:00:00Z").await.unwrap(), (1, true));
    place.approve("access-policy", 1, "bo@acme.example", "2024-02-02T09:00:00Z").await.unwrap();
    place.hand_in("access-policy", &current, "2025-02-01T09:00:00Z").await.unwrap();
    place.approve("access-policy", 2, "bo@acme.example", "2025-02-02T09:00:00Z").await.unwrap();
    assert_eq!(place.hand_in("access-policy", &rejected, "2026-02-01T09:00:00Z").await.unwrap(), (3, true));
    assert_eq!(place.hand_in("access-policy", &rejected, "2026-02-01T09:05:00Z").await.unwrap(), (3, false));
    let found = place.collect().await;
    let columns: Vec<&str> = found.header.columns.iter().map(|column| column.name.as_str()).collect();
    let column = |name: &str| columns.iter().position(|of| *of == name).unwrap();
    let of = |name: &str| found.rows.iter().map(|row| row[column(name)].clone()).collect::<Vec<_>>();
    assert_eq!(of("state").iter().map(text).collect::<Vec<_>>(), ["approved", "approved", "submitted"]);
    assert_eq!(of("version"), [Cell::Integer(1), Cell::Integer(2), Cell::Integer(3)]);
    assert_eq!(of("approved_by")[2], Cell::Null);
    assert_eq!(
        (text(&of("submitted_by")[0]), text(&of("approved_at")[1])),
        ("ana@acme.example", "2025-02-02T09:00:00Z")
    );
    let names: Vec<&str> = found.raw.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["register.json", "access-policy/2.pdf", "access-policy/3.pdf"]);
    assert_eq!((&found.raw[1].bytes, &found.raw[2].bytes), (&current, &rejected));
    assert_eq!((found.header.totals.row_count, found.header.totals.source_count), (3, Some(3)));
    assert_eq!(found.header.asked.endpoint, "documents:uploaded-policies");
}

#[tokio::test]
async fn where_nothing_was_handed_in_there_are_no_rows_and_that_is_an_answer() {
    let found = Place::new().collect().await;
    assert_eq!((found.rows.len(), found.header.totals.source_count), (0, Some(0)));
    assert_eq!(found.raw, [RawFile { name: "register.json".into(), bytes: b"[]".to_vec() }]);
}

#[tokio::test]
async fn what_the_source_does_not_take_is_refused_and_nothing_of_it_is_kept() {
    let place = Place::new();
    let large = [b"%PDF-1.7\n".as_slice(), &vec![b'x'; 26 << 20], b"\n%%EOF\n"].concat();
    for (bytes, gist) in [
        (b"name,at\nana,2026\n".to_vec(), "its content is csv, and the source takes docx, pdf"),
        (b"MZ\x90".to_vec(), "of no type that is known"),
        (large, "larger than the 25 MiB"),
    ] {
        let refused = place.hand_in("access-policy", &bytes, "2026-02-01T09:00:00Z").await.unwrap_err();
        assert!(refused.to_string().contains(gist), "{refused}");
    }
    assert!(place.storage.locker.keys().await.unwrap().is_empty());
    assert!(place.storage.custodian.documents(&place.tenant, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_decides_about_what_they_handed_in_or_what_is_decided() {
    let place = Place::new();
    place.hand_in("access-policy", &pdf("x"), "2026-02-01T09:00:00Z").await.unwrap();
    let own = place.approve("access-policy", 1, "ana@acme.example", "2026-02-02T09:00:00Z").await.unwrap_err();
    assert!(own.to_string().contains("somebody else has to decide"), "{own}");
    place.approve("access-policy", 1, "bo@acme.example", "2026-02-02T09:00:00Z").await.unwrap();
    place.approve("access-policy", 1, "bo@acme.example", "2026-02-02T09:01:00Z").await.unwrap();
    let again = place.approve("access-policy", 1, "cy@acme.example", "2026-02-03T09:00:00Z").await.unwrap_err();
    assert!(again.to_string().contains("it was approved by bo@acme.example, and that is final"), "{again}");
    let absent = place.approve("access-policy", 2, "bo@acme.example", "2026-02-02T09:00:00Z").await.unwrap_err();
    assert!(matches!(absent, DocumentError::Absent { version: 2, .. }), "{absent}");
}
