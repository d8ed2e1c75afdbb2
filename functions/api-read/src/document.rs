//! Documents that were handed in, and the link of each.

use crate::{Reading, links::hand_out};
use api::{Cursor, DocumentWithLink, Identity, Limit, LinkContent, Listing, Parameters, ProblemKind, Refused, page};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use documents::file_name;
use domain::{DocumentName, DocumentVersion, SourceId};
use serde::Deserialize;
use storage::RecordKey;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    source: Option<SourceId>,
    cursor: Option<Cursor>,
    #[serde(default)]
    limit: Limit,
}

pub(crate) async fn list(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<Listing<DocumentVersion>>, Refused> {
    let (from, to) = asked.source.as_ref().map_or_else(Default::default, RecordKey::documents_of_source);
    let (table, tenant) = (&reading.storage.table, &identity.tenant);
    let (partition, cursor) = (RecordKey::documents_of(tenant), asked.cursor.as_ref());
    let listing = page::<DocumentVersion, DocumentVersion>(
        table,
        tenant,
        "/v1/evidence/uploads",
        &partition,
        (&from, &to),
        cursor,
        asked.limit,
    );
    Ok(Json(listing.await?))
}

pub(crate) async fn one(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    which: Result<Path<(SourceId, DocumentName, u32)>, PathRejection>,
) -> Result<Json<DocumentWithLink>, Refused> {
    let absent =
        || Refused::new(ProblemKind::NotFound, "there is no such version; `GET /v1/evidence/uploads` lists them");
    let Path((source, document, version)) = which.map_err(|_| absent())?;
    let found = reading.storage.custodian.document(&identity.tenant, (&source, &document, version)).await?;
    let found = found.ok_or_else(absent)?;
    let name = file_name(&found).replace('/', "-");
    let link = hand_out(&reading, &identity, LinkContent::Document, name, &found.submission.artifact).await?;
    Ok(Json(DocumentWithLink { document: found, link }))
}
