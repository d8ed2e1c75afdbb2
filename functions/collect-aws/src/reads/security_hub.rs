//! Findings of Security Hub, in its own format
//! (<https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html>).

use super::turned;
use crate::rows::{Composed, each};
use aws_source::{Aws, Page, Place, Reply, Request, services::SECURITY_HUB};
use collecting::CollectError;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Archived findings are those of resources that are gone or pass now, kept for a while: what is left of them is in the evidence of before.
pub(super) const FILTERS: &str = "RecordState EQUALS ACTIVE";

#[derive(Debug, Serialize)]
struct Row {
    account: String,
    region: String,
    id: String,
    title: String,
    severity: String,
    workflow: String,
    record_state: String,
    product: String,
    resource: String,
    first_observed_at: Option<String>,
    last_observed_at: Option<String>,
    compliance: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    findings: Vec<Finding>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Finding {
    id: String,
    product_arn: String,
    product_name: Option<String>,
    aws_account_id: String,
    region: Option<String>,
    title: String,
    severity: Severity,
    workflow: Workflow,
    record_state: String,
    resources: Vec<Resource>,
    first_observed_at: Option<String>,
    last_observed_at: Option<String>,
    compliance: Option<Compliance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Severity {
    label: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance {
    status: Option<String>,
}

impl Page for Found {
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        reply.json()
    }

    fn next(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    let found = each(aws.places(), |place| of_place(aws, place)).await?;
    Composed::of(once(found.into_iter().flatten()))
}

async fn of_place<'p>(aws: &Aws<'_>, place: Place<'p>) -> Result<Vec<(Place<'p>, Finding)>, CollectError> {
    let request = |token: Option<&str>| {
        let state = json!([{ "Value": "ACTIVE", "Comparison": "EQUALS" }]);
        let body = json!({ "Filters": { "RecordState": state }, "MaxResults": 100 });
        let body = turned(body, "NextToken", token);
        Request::rest(&SECURITY_HUB, "GetFindings", "POST", "/findings").with(&body)
    };
    let pages = aws.pages::<Found>(place, request).await?;
    Ok(pages.into_iter().flat_map(|page| page.findings).map(|finding| (place, finding)).collect())
}

// A region or account that gathers those of others shows copies of them: each is taken once, from where it is if that was asked.
fn once<'p>(found: impl Iterator<Item = (Place<'p>, Finding)>) -> Vec<Row> {
    let mut taken: BTreeMap<(String, String, String, String), Row> = BTreeMap::new();
    for (place, finding) in found {
        let region = finding.region.clone().unwrap_or_else(|| place.region.to_owned());
        let is_home = place.account.id == finding.aws_account_id && place.region == region;
        let key = (finding.aws_account_id.clone(), region.clone(), finding.product_arn.clone(), finding.id.clone());
        if is_home || !taken.contains_key(&key) {
            taken.insert(key, row(finding, region));
        }
    }
    taken.into_values().collect()
}

fn row(finding: Finding, region: String) -> Row {
    let resources: Vec<String> = finding.resources.into_iter().map(|resource| resource.id).collect();
    Row {
        account: finding.aws_account_id,
        region,
        id: finding.id,
        title: finding.title,
        severity: finding.severity.label,
        workflow: finding.workflow.status,
        record_state: finding.record_state,
        product: finding.product_name.unwrap_or(finding.product_arn),
        resource: resources.join(" "),
        first_observed_at: finding.first_observed_at,
        last_observed_at: finding.last_observed_at,
        compliance: finding.compliance.and_then(|compliance| compliance.status),
    }
}
