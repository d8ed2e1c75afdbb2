//! What the rules of AWS Config say of each resource.

use super::turned;
use crate::rows::{Composed, Instant, each};
use aws_source::{Aws, Page, Place, Reply, Request, services::CONFIG};
use collecting::CollectError;
use serde::{Deserialize, Serialize};
use serde_json::json;

const GONE: &[&str] = &["NoSuchConfigRuleException"];

#[derive(Debug, Serialize)]
struct Row<'a> {
    account: &'a str,
    region: &'a str,
    rule: String,
    resource_type: String,
    resource_id: String,
    compliance: String,
    ordered_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recorders {
    configuration_recorders_status: Vec<Recorder>,
}

#[derive(Deserialize)]
struct Recorder {
    recording: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rules {
    config_rules: Vec<Rule>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    config_rule_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Results {
    #[serde(default)]
    evaluation_results: Vec<Evaluated>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluated {
    evaluation_result_identifier: Identifier,
    compliance_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identifier {
    evaluation_result_qualifier: Qualifier,
    ordering_timestamp: Instant,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Qualifier {
    config_rule_name: String,
    resource_type: String,
    resource_id: String,
}

impl Page for Rules {
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        reply.json()
    }

    fn next(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

impl Page for Results {
    // A rule that was deleted meanwhile has none.
    fn read(reply: &Reply) -> Result<Self, CollectError> {
        match reply.code {
            Some(_) => Ok(Self { evaluation_results: Vec::new(), next_token: None }),
            None => reply.json(),
        }
    }

    fn next(&self) -> Option<&str> {
        self.next_token.as_deref()
    }
}

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    let found = each(aws.places(), |place| of_place(aws, place)).await?;
    Composed::of(found.into_iter().flatten())
}

async fn of_place<'p>(aws: &Aws<'_>, place: Place<'p>) -> Result<Vec<Row<'p>>, CollectError> {
    records(aws, place).await?;
    let request =
        |token: Option<&str>| Request::json(&CONFIG, "DescribeConfigRules", &turned(json!({}), "NextToken", token));
    let pages = aws.pages::<Rules>(place, request).await?;
    let mut names: Vec<String> =
        pages.into_iter().flat_map(|page| page.config_rules).map(|rule| rule.config_rule_name).collect();
    names.sort();
    names.dedup();
    Ok(each(names, |name| of_rule(aws, place, name)).await?.into_iter().flatten().collect())
}

// Where nothing is recorded no rule finds anything, which would look as if all were well.
async fn records(aws: &Aws<'_>, place: Place<'_>) -> Result<(), CollectError> {
    let reply = aws.ask(place, Request::json(&CONFIG, "DescribeConfigurationRecorderStatus", &json!({}))).await?;
    let recorders = reply.json::<Recorders>()?.configuration_recorders_status;
    if recorders.iter().any(|recorder| recorder.recording) {
        return Ok(());
    }
    Err(reply.unusable("no recorder of AWS Config records here: start it, or leave the region out".to_owned()))
}

async fn of_rule<'p>(aws: &Aws<'_>, place: Place<'p>, name: String) -> Result<Vec<Row<'p>>, CollectError> {
    let request = |token: Option<&str>| {
        let body = turned(json!({ "ConfigRuleName": name, "Limit": 100 }), "NextToken", token);
        Request::json(&CONFIG, "GetComplianceDetailsByConfigRule", &body).about(&name).expecting(GONE)
    };
    let pages = aws.pages::<Results>(place, request).await?;
    pages.into_iter().flat_map(|page| page.evaluation_results).map(|evaluated| row(place, evaluated)).collect()
}

fn row(place: Place<'_>, evaluated: Evaluated) -> Result<Row<'_>, CollectError> {
    let Evaluated { evaluation_result_identifier: identifier, compliance_type } = evaluated;
    let Qualifier { config_rule_name, resource_type, resource_id } = identifier.evaluation_result_qualifier;
    Ok(Row {
        account: &place.account.id,
        region: place.region,
        rule: config_rule_name,
        resource_type,
        resource_id,
        compliance: compliance_type,
        ordered_at: identifier.ordering_timestamp.told(place)?,
    })
}
