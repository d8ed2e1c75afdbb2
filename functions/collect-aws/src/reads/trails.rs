//! CloudTrail's trails, and whether they record.

use crate::rows::{Composed, Instant, each};
use aws_source::{Aws, Place, Request, services::CLOUD_TRAIL};
use collecting::CollectError;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

const GONE: &[&str] = &["TrailNotFoundException"];

#[derive(Debug, Serialize)]
struct Row<'a> {
    account: &'a str,
    region: String,
    name: String,
    is_logging: bool,
    latest_delivery_time: Option<String>,
    latest_delivery_error: Option<String>,
    is_multi_region: bool,
    log_file_validation: bool,
    kms_key_id: Option<String>,
}

#[derive(Deserialize)]
struct Described {
    #[serde(rename = "trailList")]
    trails: Vec<Trail>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    name: String,
    #[serde(rename = "TrailARN")]
    arn: String,
    home_region: String,
    is_multi_region_trail: bool,
    log_file_validation_enabled: bool,
    kms_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    is_logging: bool,
    latest_delivery_time: Option<Instant>,
    latest_delivery_error: Option<String>,
}

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    let described = each(aws.places(), |place| described(aws, place)).await?;
    let trails = once(described.into_iter().flatten());
    let rows = each(trails, |(place, trail)| row(aws, place, trail)).await?;
    Composed::of(rows.into_iter().flatten())
}

// With the replicas: those of an organisation's trail are all that a member account sees of it.
async fn described<'p>(aws: &Aws<'_>, place: Place<'p>) -> Result<Vec<(Place<'p>, Trail)>, CollectError> {
    let body = json!({ "includeShadowTrails": true });
    let reply = aws.ask(place, Request::json(&CLOUD_TRAIL, "DescribeTrails", &body)).await?;
    Ok(reply.json::<Described>()?.trails.into_iter().map(|trail| (place, trail)).collect())
}

// Each trail of an account once: at home, or in the first region that shows it where its home is none of the source's regions.
fn once<'p>(described: impl Iterator<Item = (Place<'p>, Trail)>) -> Vec<(Place<'p>, Trail)> {
    let mut found: BTreeMap<(String, String), (Place<'p>, Trail)> = BTreeMap::new();
    for (place, trail) in described {
        let key = (place.account.id.clone(), trail.arn.clone());
        if place.region == trail.home_region || !found.contains_key(&key) {
            found.insert(key, (place, trail));
        }
    }
    found.into_values().collect()
}

async fn row<'p>(aws: &Aws<'_>, place: Place<'p>, trail: Trail) -> Result<Option<Row<'p>>, CollectError> {
    let request = Request::json(&CLOUD_TRAIL, "GetTrailStatus", &json!({ "Name": trail.arn }));
    let reply = aws.ask(place, request.about(&trail.arn).expecting(GONE)).await?;
    if reply.code.is_some() {
        // A trail of another account is not gone because this account cannot see its status.
        let is_own = trail.arn.split(':').nth(4) == Some(place.account.id.as_str());
        let unseen = "it is a trail of another account whose status is not told here: ask that account";
        return if is_own { Ok(None) } else { Err(reply.unusable(unseen.to_owned())) };
    }
    let status: Status = reply.json()?;
    Ok(Some(Row {
        account: &place.account.id,
        region: trail.home_region,
        name: trail.name,
        is_logging: status.is_logging,
        latest_delivery_time: status.latest_delivery_time.map(|instant| instant.told(place)).transpose()?,
        latest_delivery_error: status.latest_delivery_error.filter(|error| !error.is_empty()),
        is_multi_region: trail.is_multi_region_trail,
        log_file_validation: trail.log_file_validation_enabled,
        kms_key_id: trail.kms_key_id.filter(|key| !key.is_empty()),
    }))
}
