//! Making the report again from what it rests on: the same snapshot, catalog and evidence have to give the same bytes, on any machine.

use crate::{
    Files,
    layout::{file_name, object_name},
};
use catalog::Catalog;
use domain::{Digest, ReportFormat, ReportRecord, Snapshot};
use rendering::Templates;
use std::path::Path;

/// One file of a report that was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemadeFile {
    /// Its name in the bundle.
    pub name: String,
    /// The digest in the record.
    pub recorded: Digest,
    /// The digest of what was made now.
    pub made: Digest,
    /// What was made now.
    pub bytes: Vec<u8>,
}

impl RemadeFile {
    fn new(name: String, recorded: Digest, bytes: Vec<u8>) -> Self {
        Self { name, recorded, made: Digest::of(&bytes), bytes }
    }

    /// Whether the same bytes came out.
    pub fn is_equal(&self) -> bool {
        self.recorded == self.made
    }
}

/// Makes every format of the report again, and the staging database, in `workspace`, an empty folder. Fails with what could not be made and
/// why: evidence that is not there, a catalog that does not belong to it.
pub fn remake(
    files: &impl Files,
    record: &ReportRecord,
    snapshot: Snapshot,
    catalog: &Catalog,
    workspace: &Path,
) -> Result<Vec<RemadeFile>, String> {
    let document = |frozen: &domain::SnapshotEvidence| {
        let name = object_name(&frozen.artifact.key);
        files.expect(&name, &frozen.artifact).map_err(|error| format!("{name}: {error}"))
    };
    let remade = findings::remake(&record.inputs, record.report_id, snapshot, catalog, document, workspace);
    let remade = remade.map_err(|error| error.to_string())?;
    let templates = Templates::new(catalog.templates()).map_err(|error| format!("the templates: {error}"))?;
    let mut all = Vec::new();
    for file in &record.artifacts {
        let bytes = match file.format {
            ReportFormat::Json => remade.json.clone(),
            format => {
                rendering::render(&remade.report, format, &templates).map_err(|error| format!("{format}: {error}"))?
            }
        };
        all.push(RemadeFile::new(file_name(&record.inputs, file.format), file.artifact.digest, bytes));
    }
    all.push(RemadeFile::new(object_name(&record.staging.key), record.staging.digest, remade.staging));
    Ok(all)
}
