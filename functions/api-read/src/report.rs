//! Runs, and the links of their reports.

use crate::{Reading, links::hand_out};
use api::{
    Cursor, Identity, Limit, Link, LinkContent, Listing, Parameters, ProblemKind, Refused, Run, RunStatus,
    RunWithLinks, page,
};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use domain::{ArtifactReference, ReportId, ReportRecord, ReportRun, RunId};
use serde::Deserialize;
use storage::{ArtifactKey, RecordKey, StorageError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    cursor: Option<Cursor>,
    #[serde(default)]
    limit: Limit,
}

pub(crate) async fn list(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<Listing<Run>>, Refused> {
    let (table, tenant) = (&reading.storage.table, &identity.tenant);
    let partition = RecordKey::runs_of(tenant);
    let listing =
        page::<ReportRun, Run>(table, tenant, "/v1/reports", &partition, ("", ""), asked.cursor.as_ref(), asked.limit);
    Ok(Json(listing.await?))
}

pub(crate) async fn one(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<RunWithLinks>, Refused> {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let absent = || Refused::new(ProblemKind::NotFound, "there is no such run; `GET /v1/reports` lists them");
    let id: RunId = id.parse().map_err(|_| absent())?;
    let run = reading.storage.custodian.run(&identity.tenant, &id).await?.ok_or_else(absent)?;
    let run = Run::from(run);
    let links = match &run.status {
        RunStatus::Completed { report_id, .. } => links(&reading, &identity, report_id).await?,
        RunStatus::Requested | RunStatus::Failed { .. } => Vec::new(),
    };
    Ok(Json(RunWithLinks { run, links }))
}

async fn links(reading: &Reading, identity: &Identity, report_id: &ReportId) -> Result<Vec<Link>, Refused> {
    let found = reading.storage.custodian.report(&identity.tenant, report_id).await?;
    let record = found.ok_or_else(|| StorageError::NotFound { key: format!("report {report_id}") })?;
    let frozen: Frozen = reading.storage.locker.read(&record.snapshot).await?;
    // Not there until the log tells of the report.
    let statement = ArtifactKey::statement(&record.inputs, &record.report_id);
    let statement = reading.storage.locker.lock_of(statement.as_str()).await?.map(|lock| lock.artifact);
    let mut links = Vec::new();
    let signed = statement.iter().map(|artifact| (LinkContent::Statement, ".intoto.json".to_owned(), artifact));
    for (content, ending, artifact) in objects(&record, &frozen.catalog).into_iter().chain(signed) {
        let name = format!("{}-{}{ending}", record.inputs.framework, record.inputs.period).replace(':', "");
        links.push(hand_out(reading, identity, content, name, artifact).await?);
    }
    Ok(links)
}

/// The part of a snapshot that says where its catalog is.
#[derive(Deserialize)]
struct Frozen {
    catalog: ArtifactReference,
}

fn objects<'a>(
    record: &'a ReportRecord,
    catalog: &'a ArtifactReference,
) -> Vec<(LinkContent, String, &'a ArtifactReference)> {
    let formats = record.artifacts.iter().map(|file| (file.format.into(), format!(".{}", file.format), &file.artifact));
    let beneath = [
        (LinkContent::Staging, "-staging.db".to_owned(), &record.staging),
        (LinkContent::Snapshot, "-snapshot.json".to_owned(), &record.snapshot),
        (LinkContent::Catalog, "-catalog.json".to_owned(), catalog),
    ];
    formats.chain(beneath).collect()
}
