//! The whole way, for who has everything at hand.

use crate::{FindingsError, RemakeError, Stage, assemble, evaluate};
use catalog::Catalog;
use domain::{Report, ReportId, ReportInputs, Snapshot, SnapshotEvidence, canonical};
use std::path::Path;

/// A report that was made again.
#[derive(Debug, Clone, PartialEq)]
pub struct Remade {
    /// The report: what the other formats are rendered from.
    pub report: Report,
    /// Its JSON format: canonical JSON.
    pub json: Vec<u8>,
    /// The staging database, a SQLite file.
    pub staging: Vec<u8>,
}

/// Makes the report `report_id` of `inputs` from what it rests on.
///
/// `documents` gives the evidence document of a line of the snapshot, in the snapshot's order, one in memory at a time; it has to see
/// to it that the bytes have the frozen digest. `workspace` is an empty folder for the staging database, which stays in it. Fails when a
/// document cannot be had or is other evidence, and when catalog and snapshot do not belong together.
pub fn remake<Document: AsRef<[u8]>, E>(
    inputs: &ReportInputs,
    report_id: ReportId,
    snapshot: Snapshot,
    catalog: &Catalog,
    mut documents: impl FnMut(&SnapshotEvidence) -> Result<Document, E>,
    workspace: &Path,
) -> Result<Remade, RemakeError<E>> {
    let path = workspace.join("staging.db");
    let mut stage = Stage::begin(catalog, &snapshot, &path)?;
    for frozen in &snapshot.evidence {
        let document = documents(frozen).map_err(RemakeError::Document)?;
        stage.add(frozen, document.as_ref())?;
    }
    let trail = stage.finish()?;
    let findings = snapshot.controls.iter().map(|control| evaluate(catalog, &snapshot, control, &path));
    let findings = findings.collect::<Result<_, _>>()?;
    let report = assemble(report_id, inputs, catalog, snapshot, trail, findings)?;
    let json = canonical::to_bytes(&report).map_err(FindingsError::from)?;
    let staging = std::fs::read(&path).map_err(FindingsError::from)?;
    Ok(Remade { report, json, staging })
}
