//! A small catalog, evidence for it, and staging files of both.

use crate::Staging;
use catalog::{Catalog, Control};
use domain::{
    Digest, EvidenceId, Period, Slot,
    evidence::{Asked, Cell, Collected, Collector, EvidenceWriter, Preamble},
};
use std::{collections::BTreeMap, path::PathBuf};

const CONTROL: &str = r#"id = "access-mfa"
title = "Second factor"
description = "Every person signs in with two factors."
severity = "high"
schedule = "cron(0 3 * * ? *)"
period = "day"
retention = "seven-years"
finding = "access-mfa"
remediation = "Enrol a second factor."
[satisfies]
soc2 = ["CC6.1"]
[[collect]]
source = "aws-iam"
query = "sign-ins"
[[collect]]
source = "directory"
query = "people"
"#;

const FRAMEWORK: &str = "id = \"soc2\"\ntitle = \"SOC 2\"\nversion = \"2017\"\nsource = \"AICPA\"\n\
                         [[requirement]]\nid = \"CC6.1\"\ntitle = \"Access\"\n";

const SIGN_INS: &str = r#"name = "sign-ins"
version = 2
answers = "Who signed in?"
format = "csv"
[[column]]
name = "person"
kind = "text"
[[column]]
name = "second_factor"
kind = "boolean"
[[column]]
name = "at"
kind = "time"
[[column]]
name = "score"
kind = "real"
[[column]]
name = "attempts"
kind = "integer"
"#;

const PEOPLE: &str = "name = \"people\"\nversion = 1\nanswers = \"Who works here?\"\nformat = \"csv\"\n\
                      [[column]]\nname = \"person\"\nkind = \"text\"\n";

pub const FINDING: &str = "-- name: access-mfa
-- version: 1
-- answers: Who signs in without a second factor?
SELECT person AS subject,
       CASE WHEN min(second_factor) = 1 THEN 'pass' ELSE 'fail' END AS outcome,
       CASE WHEN min(second_factor) = 1 THEN '' ELSE person || ' has one factor.' END AS detail,
       min(evidence_id) || ' ' || max(evidence_id) AS evidence_ids,
       sum(attempts) AS attempts
FROM sign_ins
WHERE at >= :period_start AND at < :period_end
GROUP BY person
";

/// The catalog with `finding` as its finding query.
pub fn catalog_with(finding: &str) -> Catalog {
    let source = |id: &str| format!("id = \"{id}\"\ntitle = \"x\"\ncollector = \"files\"\nfiles = [\"{id}.csv\"]\n");
    let other = CONTROL.replace("access-mfa", "other").replace("\"people\"", "\"sign-ins\"");
    let files = [
        ("controls/access-mfa.toml", CONTROL.to_owned()),
        ("controls/other.toml", other.replace("finding = \"other\"", "finding = \"access-mfa\"")),
        ("frameworks/soc2.toml", FRAMEWORK.to_owned()),
        ("queries/access-mfa.sql", finding.to_owned()),
        ("queries/people.toml", PEOPLE.to_owned()),
        ("queries/sign-ins.toml", SIGN_INS.to_owned()),
        ("sources/aws-iam.toml", source("aws-iam")),
        ("sources/directory.toml", source("directory")),
    ];
    let files: BTreeMap<String, String> = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn catalog() -> Catalog {
    catalog_with(FINDING)
}

/// A finding query of the right shape whose detail is `expression`.
pub fn finding_of(expression: &str) -> String {
    format!(
        "-- name: access-mfa\n-- version: 1\n-- answers: x\n\
         SELECT person AS subject, 'pass' AS outcome, {expression} AS detail, evidence_id AS evidence_ids\nFROM sign_ins"
    )
}

pub fn control(catalog: &Catalog) -> &Control {
    catalog.control(&"access-mfa".parse().unwrap()).unwrap()
}

pub fn july() -> Period {
    "2026-07".parse().unwrap()
}

pub fn sign_in(person: &str, second_factor: bool, at: &str) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    vec![text(person), Cell::Boolean(second_factor), text(at), Cell::Real(0.5), Cell::Integer(2)]
}

/// The evidence document of `id` with `rows`, as `query` of `catalog` gives it.
pub fn document(catalog: &Catalog, id: &str, query: &str, rows: impl Iterator<Item = Vec<Cell>>) -> Vec<u8> {
    let query = catalog.source_query(&query.parse().unwrap()).unwrap();
    let preamble = Preamble {
        asked: Asked {
            endpoint: "files:sign-ins.csv".to_owned(),
            pages: Vec::new(),
            parameters: BTreeMap::new(),
            query: query.name.clone(),
            query_digest: query.digest,
            query_text: query.text.clone(),
            query_version: query.version,
        },
        collected: Collected {
            executed_at: "2026-08-01T03:00:00Z".parse().unwrap(),
            executed_by: "collector".parse().unwrap(),
        },
        collector: Collector { name: "collect-files".to_owned(), version: "0.1.0".to_owned() },
        columns: query.evidence_columns(),
    };
    let mut writer = EvidenceWriter::begin(Vec::new(), &preamble).unwrap();
    rows.for_each(|row| writer.row(&row).unwrap());
    writer.finish(&slot(id), None).unwrap().out
}

pub fn slot(id: &str) -> Slot {
    id.parse::<EvidenceId>().unwrap().slot("acme".parse().unwrap()).unwrap()
}

/// A staging file of `evidence`: id, query and rows.
pub struct Staged {
    pub folder: tempfile::TempDir,
}

impl Staged {
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("staging.sqlite")
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&std::fs::read(self.path()).unwrap())
    }
}

pub type Evidence = (&'static str, &'static str, Vec<Vec<Cell>>);

pub fn add(
    staging: &mut Staging,
    catalog: &Catalog,
    id: &str,
    query: &str,
    document: &[u8],
) -> Result<(), crate::ReconcileError> {
    let slot = slot(id);
    let query = catalog.source_query(&query.parse().unwrap()).unwrap();
    staging.add(&id.parse().unwrap(), &slot.control, &slot.period, query, &slot.source, document).map(drop)
}

pub fn stage(catalog: &Catalog, evidence: &[Evidence]) -> Staged {
    let staged = Staged { folder: tempfile::tempdir().unwrap() };
    let mut staging = Staging::create(&staged.path()).unwrap();
    for (id, query, rows) in evidence {
        let document = document(catalog, id, query, rows.iter().cloned());
        add(&mut staging, catalog, id, query, &document).unwrap();
    }
    staging.finish().unwrap();
    staged
}

/// Two days of sign-ins of two people, one more for another control, and one in the next month.
pub fn some_evidence() -> Vec<Evidence> {
    let day = |at: &str| vec![sign_in("ana", true, at), sign_in("bo", false, at)];
    vec![
        ("access-mfa.aws-iam.2026-07-01", "sign-ins", day("2026-07-01T10:00:00Z")),
        ("access-mfa.aws-iam.2026-07-02", "sign-ins", day("2026-07-02T10:00:00Z")),
        ("access-mfa.aws-iam.2026-08-01", "sign-ins", vec![sign_in("late", false, "2026-07-03T10:00:00Z")]),
        ("other.aws-iam.2026-07-01", "sign-ins", vec![sign_in("stranger", false, "2026-07-01T10:00:00Z")]),
    ]
}
