//! CycloneDX as JSON (<https://cyclonedx.org/docs/1.6/json/>): `vulnerabilities[]`, with what was analysed of each (VEX).

use super::{
    finding::{Finding, first, joined},
    report::Report,
    scalar::Scalar,
    severity::{Severity, UNKNOWN},
    status::Status,
    table::Table,
};
use crate::{CollectError, answer::json::is_array};
use serde::Deserialize;
use serde_json::value::RawValue;

const FORMAT: &str = "CycloneDX";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    bom_format: String,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    timestamp: Option<Scalar>,
    component: Option<Component>,
    /// An array until 1.4, an object with `components` since.
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tools {
    components: Option<Vec<Component>>,
    services: Option<Vec<Component>>,
}

#[derive(Deserialize)]
struct Component {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vulnerability {
    bom_ref: Option<String>,
    id: Option<String>,
    description: Option<String>,
    detail: Option<String>,
    ratings: Option<Vec<Rating>>,
    analysis: Option<Analysis>,
    affects: Option<Vec<Affected>>,
}

#[derive(Deserialize)]
struct Rating {
    severity: Option<String>,
    score: Option<f64>,
    method: Option<String>,
}

#[derive(Deserialize)]
struct Analysis {
    state: Option<String>,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(rename = "ref")]
    reference: Option<String>,
}

/// What all findings of a file have of it.
struct Origin {
    tool: String,
    target: Option<String>,
    at: Option<Scalar>,
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let bom: Bom<'a> = report.parse(FORMAT, json)?;
    if bom.bom_format != "CycloneDX" {
        return Err(report.refuse_whole("its bomFormat is not \"CycloneDX\""));
    }
    let origin = origin(report, bom.metadata)?;
    let mut vulnerabilities = bom.vulnerabilities.iter().flatten();
    vulnerabilities.try_for_each(|json| table.row(json.get(), &finding(report, &origin, json.get())?))
}

fn origin<'a>(report: &Report<'a>, metadata: Option<Metadata<'a>>) -> Result<Origin, CollectError> {
    let Some(metadata) = metadata else { return Ok(Origin { tool: FORMAT.to_owned(), target: None, at: None }) };
    let tools = match metadata.tools.map(RawValue::get) {
        None => Vec::new(),
        Some(array) if is_array(array) => report.parse::<Vec<Component>>(FORMAT, array)?,
        Some(object) => {
            let tools: Tools = report.parse(FORMAT, object)?;
            tools.components.into_iter().chain(tools.services).flatten().collect()
        }
    };
    let tool = tools.into_iter().find_map(|tool| tool.name).unwrap_or_else(|| FORMAT.to_owned());
    Ok(Origin { tool, target: metadata.component.and_then(|component| component.target()), at: metadata.timestamp })
}

impl Component {
    fn target(&self) -> Option<String> {
        joined([self.name.as_deref(), self.version.as_deref()].into_iter().flatten(), ":")
    }
}

fn finding<'a>(report: &Report<'a>, origin: &Origin, json: &'a str) -> Result<Finding, CollectError> {
    let weakness: Vulnerability = report.parse(FORMAT, json)?;
    let refuse = |reason| report.refuse(json, reason);
    let affected = weakness.affects.iter().flatten().filter_map(|affected| affected.reference.as_deref());
    let affected = joined(affected, ", ");
    let rule = first([weakness.id.as_deref(), weakness.bom_ref.as_deref()]);
    let rule = rule.ok_or_else(|| refuse("this vulnerability has neither an id nor a bom-ref"))?;
    let target = first([origin.target.as_deref(), affected.as_deref()]);
    Ok(Finding {
        tool: origin.tool.clone(),
        target: target.ok_or_else(|| refuse("neither the metadata nor this vulnerability says what is affected"))?,
        title: first([weakness.description.as_deref(), weakness.detail.as_deref()]).unwrap_or_else(|| rule.clone()),
        rule,
        severity: severity(weakness.ratings.as_deref().unwrap_or_default()).map_err(refuse)?,
        status: status(weakness.analysis.as_ref()).map_err(refuse)?,
        location: affected.filter(|_| origin.target.is_some()),
        first_seen: None,
        last_seen: origin.at.clone(),
        identifier: weakness.id,
    })
}

/// The gravest of the ratings that say something; of several sources none is known to be the right one.
fn severity(ratings: &[Rating]) -> Result<Severity, &'static str> {
    let mut gravest = None;
    for rating in ratings {
        let is_score = rating.method.as_deref().is_some_and(|method| method.starts_with("CVSS"));
        let graded = match (rating.severity.as_deref(), rating.score) {
            (None | Some("unknown"), Some(score)) if is_score => Severity::of_score(score),
            (None | Some("unknown"), _) => continue,
            (Some(word @ ("critical" | "high" | "medium" | "low" | "info" | "none")), _) => Severity::of_word(word),
            (Some(_), _) => None,
        };
        let graded = graded.ok_or("a rating's severity is none of critical, high, medium, low, info, none, unknown")?;
        gravest = gravest.max(Some(graded));
    }
    Ok(gravest.unwrap_or(UNKNOWN))
}

fn status(analysis: Option<&Analysis>) -> Result<Status, &'static str> {
    match analysis.and_then(|analysis| analysis.state.as_deref()) {
        None | Some("exploitable" | "in_triage") => Ok(Status::Open),
        Some("resolved" | "resolved_with_pedigree") => Ok(Status::Fixed),
        Some("false_positive") => Ok(Status::Suppressed),
        Some("not_affected") => Ok(Status::Passed),
        Some(_) => Err("its analysis.state is none of resolved, resolved_with_pedigree, exploitable, in_triage, \
            false_positive, not_affected"),
    }
}
