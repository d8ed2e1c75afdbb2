//! The shipped catalog, asked about the demo's files, finds exactly what was planted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what is missing")]

use catalog::Catalog;
use collect_files::{Files, Limits, RAW_LIMIT, Request, write_evidence};
use demo::{GapCause, Organisation, Planted, PlantedGap, SEED, organisation};
use domain::{Actor, EvidenceId, Outcome, Period, Slot};
use reconcile::{Staging, run_finding};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut files = BTreeMap::new();
    for folder in ["frameworks", "controls", "sources", "queries"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"))
}

struct Examined {
    found: Vec<Planted>,
    gaps: Vec<PlantedGap>,
    slots: usize,
    passed: usize,
    rows: Vec<(String, domain::FindingRow)>,
}

fn slots(catalog: &Catalog, organisation: &Organisation) -> BTreeMap<EvidenceId, Slot> {
    let of_control = |control| catalog.slots(&organisation.tenant, control, &organisation.period).unwrap();
    catalog.controls().flat_map(of_control).map(|slot| (slot.evidence_id(), slot)).collect()
}

fn document(catalog: &Catalog, files: &Files, slot: &Slot) -> Result<Vec<u8>, GapCause> {
    let query = query(catalog, slot);
    let catalog::Access::Files { files: patterns } = &catalog.source(&slot.source).unwrap().access;
    let names = files.find(patterns, &slot.period).map_err(|_| GapCause::FileMissing)?;
    let raw = files.read_all(&names, RAW_LIMIT).unwrap();
    let request = Request {
        slot,
        query,
        endpoint: "files",
        patterns,
        executed_at: slot.period.end(),
        executed_by: &Actor::new("test").unwrap(),
        limits: Limits::default(),
    };
    let mut out = Vec::new();
    write_evidence(&mut out, &request, &raw).map_err(|_| GapCause::FileMalformed)?;
    Ok(out)
}

fn query<'c>(catalog: &'c Catalog, slot: &Slot) -> &'c catalog::SourceQuery {
    let control = catalog.control(&slot.control).unwrap();
    let asked = control.collect.iter().find(|collection| collection.source == slot.source).unwrap();
    catalog.source_query(&asked.query).unwrap()
}

fn examine(catalog: &Catalog, organisation: &Organisation) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    write_files(organisation, folder.path());
    let files = Files::directory(folder.path());
    let staged = folder.path().join("staging.sqlite");
    let mut staging = Staging::create(&staged).unwrap();
    let slots = slots(catalog, organisation);
    let mut gaps = Vec::new();
    for (id, slot) in &slots {
        match document(catalog, &files, slot) {
            Ok(bytes) => {
                let query = query(catalog, slot);
                staging.add(id, &slot.control, &slot.period, query, &slot.source, &bytes).unwrap();
            }
            Err(reason) => gaps.push(PlantedGap { evidence_id: id.clone(), reason }),
        }
    }
    staging.finish().unwrap();
    findings(
        catalog,
        &staged,
        &organisation.period,
        Examined { found: vec![], gaps, slots: slots.len(), passed: 0, rows: vec![] },
    )
}

fn findings(catalog: &Catalog, staged: &Path, window: &Period, mut examined: Examined) -> Examined {
    for control in catalog.controls() {
        let rows = run_finding(staged, control, catalog, window)
            .unwrap_or_else(|error| panic!("{}: {error}", control.id))
            .rows;
        let before = examined.found.len();
        for row in rows {
            if row.outcome != Outcome::Pass {
                let (control, subject) = (control.id.clone(), row.subject.clone());
                examined.found.push(Planted { control, subject, outcome: row.outcome });
            }
            examined.rows.push((control.id.to_string(), row));
        }
        let prefix = format!("{}.", control.id);
        let gap = examined.gaps.iter().any(|gap| gap.evidence_id.as_str().starts_with(&prefix));
        examined.passed += usize::from(examined.found.len() == before && !gap);
    }
    examined.found.sort();
    examined
}

fn write_files(organisation: &Organisation, folder: &Path) {
    for (name, bytes) in organisation.files() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn assert_agrees(catalog: &Catalog, seed: u64) -> Examined {
    let organisation = organisation(seed);
    let examined = examine(catalog, &organisation);
    let planted: BTreeSet<&Planted> = organisation.planted.iter().collect();
    let found: BTreeSet<&Planted> = examined.found.iter().collect();
    let missing: Vec<_> = planted.difference(&found).collect();
    let extra: Vec<_> = found.difference(&planted).collect();
    assert!(missing.is_empty() && extra.is_empty(), "seed {seed}: not found {missing:#?}, found beside {extra:#?}");
    assert_eq!(examined.found, organisation.planted, "seed {seed}: one subject was found twice");
    assert_eq!(examined.gaps, organisation.planted_gaps, "seed {seed}");
    examined
}

#[test]
fn the_demo_finds_exactly_what_was_planted() {
    let catalog = catalog();
    let examined = assert_agrees(&catalog, SEED);
    assert_eq!(examined.slots, 558);
    assert_eq!(examined.passed, 16, "of {} controls", catalog.controls().count());
    for (control, row) in &examined.rows {
        assert_eq!(row.detail.is_empty(), row.outcome == Outcome::Pass, "{control}: {row:?}");
        assert!(row.evidence.len() <= 4, "{control}: {row:?}");
    }
}

#[test]
fn other_organisations_are_found_out_exactly_too_and_each_control_catches_something_in_one_of_them() {
    let catalog = catalog();
    let mut caught: BTreeSet<String> = BTreeSet::new();
    for seed in 1..=5 {
        caught.extend(assert_agrees(&catalog, seed).found.into_iter().map(|planted| planted.control.to_string()));
    }
    let all: BTreeSet<String> = catalog.controls().map(|control| control.id.to_string()).collect();
    assert_eq!(caught, all);
}

#[test]
fn every_finding_query_can_be_asked_when_nothing_was_collected() {
    let problems = reconcile::check(&catalog());
    assert!(problems.is_empty(), "{problems:#?}");
}
