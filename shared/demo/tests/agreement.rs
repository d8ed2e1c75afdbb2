//! The shipped catalog, asked about the demo's files, finds exactly what was planted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what is missing")]

mod collecting;

use catalog::Catalog;
use collect_files::Files;
use collecting::{catalog, document, query, slots};
use demo::{Organisation, Planted, PlantedGap, SEED, organisation};
use domain::{Outcome, Period};
use reconcile::{Staging, run_finding};
use std::{collections::BTreeSet, fs, path::Path};

struct Examined {
    found: Vec<Planted>,
    gaps: Vec<PlantedGap>,
    slots: usize,
    passed: usize,
    rows: Vec<(String, domain::FindingRow)>,
}

fn examine(catalog: &Catalog, organisation: &Organisation) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    write_files(organisation, folder.path());
    let files = Files::directory(folder.path());
    let staged = folder.path().join("staging.sqlite");
    let mut staging = Staging::create(&staged).unwrap();
    let slots = slots(catalog, &organisation.tenant, &organisation.period);
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
    assert_eq!(examined.slots, 564);
    assert_eq!(examined.passed, 17, "of {} controls", catalog.controls().count());
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
    // Nobody here releases what they approved: that such a release is caught is for the control's cases to show.
    let tried = |id: &String| id != "release-separation";
    let all: BTreeSet<String> = catalog.controls().map(|control| control.id.to_string()).filter(tried).collect();
    assert_eq!(caught, all);
}

#[test]
fn every_finding_query_can_be_asked_when_nothing_was_collected() {
    let problems = reconcile::check(&catalog());
    assert!(problems.is_empty(), "{problems:#?}");
}
