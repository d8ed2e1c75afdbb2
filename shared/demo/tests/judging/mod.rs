//! One control of the shipped catalog, asked about a handful of files.

use crate::collecting::{catalog, document, query, slots};
use collect_files::Files;
use domain::{FindingRow, TenantId};
use reconcile::{Staging, run_finding};
use std::{collections::BTreeMap, fs};

/// What `control` finds in `files` in 2026-Q3, by subject.
pub(crate) fn judge(control: &str, files: &[(&str, Vec<u8>)]) -> BTreeMap<String, FindingRow> {
    let (catalog, folder, window) = (catalog(), tempfile::tempdir().unwrap(), "2026-Q3".parse().unwrap());
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let delivered = Files::directory(folder.path());
    let staged = folder.path().join("staging.sqlite");
    let mut staging = Staging::create(&staged).unwrap();
    for (id, slot) in slots(&catalog, &TenantId::new("acme").unwrap(), &window) {
        if slot.control.as_str() != control {
            continue;
        }
        if let Ok(bytes) = document(&catalog, &delivered, &slot) {
            let asked = query(&catalog, &slot);
            staging.add(&id, &slot.control, &slot.period, asked, &slot.source, &bytes).unwrap();
        }
    }
    staging.finish().unwrap();
    let control = catalog.controls().find(|known| known.id.as_str() == control).unwrap();
    let found = run_finding(&staged, control, &catalog, &window).unwrap_or_else(|error| panic!("{error}"));
    found.rows.into_iter().map(|row| (row.subject.clone(), row)).collect()
}
