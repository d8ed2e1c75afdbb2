//! One `result`.

use super::{
    FORMAT, Run, outcome,
    rule::{Properties, Reference, Rule},
};
use crate::{
    CollectError,
    answer::findings::{
        finding::{Finding, first, place},
        report::Report,
        scalar::Scalar,
    },
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultRow {
    rule_id: Option<String>,
    pub(super) rule_index: Option<i64>,
    pub(super) rule: Option<Reference>,
    pub(super) kind: Option<String>,
    pub(super) level: Option<String>,
    pub(super) baseline_state: Option<String>,
    pub(super) suppressions: Option<Vec<Suppression>>,
    pub(super) properties: Option<Properties>,
    message: Option<Text>,
    locations: Option<Vec<Location>>,
    analysis_target: Option<ArtifactLocation>,
    provenance: Option<Provenance>,
}

/// A `message` or a `multiformatMessageString`.
#[derive(Deserialize)]
pub(super) struct Text {
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Suppression {
    pub(super) state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
    logical_locations: Option<Vec<Logical>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<ArtifactLocation>,
    region: Option<Region>,
}

#[derive(Deserialize)]
pub(super) struct ArtifactLocation {
    pub(super) uri: Option<String>,
    index: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<u64>,
    end_line: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: Option<String>,
    fully_qualified_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    first_detection_time_utc: Option<Scalar>,
    last_detection_time_utc: Option<Scalar>,
}

impl ResultRow {
    pub(super) fn rule_name(&self) -> Option<&str> {
        self.rule_id.as_deref().or_else(|| self.rule.as_ref()?.id.as_deref())
    }

    fn message(&self) -> Option<&str> {
        self.message.as_ref()?.text.as_deref()
    }

    fn location(&self) -> Option<&Location> {
        self.locations.as_ref()?.first()
    }
}

impl ArtifactLocation {
    fn name<'s>(&'s self, run: &'s Run<'_>) -> Option<&'s str> {
        self.uri.as_deref().or_else(|| run.artifact(self.index?))
    }
}

impl Location {
    fn file<'s>(&'s self, run: &'s Run<'_>) -> Option<&'s str> {
        self.physical_location.as_ref()?.artifact_location.as_ref()?.name(run)
    }

    fn region(&self) -> Option<&Region> {
        self.physical_location.as_ref()?.region.as_ref()
    }

    fn logical(&self) -> Option<&str> {
        let logical = self.logical_locations.as_ref()?.first()?;
        logical.fully_qualified_name.as_deref().or(logical.name.as_deref())
    }
}

pub(super) fn finding<'a>(report: &Report<'a>, run: &Run<'_>, json: &'a str) -> Result<Finding, CollectError> {
    let result: ResultRow = report.parse(FORMAT, json)?;
    let rule = run.tool.rule(&result).map_err(|reason| report.refuse(json, reason))?;
    let status = outcome::status(&result).map_err(|reason| report.refuse(json, reason))?;
    let severity = outcome::severity(&result, rule).map_err(|reason| report.refuse(json, reason))?;
    let (first_seen, last_seen) = seen(&result, run);
    let name = rule_of(&result, rule)
        .ok_or_else(|| report.refuse(json, "this result names no rule and has no message that could stand for it"))?;
    Ok(Finding {
        tool: run.tool.driver.name.clone(),
        target: target(&result, run),
        title: title(&result, rule).unwrap_or_else(|| name.clone()),
        rule: name,
        severity,
        status,
        location: location(&result, run),
        first_seen,
        last_seen: last_seen.filter(|_| result.baseline_state.as_deref() != Some("absent")),
        identifier: None,
    })
}

fn rule_of(result: &ResultRow, rule: Option<&Rule>) -> Option<String> {
    first([result.rule_name(), rule.and_then(Rule::id), rule.and_then(|rule| rule.name.as_deref()), result.message()])
}

fn title(result: &ResultRow, rule: Option<&Rule>) -> Option<String> {
    let described = |text: Option<&'_ Text>| text.and_then(|text| text.text.clone());
    let short = described(rule.and_then(|rule| rule.short_description.as_ref()));
    let full = described(rule.and_then(|rule| rule.full_description.as_ref()));
    let name = rule.and_then(|rule| rule.name.as_deref());
    first([short.as_deref(), result.message(), full.as_deref(), name])
}

fn target(result: &ResultRow, run: &Run<'_>) -> String {
    let location = result.location();
    let analysed = result.analysis_target.as_ref().and_then(|target| target.name(run));
    let file = location.and_then(|location| location.file(run));
    let logical = location.and_then(Location::logical);
    first([run.repository(), file, analysed, logical, run.automation()]).unwrap_or_else(|| run.tool.driver.name.clone())
}

fn location(result: &ResultRow, run: &Run<'_>) -> Option<String> {
    let location = result.location()?;
    // Without a repository the file is the target.
    let file = location.file(run).filter(|_| run.repository().is_some());
    let region = location.region();
    let line = region.and_then(|region| region.start_line);
    let found = place(file, line, region.and_then(|region| region.end_line));
    found.or_else(|| location.logical().map(str::to_owned))
}

fn seen(result: &ResultRow, run: &Run<'_>) -> (Option<Scalar>, Option<Scalar>) {
    let provenance = result.provenance.as_ref();
    let first = provenance.and_then(|provenance| provenance.first_detection_time_utc.clone());
    let last = provenance.and_then(|provenance| provenance.last_detection_time_utc.clone());
    (first, last.or_else(|| run.ended().cloned()))
}
