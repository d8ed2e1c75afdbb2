//! AWS Security Finding Format
//! (<https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html>).

use super::{
    finding::{Finding, first, joined},
    report::Report,
    scalar::Scalar,
    severity::Severity,
    status::Status,
    table::Table,
};
use crate::CollectError;
use serde::Deserialize;
use serde_json::value::RawValue;

const FORMAT: &str = "ASFF";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<'a> {
    #[serde(borrow)]
    findings: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asff {
    schema_version: String,
    product_arn: String,
    product_name: Option<String>,
    generator_id: String,
    title: String,
    severity: Grade,
    #[serde(default)]
    resources: Vec<Resource>,
    aws_account_id: Option<String>,
    compliance: Option<Compliance>,
    workflow: Option<Workflow>,
    /// What `Workflow` was before.
    workflow_state: Option<String>,
    record_state: Option<String>,
    vulnerabilities: Option<Vec<Vulnerability>>,
    first_observed_at: Option<Scalar>,
    last_observed_at: Option<Scalar>,
    created_at: Option<Scalar>,
    updated_at: Option<Scalar>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Grade {
    label: Option<String>,
    normalized: Option<u64>,
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
    security_control_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Workflow {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    id: String,
    vulnerable_packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    name: Option<String>,
}

pub(super) fn read_batch<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let batch: Batch<'a> = report.parse(FORMAT, json)?;
    batch.findings.iter().try_for_each(|finding| read_finding(report, finding.get(), table))
}

pub(super) fn read_finding<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let asff: Asff = report.parse(FORMAT, json)?;
    if asff.schema_version != "2018-10-08" {
        return Err(report.refuse(json, "this is ASFF of another version; it has to be 2018-10-08"));
    }
    let finding = finding(asff).map_err(|reason| report.refuse(json, reason))?;
    table.row(json, &finding)
}

fn finding(asff: Asff) -> Result<Finding, &'static str> {
    let resources = joined(asff.resources.iter().map(|resource| resource.id.as_str()), " ");
    let control = asff.compliance.as_ref().and_then(|compliance| compliance.security_control_id.as_deref());
    let weaknesses = || asff.vulnerabilities.iter().flatten();
    let packages = weaknesses().flat_map(|weakness| weakness.vulnerable_packages.iter().flatten());
    Ok(Finding {
        // arn:aws:securityhub:eu-west-1::product/aws/inspector
        tool: first([asff.product_name.as_deref(), asff.product_arn.split_once("product/").map(|parts| parts.1)])
            .unwrap_or_else(|| asff.product_arn.clone()),
        target: resources
            .or_else(|| asff.aws_account_id.clone())
            .ok_or("this finding names neither a resource nor an account")?,
        rule: first([control, Some(&asff.generator_id)]).ok_or("this finding's GeneratorId is empty")?,
        severity: severity(&asff.severity)?,
        status: status(&asff)?,
        location: joined(packages.filter_map(|package| package.name.as_deref()), ", "),
        identifier: joined(weaknesses().map(|weakness| weakness.id.as_str()), " "),
        first_seen: asff.first_observed_at.or(asff.created_at),
        last_seen: asff.last_observed_at.or(asff.updated_at),
        title: asff.title,
    })
}

fn severity(grade: &Grade) -> Result<Severity, &'static str> {
    let graded = match (grade.label.as_deref(), grade.normalized) {
        (Some("CRITICAL" | "HIGH" | "MEDIUM" | "LOW" | "INFORMATIONAL"), _) => {
            grade.label.as_deref().and_then(Severity::of_word)
        }
        (None, Some(percent)) => Severity::of_percent(percent),
        _ => None,
    };
    graded.ok_or("its severity is none of CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL, nor Normalized from 0 to 100")
}

/// What keeps its rule passed, whatever became of the record; then what the provider says, then what a person says.
fn status(asff: &Asff) -> Result<Status, &'static str> {
    let workflow = asff.workflow.as_ref().and_then(|workflow| workflow.status.as_deref());
    let workflow = workflow.or(asff.workflow_state.as_deref());
    let is_archived = match asff.record_state.as_deref() {
        None | Some("ACTIVE") => false,
        Some("ARCHIVED") => true,
        Some(_) => return Err("its RecordState is neither ACTIVE nor ARCHIVED"),
    };
    match asff.compliance.as_ref().and_then(|compliance| compliance.status.as_deref()) {
        Some("PASSED") => return Ok(Status::Passed),
        None | Some("FAILED" | "WARNING" | "NOT_AVAILABLE") => {}
        Some(_) => return Err("its Compliance.Status is none of PASSED, FAILED, WARNING, NOT_AVAILABLE"),
    }
    match workflow {
        Some("SUPPRESSED") => Ok(Status::Suppressed),
        Some("RESOLVED") => Ok(Status::Fixed),
        None | Some("NEW" | "NOTIFIED" | "ASSIGNED" | "IN_PROGRESS" | "DEFERRED") if is_archived => Ok(Status::Fixed),
        None | Some("NEW" | "NOTIFIED" | "ASSIGNED" | "IN_PROGRESS" | "DEFERRED") => Ok(Status::Open),
        Some(_) => Err("its Workflow.Status is none of NEW, NOTIFIED, SUPPRESSED, RESOLVED"),
    }
}
