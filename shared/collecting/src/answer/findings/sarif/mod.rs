//! SARIF 2.1.0 (OASIS, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>): `runs[].results[]`.

mod outcome;
mod result;
mod rule;

use super::{report::Report, scalar::Scalar, table::Table};
use crate::CollectError;
use result::Text;
use rule::Tool;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

const FORMAT: &str = "SARIF 2.1.0";

#[derive(Deserialize)]
struct Log<'a> {
    version: Option<String>,
    #[serde(borrow)]
    runs: Vec<&'a RawValue>,
}

/// One run of a tool.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    #[serde(borrow, default, deserialize_with = "given")]
    results: Option<&'a RawValue>,
    #[serde(borrow)]
    external_property_file_references: Option<External<'a>>,
    #[serde(default)]
    artifacts: Option<Vec<Artifact>>,
    #[serde(default)]
    invocations: Option<Vec<Invocation>>,
    #[serde(default)]
    version_control_provenance: Option<Vec<Repository>>,
    automation_details: Option<Automation>,
}

#[derive(Deserialize)]
struct External<'a> {
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Artifact {
    location: Option<result::ArtifactLocation>,
    description: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: Option<bool>,
    end_time_utc: Option<Scalar>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    repository_uri: Option<String>,
}

#[derive(Deserialize)]
struct Automation {
    id: Option<String>,
}

/// A member that is there, be it null: of `results`, null says something else than absence does.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let log: Log<'a> = report.parse(FORMAT, json)?;
    match log.version.as_deref() {
        Some("2.1.0") => log.runs.iter().try_for_each(|run| read_run(report, run.get(), table)),
        Some(_) => Err(report.refuse_whole("this is SARIF of another version; have the tool write SARIF 2.1.0")),
        None => Err(report.refuse_whole("this is not SARIF 2.1.0: it states no version")),
    }
}

fn read_run<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let run: Run<'a> = report.parse(FORMAT, json)?;
    check_whole(report, json, &run)?;
    let results = run.results.map_or("[]", RawValue::get);
    report.elements("results", results)?.try_for_each(|json| table.row(json, &result::finding(report, &run, json)?))
}

/// Refuses a run that may have found more than stands here.
fn check_whole(report: &Report<'_>, json: &str, run: &Run<'_>) -> Result<(), CollectError> {
    let failed = |invocation: &Invocation| invocation.execution_successful == Some(false);
    if run.results.is_some_and(|results| results.get() == "null") {
        return Err(
            report.refuse(json, "its \"results\" are null, by which a tool says that it could not scan; scan again")
        );
    }
    if run.invocations.iter().flatten().any(failed) {
        return Err(
            report.refuse(json, "its \"executionSuccessful\" is false: the scan did not run to its end; scan again")
        );
    }
    if run.external_property_file_references.as_ref().is_some_and(|external| external.results.is_some()) {
        return Err(report.refuse(json, "its results are in other files; have the tool write them into this one"));
    }
    Ok(())
}

impl Run<'_> {
    fn repository(&self) -> Option<&str> {
        self.version_control_provenance.iter().flatten().find_map(|each| each.repository_uri.as_deref())
    }

    fn automation(&self) -> Option<&str> {
        self.automation_details.as_ref()?.id.as_deref()
    }

    fn ended(&self) -> Option<&Scalar> {
        self.invocations.iter().flatten().rev().find_map(|each| each.end_time_utc.as_ref())
    }

    /// The name of an artifact that is only numbered.
    fn artifact(&self, index: i64) -> Option<&str> {
        let artifact = self.artifacts.as_ref()?.get(usize::try_from(index).ok()?)?;
        let named = artifact.location.as_ref().and_then(|location| location.uri.as_deref());
        named.or_else(|| artifact.description.as_ref()?.text.as_deref())
    }
}
