//! One control that asks twenty sources every hour.

use catalog::Catalog;
use collect_files::{FileCollector, Files, NAME};
use collecting::{Collector, Secrets};
use domain::{CollectionRequest, Period, TenantId, Timestamp};
use std::{
    fmt::Write as _,
    fs,
    hash::{BuildHasher as _, RandomState},
    path::Path,
};
use storage::Storage;
use tests::copy_folder;

/// How many sources the control asks.
pub const SOURCES: usize = 20;

const START: &str = "2026-07-01T00:00:00Z";

const CONTROL: &str = r#"id = "second-factor"
title = "A second factor on every account"
description = "Every account has a second factor."
severity = "critical"
schedule = "cron(5 * * * ? *)"
period = "hour"
retention = "seven-years"
finding = "second-factor"
remediation = "Switch the second factor on."

[satisfies]
soc2 = ["CC6.1", "CC6.2"]
"#;

/// The catalog, from the one of the tests.
pub fn catalog() -> Catalog {
    let folder = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy_folder(&own.join("fixture/catalog"), folder.path());
    copy_folder(&own.join("../catalog/templates"), &folder.path().join("templates"));
    for other in ["controls/gone.toml", "queries/gone.sql", "queries/people.toml"] {
        fs::remove_file(folder.path().join(other)).unwrap();
    }
    fs::remove_dir_all(folder.path().join("sources")).unwrap();
    fs::create_dir(folder.path().join("sources")).unwrap();
    let mut control = CONTROL.to_owned();
    for source in sources() {
        let text =
            format!("id = \"{source}\"\ntitle = \"{source}\"\ncollector = \"files\"\nfiles = [\"{source}.csv\"]\n");
        fs::write(folder.path().join(format!("sources/{source}.toml")), text).unwrap();
        write!(control, "\n[[collect]]\nsource = \"{source}\"\nquery = \"accounts\"\n").unwrap();
    }
    fs::write(folder.path().join("controls/second-factor.toml"), control).unwrap();
    runtime::read_catalog(folder.path()).unwrap()
}

/// The ids of the sources.
pub fn sources() -> impl Iterator<Item = String> {
    (0..SOURCES).map(|number| format!("system-{number:02}"))
}

/// What a source delivers: accounts that make a document of about so many kilobytes.
pub fn delivery(kilobytes: usize) -> String {
    // A row of the document is the JSON of a row of the file.
    let rows = (kilobytes * 1000).saturating_sub(700) / 24;
    let mut text = "user,second_factor\n".to_owned();
    (0..rows.max(1)).for_each(|row| writeln!(text, "employee-{row:06},true").unwrap());
    text
}

/// A tenant that has nothing yet.
pub fn new_tenant() -> TenantId {
    TenantId::new(format!("t{:016x}", RandomState::new().hash_one(1))).unwrap()
}

/// The function's state, as its main makes it.
pub fn collector(storage: Storage, catalog: &Catalog, tenant: &TenantId, files: Files) -> Collector<FileCollector> {
    let fetch = FileCollector { files, folder_for_each_tenant: true };
    // Nothing is redacted that is measured.
    let secrets = Secrets::Local { folder: "secrets".into() };
    Collector { storage, catalog: catalog.clone(), tenants: vec![tenant.clone()], fetch, asks: NAME, secrets }
}

/// The first `hours` hours, every source.
pub fn request(hours: usize) -> CollectionRequest {
    let start: Timestamp = START.parse().unwrap();
    let end = start + jiff::SignedDuration::from_hours(i64::try_from(hours).unwrap());
    CollectionRequest {
        control: "second-factor".parse().unwrap(),
        tenants: Vec::new(),
        scheduled_at: None,
        period: Some(Period::new(start, end).unwrap()),
        requested_by: "schedule:exhibit-bench-control-second-factor".parse().unwrap(),
    }
}
