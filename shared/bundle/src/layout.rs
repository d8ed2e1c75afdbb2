//! What is in a bundle, and under which name. Spec: `docs/formats/bundle.md`.

use catalog::Catalog;
use custody_log::TileName;
use domain::{ArtifactKey, ArtifactReference, ReportFormat, ReportInputs, ReportRecord, Snapshot, canonical};
use std::collections::BTreeMap;

/// The record of the report: canonical JSON.
pub const RECORD: &str = "record.json";
/// The digests of every file that does not prove itself, as `sha256sum` writes and checks them.
pub const SUMS: &str = "SHA256SUMS";
/// The signed statement over the report's files and [`SUMS`].
pub const STATEMENT: &str = ArtifactKey::STATEMENT;
/// How to check it, for a person.
pub const README: &str = "README.txt";
/// The folder of the log, in the tlog-tiles layout.
pub const LOG: &str = "log/";
/// The newest checkpoint.
pub const CHECKPOINT: &str = "log/checkpoint";

/// The name that a file of a report has outside the store: `soc2-2026-Q3.pdf`.
pub fn file_name(inputs: &ReportInputs, format: ReportFormat) -> String {
    format!("{}-{}.{format}", inputs.framework, inputs.period).replace(':', "")
}

/// The name of any other object: `objects/<key>`.
pub fn object_name(key: &str) -> String {
    format!("objects/{key}")
}

/// The name of a file of the catalog, out of its archive: `catalog/queries/access-mfa.sql`.
pub fn catalog_name(path: &str) -> String {
    format!("catalog/{path}")
}

/// The name of a tile or bundle of entries.
pub fn log_name(tile: TileName) -> String {
    format!("{LOG}{tile}")
}

/// What a file of a bundle is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A locked object.
    Object(ArtifactReference),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Every file of a bundle but the log, the statement and the sums: what those are made over. `left_out`: evidence is named by its digest alone.
pub fn contents(
    record: &ReportRecord,
    snapshot: &Snapshot,
    catalog: &Catalog,
) -> Result<BTreeMap<String, Part>, canonical::CanonicalError> {
    let mut parts = BTreeMap::from([
        (RECORD.to_owned(), Part::Bytes(canonical::to_bytes(record)?)),
        (README.to_owned(), Part::Bytes(readme(record).into_bytes())),
    ]);
    for file in &record.artifacts {
        parts.insert(file_name(&record.inputs, file.format), Part::Object(file.artifact.clone()));
    }
    let evidence = snapshot.evidence.iter().map(|frozen| &frozen.artifact);
    for artifact in [&record.staging, &record.snapshot, &snapshot.catalog].into_iter().chain(evidence) {
        parts.insert(object_name(&artifact.key), Part::Object(artifact.clone()));
    }
    let files = catalog.files().iter();
    parts.extend(files.map(|(path, text)| (catalog_name(path), Part::Bytes(text.clone().into_bytes()))));
    Ok(parts)
}

/// The text of [`README`].
pub fn readme(record: &ReportRecord) -> String {
    let ReportRecord { report_id, inputs, .. } = record;
    let ReportInputs { tenant, framework, period, .. } = inputs;
    let file = |format| file_name(inputs, format);
    format!(
        "\
Report {report_id}
{framework} of {tenant} over {period}

What is here
  {pdf}  the report, to read; the same as .xlsx, .csv and .json
  {RECORD}             what the report was made from: its inputs, and every file with its SHA-256
  objects/                the frozen list of evidence (snapshots/), every piece of evidence, the catalog, the staging database
  catalog/                the controls, queries and templates, out of the catalog, to read
  {SUMS}              the SHA-256 of every file above
  {STATEMENT}   an in-toto statement in a DSSE envelope: the log's key signed {SUMS} and the report
  log/                    who did what and when: a transparency log in the C2SP tlog-tiles layout, and its signed checkpoint

Checking it with Exhibit, offline
  exhibit verify FILE.zip --key VKEY
  VKEY is the verification key of the log. Take it from where its owner publishes it, not from here.
  With a checkpoint that you kept from last time, --since CHECKPOINT shows that nothing before it was changed since.

Checking it without Exhibit
  1. sha256sum -c {SUMS}                               every file is what was signed
     (a bundle that was made without evidence: add --ignore-missing)
  2. Any DSSE tool on {STATEMENT}; its key is the 32 bytes at the end of the base64 in VKEY (Ed25519).
     The payload names the SHA-256 of {SUMS} and of the report's files.
  3. Any tlog-tiles tool on log/ with VKEY               the checkpoint is signed, and these are its entries
  4. Each entry is one line of JSON. Look for the report's id: report_stored comes after every evidence_collected whose digest
     {RECORD} leads to through the snapshot, and each of those after the slots_committed of its control.
  5. The report's id is the SHA-256 of the canonical JSON (RFC 8785) of `inputs` in {RECORD}.
  6. An evidence document holds what the source answered, as it came: jq -r '.raw[0].content' FILE
  7. A finding is an SQL query on the staging database: sqlite3 staging.db < catalog/queries/NAME.sql
",
        pdf = file(ReportFormat::Pdf),
    )
}
