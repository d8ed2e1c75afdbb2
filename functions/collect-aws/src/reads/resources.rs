//! Every resource of a type, by Cloud Control.

use super::turned;
use crate::rows::{Composed, each};
use aws_source::{
    Aws, Element, Page, Place, Reply, Request,
    services::{CLOUD_CONTROL, S3},
};
use collecting::CollectError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeSet;
use url::form_urlencoded;

const BUCKET: &str = "AWS::S3::Bucket";
const GONE: &[&str] = &["ResourceNotFoundException"];

// Services without regions: what they have is asked for once in an account, where the partition has its home.
const GLOBAL: [&str; 7] = [
    "AWS::Budgets::",
    "AWS::CE::",
    "AWS::CloudFront::",
    "AWS::IAM::",
    "AWS::Organizations::",
    "AWS::Route53::",
    "AWS::Shield::",
];
const NOWHERE: &str = "global";

#[derive(Debug, Serialize)]
struct Row<'a> {
    account: &'a str,
    region: String,
    #[serde(rename = "type")]
    type_name: &'a str,
    identifier: String,
    properties: Box<RawValue>,
}

/// A page of identifiers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    resource_descriptions: Vec<Named>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    identifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    resource_description: Description,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    identifier: String,
    properties: String,
}

/// What says where a resource is.
#[derive(Deserialize)]
struct Located {
    #[serde(rename = "Arn")]
    arn: Option<Value>,
}

impl Page for Listed {
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        reply.json()
    }

    fn next(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

/// The operations that are asked for a type.
pub(super) fn operations(type_name: &str) -> &'static str {
    if type_name == BUCKET {
        "s3:ListBuckets cloudcontrolapi:GetResource"
    } else {
        "cloudcontrolapi:ListResources cloudcontrolapi:GetResource"
    }
}

pub(super) async fn rows(aws: &Aws<'_>, type_name: &str) -> Result<Composed, CollectError> {
    let is_global = GLOBAL.iter().any(|service| type_name.starts_with(service));
    let places = if is_global { aws.homes() } else { aws.places() };
    let found = each(places, |place| of_place(aws, place, type_name, is_global)).await?;
    let mut seen = BTreeSet::new();
    // What several regions list, one of them has, or none.
    let mut rows: Vec<Row<'_>> = found.into_iter().flatten().collect();
    rows.retain(|row| seen.insert((row.account, row.region.clone(), row.identifier.clone())));
    Composed::of(rows)
}

async fn of_place<'p>(
    aws: &Aws<'_>,
    place: Place<'p>,
    type_name: &'p str,
    is_global: bool,
) -> Result<Vec<Row<'p>>, CollectError> {
    let identifiers =
        if type_name == BUCKET { buckets(aws, place).await? } else { listed(aws, place, type_name).await? };
    let described = each(identifiers, |identifier| described(aws, place, type_name, identifier)).await?;
    // Those that were deleted meanwhile are none.
    let described = described.into_iter().flatten();
    let row = |(identifier, properties, arn): (String, Box<RawValue>, Option<String>)| Row {
        account: &place.account.id,
        region: region(place, arn.as_deref(), is_global, type_name),
        type_name,
        identifier,
        properties,
    };
    Ok(described.map(row).collect())
}

// An ARN says in which region a resource is, or that it is in none; buckets are in one though theirs does not say it.
fn region(place: Place<'_>, arn: Option<&str>, is_global: bool, type_name: &str) -> String {
    let of_arn = arn.and_then(|arn| arn.strip_prefix("arn:")?.split(':').nth(2));
    match of_arn {
        _ if is_global => NOWHERE.to_owned(),
        _ if type_name == BUCKET => place.region.to_owned(),
        Some("") => NOWHERE.to_owned(),
        Some(region) => region.to_owned(),
        None => place.region.to_owned(),
    }
}

async fn listed(aws: &Aws<'_>, place: Place<'_>, type_name: &str) -> Result<BTreeSet<String>, CollectError> {
    let request = |token: Option<&str>| {
        let body = turned(json!({ "TypeName": type_name }), "NextToken", token);
        Request::json(&CLOUD_CONTROL, "ListResources", &body).about(type_name)
    };
    let pages = aws.pages::<Listed>(place, request).await?;
    Ok(pages.into_iter().flat_map(|page| page.resource_descriptions).map(|named| named.identifier).collect())
}

async fn described(
    aws: &Aws<'_>,
    place: Place<'_>,
    type_name: &str,
    identifier: String,
) -> Result<Option<(String, Box<RawValue>, Option<String>)>, CollectError> {
    let body = json!({ "TypeName": type_name, "Identifier": identifier });
    let request = Request::json(&CLOUD_CONTROL, "GetResource", &body);
    let reply = aws.ask(place, request.about(&format!("{type_name} {identifier}")).expecting(GONE)).await?;
    if reply.code.is_some() {
        return Ok(None);
    }
    let description = reply.json::<Described>()?.resource_description;
    if description.identifier != identifier {
        return Err(reply.unusable("it is about another resource than was asked for".to_owned()));
    }
    // A JSON text in a JSON text. It stays as it is written, and is checked where it becomes a cell.
    let not_json = |_| reply.unusable("its Properties are not an object of JSON".to_owned());
    let located = serde_json::from_str::<Located>(&description.properties).map_err(not_json)?;
    let properties = RawValue::from_string(description.properties).map_err(not_json)?;
    let arn = located.arn.and_then(|arn| arn.as_str().map(str::to_owned));
    Ok(Some((identifier, properties, arn)))
}

/// A page of buckets with the regions that they say they are in.
struct Buckets {
    named: Vec<(String, Option<String>)>,
    next: Option<String>,
}

impl Page for Buckets {
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        let root = reply.xml()?;
        let no_list = || reply.unusable("it is no list of buckets".to_owned());
        let list = root.find("Buckets").filter(|_| root.name == "ListAllMyBucketsResult").ok_or_else(no_list)?;
        let text = |bucket: &Element, name: &str| bucket.text_of(name).map(str::to_owned);
        let named = |bucket| Ok((text(bucket, "Name").ok_or_else(no_list)?, text(bucket, "BucketRegion")));
        let named = list.children.iter().map(named).collect::<Result<_, CollectError>>()?;
        Ok(Self { named, next: root.text_of("ContinuationToken").map(str::to_owned) })
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

// Cloud Control lists the buckets of all regions in each, and gives only those of its own: S3 itself says which those are.
async fn buckets(aws: &Aws<'_>, place: Place<'_>) -> Result<BTreeSet<String>, CollectError> {
    let request = |token: Option<&str>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("bucket-region", place.region).append_pair("max-buckets", "1000");
        if let Some(token) = token {
            query.append_pair("continuation-token", token);
        }
        Request::rest(&S3, "ListBuckets", "GET", &format!("/?{}", query.finish()))
    };
    let pages = aws.pages::<Buckets>(place, request).await?;
    // Emulators list all whatever they are asked.
    let is_here = |region: &Option<String>| region.as_deref().is_none_or(|region| region == place.region);
    let here = pages.into_iter().flat_map(|page| page.named).filter(|(_, region)| is_here(region));
    Ok(here.map(|(name, _)| name).collect())
}
