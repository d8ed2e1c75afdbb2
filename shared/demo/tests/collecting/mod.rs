//! The shipped catalog, and evidence collected for it from files.

use catalog::Catalog;
use collect_files::Files;
use collecting::{Limits, RAW_LIMIT, Request, write_evidence};
use demo::GapCause;
use domain::{Actor, EvidenceId, Period, Slot, TenantId};
use std::{collections::BTreeMap, fs, path::Path};

/// The shipped catalog.
pub(crate) fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let scope = fs::read_to_string(root.join("scope.toml")).unwrap();
    let mut files = BTreeMap::from([("scope.toml".to_owned(), scope)]);
    for folder in ["frameworks", "controls", "sources", "queries"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            files.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Every slot of `window`, by its evidence id.
pub(crate) fn slots(catalog: &Catalog, tenant: &TenantId, window: &Period) -> BTreeMap<EvidenceId, Slot> {
    let of_control = |control| catalog.slots(tenant, control, window).unwrap();
    catalog.controls().flat_map(of_control).map(|slot| (slot.evidence_id(), slot)).collect()
}

/// The evidence that `files` give for `slot`, or why they give none.
pub(crate) fn document(catalog: &Catalog, files: &Files, slot: &Slot) -> Result<Vec<u8>, GapCause> {
    let query = query(catalog, slot);
    let catalog::Access::Files { files: patterns } = &catalog.source(&slot.source).unwrap().access else { panic!() };
    let names = files.find(patterns, &slot.period).map_err(|_| GapCause::FileMissing)?;
    let raw = files.read_all(&names, RAW_LIMIT).unwrap();
    let request = Request {
        slot,
        query,
        endpoint: "files",
        parameters: &Default::default(),
        collector: &domain::evidence::Collector { name: "test".into(), version: "1".into() },
        source_count: None,
        executed_at: slot.period.end(),
        executed_by: &Actor::new("test").unwrap(),
        limits: Limits::default(),
    };
    let mut out = Vec::new();
    write_evidence(&mut out, &request, &raw).map_err(|_| GapCause::FileMalformed)?;
    Ok(out)
}

/// What `slot` asks its source.
pub(crate) fn query<'c>(catalog: &'c Catalog, slot: &Slot) -> &'c catalog::SourceQuery {
    let control = catalog.control(&slot.control).unwrap();
    let asked = control.collect.iter().find(|collection| collection.source == slot.source).unwrap();
    catalog.source_query(&asked.query).unwrap()
}
