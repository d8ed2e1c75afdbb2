//! A report made again from what it rests on alone: no store, no run, only the snapshot, the catalog and the documents.

#![cfg(test)]

use catalog::Catalog;
use domain::{Digest, EvidenceId, ReportRecord, Snapshot};
use findings::{FindingsError, Remade, RemakeError, remake};
use rendering::Templates;
use std::collections::BTreeMap;
use storage::FaultHook;
use tests::Fixture;

struct Case {
    record: ReportRecord,
    snapshot: Snapshot,
    catalog: Catalog,
    documents: BTreeMap<EvidenceId, Vec<u8>>,
}

async fn reported() -> Case {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let record = fixture.report(&home).await.unwrap().record;
    let locker = &home.storage.locker;
    let snapshot: Snapshot = locker.read(&record.snapshot).await.unwrap();
    let catalog = Catalog::from_archive(&locker.fetch(&snapshot.catalog).await.unwrap()).unwrap();
    let mut documents = BTreeMap::new();
    for frozen in &snapshot.evidence {
        documents.insert(frozen.evidence_id.clone(), locker.fetch(&frozen.artifact).await.unwrap());
    }
    Case { record, snapshot, catalog, documents }
}

impl Case {
    fn remade(&self) -> Result<Remade, RemakeError<String>> {
        let Case { record, snapshot, catalog, documents } = self;
        let workspace = tempfile::tempdir().unwrap();
        let absent = |id: &EvidenceId| format!("{id} is not there");
        remake(
            &record.inputs,
            record.report_id,
            snapshot.clone(),
            catalog,
            |frozen| documents.get(&frozen.evidence_id).ok_or_else(|| absent(&frozen.evidence_id)),
            workspace.path(),
        )
    }
}

#[tokio::test]
async fn every_file_of_a_report_comes_out_again_byte_for_byte() {
    let case = reported().await;
    let remade = case.remade().unwrap();
    assert_eq!(Digest::of(&remade.staging), case.record.staging.digest);
    let templates = Templates::new(case.catalog.templates()).unwrap();
    for file in &case.record.artifacts {
        let bytes = rendering::render(&remade.report, file.format, &templates).unwrap();
        assert_eq!(Digest::of(&bytes), file.artifact.digest, "{}", file.format);
    }
    assert_eq!(remade.json, domain::canonical::to_bytes(&remade.report).unwrap());
}

#[tokio::test]
async fn a_document_that_is_absent_or_in_anothers_place_is_named() {
    let mut case = reported().await;
    let [one, other] = [0, 1].map(|index| case.snapshot.evidence[index].evidence_id.clone());
    let document = case.documents.remove(&one).unwrap();
    let absent = case.remade().unwrap_err();
    assert!(matches!(&absent, RemakeError::Document(message) if message.contains(one.as_str())), "{absent}");
    case.documents.insert(other.clone(), document);
    case.snapshot.evidence.remove(0);
    let swapped = case.remade().unwrap_err();
    assert!(
        matches!(&swapped, RemakeError::Findings(FindingsError::Reconcile { what, .. }) if *what == other.to_string()),
        "{swapped}"
    );
}
