//! Trivy's JSON, schema version 2 (<https://trivy.dev/latest/docs/configuration/reporting/>): `Results[]`, of one artifact or of
//! each resource of a cluster.

mod row;

use super::{report::Report, scalar::Scalar, table::Table};
use crate::CollectError;
use row::{Origin, What};
use serde::Deserialize;
use serde_json::value::RawValue;

const FORMAT: &str = "Trivy's JSON";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    schema_version: Option<u64>,
    created_at: Option<Scalar>,
    artifact_name: Option<String>,
    #[serde(borrow)]
    results: Option<Vec<&'a RawValue>>,
    cluster_name: Option<String>,
    #[serde(borrow)]
    resources: Option<Vec<Resource<'a>>>,
    /// Of the summary of a cluster.
    #[serde(borrow)]
    findings: Option<Vec<Resource<'a>>>,
    /// As `resources`, until version 0.36.
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Resource<'a>>>,
    #[serde(borrow)]
    misconfigurations: Option<Vec<Resource<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<'a> {
    namespace: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    #[serde(borrow)]
    results: Option<Vec<&'a RawValue>>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lists<'a> {
    target: Option<String>,
    #[serde(borrow)]
    vulnerabilities: Option<&'a RawValue>,
    #[serde(borrow)]
    misconfigurations: Option<&'a RawValue>,
    #[serde(borrow)]
    secrets: Option<&'a RawValue>,
    #[serde(borrow)]
    licenses: Option<&'a RawValue>,
    /// What Trivy was told to ignore, with `--show-suppressed`.
    #[serde(borrow, alias = "ModifiedFindings")]
    experimental_modified_findings: Option<&'a RawValue>,
}

/// A finding that is not shown, and which kind it is of.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Modified<'a> {
    r#type: String,
    #[serde(borrow)]
    finding: &'a RawValue,
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let document: Document<'a> = report.parse(FORMAT, json)?;
    match (&document.cluster_name, document.schema_version) {
        (Some(cluster), _) => read_cluster(report, &document, cluster, table),
        (None, Some(2)) => {
            let artifact = document.artifact_name.as_deref().unwrap_or_default();
            read_results(report, &document, artifact, document.results.as_deref(), table)
        }
        _ => Err(report.refuse_whole("its SchemaVersion is not 2, which is what Trivy writes since 0.20")),
    }
}

fn read_cluster<'a>(
    report: &Report<'a>,
    document: &Document<'a>,
    cluster: &str,
    table: &mut Table<'_>,
) -> Result<(), CollectError> {
    let lists = [&document.resources, &document.findings, &document.vulnerabilities, &document.misconfigurations];
    for resource in lists.into_iter().flatten().flatten() {
        if resource.error.as_deref().is_some_and(|error| !error.is_empty()) {
            return Err(
                report.refuse_whole("a resource of the cluster could not be scanned (its Error is given); scan again")
            );
        }
        let parts = [Some(cluster), resource.namespace.as_deref(), resource.kind.as_deref(), resource.name.as_deref()];
        let named: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        read_results(report, document, &named.join("/"), resource.results.as_deref(), table)?;
    }
    Ok(())
}

fn read_results<'a>(
    report: &Report<'a>,
    document: &Document<'a>,
    artifact: &str,
    results: Option<&[&'a RawValue]>,
    table: &mut Table<'_>,
) -> Result<(), CollectError> {
    for result in results.unwrap_or_default() {
        let lists: Lists<'a> = report.parse(FORMAT, result.get())?;
        let target = lists.target.as_deref().unwrap_or_default();
        let origin = Origin::new(artifact, target, document.created_at.as_ref())
            .ok_or_else(|| report.refuse(result.get(), "neither the report nor this result says what was scanned"))?;
        read_lists(report, &lists, &origin, table)?;
    }
    Ok(())
}

fn read_lists<'a>(
    report: &Report<'a>,
    lists: &Lists<'a>,
    origin: &Origin<'_>,
    table: &mut Table<'_>,
) -> Result<(), CollectError> {
    let each = [
        ("Vulnerabilities", lists.vulnerabilities, What::Vulnerability),
        ("Misconfigurations", lists.misconfigurations, What::Misconfiguration),
        ("Secrets", lists.secrets, What::Secret),
        ("Licenses", lists.licenses, What::License),
    ];
    for (name, list, what) in each {
        for json in report.elements(name, list.map_or("[]", RawValue::get))? {
            table.row(json, &row::finding(report, origin, what, json)?)?;
        }
    }
    read_modified(report, lists, origin, table)
}

fn read_modified<'a>(
    report: &Report<'a>,
    lists: &Lists<'a>,
    origin: &Origin<'_>,
    table: &mut Table<'_>,
) -> Result<(), CollectError> {
    let list = lists.experimental_modified_findings.map_or("[]", RawValue::get);
    for json in report.elements("ExperimentalModifiedFindings", list)? {
        let modified: Modified<'a> = report.parse(FORMAT, json)?;
        let what = What::of_word(&modified.r#type).ok_or_else(|| {
            report.refuse(json, "its Type is none of vulnerability, misconfiguration, secret, license")
        })?;
        table.row(json, &row::finding(report, origin, what, modified.finding.get())?.suppressed())?;
    }
    Ok(())
}
