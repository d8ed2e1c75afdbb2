//! KMS' keys, and whether they rotate.

use super::turned;
use crate::rows::{Composed, each};
use aws_source::{Aws, Page, Place, Reply, Request, services::KMS};
use collecting::CollectError;
use serde::{Deserialize, Serialize};
use serde_json::json;

const GONE: &[&str] = &["NotFoundException"];
const CANNOT: &[&str] = &["KMSInvalidStateException", "NotFoundException", "UnsupportedOperationException"];

#[derive(Debug, Serialize)]
struct Row<'a> {
    account: &'a str,
    region: &'a str,
    key_id: String,
    manager: String,
    state: String,
    rotation_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    keys: Vec<Named>,
    #[serde(default)]
    truncated: bool,
    next_marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    key_metadata: Key,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    key_id: String,
    key_manager: String,
    key_state: String,
    key_spec: Option<String>,
    origin: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rotation {
    key_rotation_enabled: bool,
}

impl Page for Listed {
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        let page: Self = reply.json()?;
        match (page.truncated, &page.next_marker) {
            (true, None) => Err(reply.unusable("it says that there is more, and not where".to_owned())),
            _ => Ok(page),
        }
    }

    fn next(&self) -> Option<&str> {
        self.next_marker.as_deref().filter(|_| self.truncated)
    }
}

impl Key {
    // Of what AWS manages, AWS decides. Asymmetric keys, HMAC keys, imported material and key stores of one's own do not rotate by themselves.
    fn may_rotate(&self) -> bool {
        self.key_manager == "CUSTOMER"
            && self.key_spec.as_deref() == Some("SYMMETRIC_DEFAULT")
            && self.origin.as_deref() == Some("AWS_KMS")
            && ["Enabled", "Disabled"].contains(&self.key_state.as_str())
    }
}

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    let found = each(aws.places(), |place| of_place(aws, place)).await?;
    Composed::of(found.into_iter().flatten())
}

async fn of_place<'p>(aws: &Aws<'_>, place: Place<'p>) -> Result<Vec<Row<'p>>, CollectError> {
    let request =
        |marker: Option<&str>| Request::json(&KMS, "ListKeys", &turned(json!({ "Limit": 1000 }), "Marker", marker));
    let pages = aws.pages::<Listed>(place, request).await?;
    let mut ids: Vec<String> = pages.into_iter().flat_map(|page| page.keys).map(|named| named.key_id).collect();
    ids.sort();
    ids.dedup();
    Ok(each(ids, |id| row(aws, place, id)).await?.into_iter().flatten().collect())
}

async fn row<'p>(aws: &Aws<'_>, place: Place<'p>, id: String) -> Result<Option<Row<'p>>, CollectError> {
    let request = Request::json(&KMS, "DescribeKey", &json!({ "KeyId": id }));
    let reply = aws.ask(place, request.about(&id).expecting(GONE)).await?;
    if reply.code.is_some() {
        return Ok(None);
    }
    let key = reply.json::<Described>()?.key_metadata;
    if key.key_id != id {
        return Err(reply.unusable("it is about another key than was asked for".to_owned()));
    }
    let rotation_enabled = if key.may_rotate() { rotates(aws, place, &id).await? } else { None };
    let (account, region) = (place.account.id.as_str(), place.region);
    Ok(Some(Row { account, region, key_id: id, manager: key.key_manager, state: key.key_state, rotation_enabled }))
}

async fn rotates(aws: &Aws<'_>, place: Place<'_>, id: &str) -> Result<Option<bool>, CollectError> {
    let request = Request::json(&KMS, "GetKeyRotationStatus", &json!({ "KeyId": id }));
    let reply = aws.ask(place, request.about(id).expecting(CANNOT)).await?;
    match reply.code {
        Some(_) => Ok(None),
        None => Ok(Some(reply.json::<Rotation>()?.key_rotation_enabled)),
    }
}
