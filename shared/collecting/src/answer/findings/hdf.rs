//! InSpec's JSON, which is the Heimdall Data Format (<https://saf.mitre.org/framework/normalize/data-format>):
//! `profiles[].controls[].results[]`.

use super::{
    finding::{Finding, first, joined},
    report::Report,
    scalar::Scalar,
    severity::Severity,
    status::Status,
    table::Table,
};
use crate::CollectError;
use jiff::fmt::strtime;
use serde::Deserialize;
use serde_json::value::RawValue;

const FORMAT: &str = "InSpec's JSON (Heimdall Data Format)";

#[derive(Deserialize)]
struct Execution<'a> {
    platform: Platform,
    #[serde(borrow)]
    profiles: Vec<Profile<'a>>,
}

#[derive(Deserialize)]
struct Platform {
    name: Option<String>,
    release: Option<Scalar>,
    target_id: Option<String>,
}

#[derive(Deserialize)]
struct Profile<'a> {
    #[serde(borrow)]
    controls: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Control<'a> {
    id: Scalar,
    title: Option<String>,
    desc: Option<String>,
    impact: f64,
    waiver_data: Option<Waiver<'a>>,
    #[serde(borrow)]
    results: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Waiver<'a> {
    /// True, false, or a text where it could not be told.
    #[serde(borrow)]
    skipped_due_to_waiver: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Examined {
    status: Option<String>,
    code_desc: Option<String>,
    resource_id: Option<Scalar>,
    start_time: Option<Scalar>,
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let execution: Execution<'a> = report.parse(FORMAT, json)?;
    let target = execution.platform.target().ok_or_else(|| report.refuse_whole("its platform has no name"))?;
    for json in execution.profiles.iter().flat_map(|profile| profile.controls.iter().flatten()) {
        let control: Control<'a> = report.parse(FORMAT, json.get())?;
        let severity =
            severity(control.impact).ok_or_else(|| report.refuse(json.get(), "its impact is no number from 0 to 1"))?;
        for json in control.results.iter().flatten() {
            table.row(json.get(), &finding(report, &target, &control, severity, json.get())?)?;
        }
    }
    Ok(())
}

impl Platform {
    /// The machine by its own id where that is told, else by what it runs.
    fn target(&self) -> Option<String> {
        let release = self.release.as_ref().map(|release| release.0.as_str());
        let system = joined([self.name.as_deref(), release].into_iter().flatten(), " ");
        first([self.target_id.as_deref(), system.as_deref()])
    }
}

impl Control<'_> {
    fn is_waived(&self) -> bool {
        let waived = |waiver: &Waiver<'_>| waiver.skipped_due_to_waiver.is_some_and(|skipped| skipped.get() == "true");
        self.waiver_data.as_ref().is_some_and(waived)
    }
}

fn finding<'a>(
    report: &Report<'a>,
    target: &str,
    control: &Control<'_>,
    severity: Severity,
    json: &'a str,
) -> Result<Finding, CollectError> {
    let examined: Examined = report.parse(FORMAT, json)?;
    let resource = examined.resource_id.as_ref().map(|resource| resource.0.as_str());
    let status = status(&examined, control).map_err(|reason| report.refuse(json, reason))?;
    Ok(Finding {
        tool: "InSpec".to_owned(),
        target: target.to_owned(),
        rule: control.id.0.clone(),
        title: first([control.title.as_deref(), control.desc.as_deref()]).unwrap_or_else(|| control.id.0.clone()),
        severity,
        status,
        location: first([resource, examined.code_desc.as_deref()]),
        first_seen: None,
        last_seen: examined.start_time.map(begun),
        identifier: None,
    })
}

/// The scale of InSpec's own documentation of `impact`.
fn severity(impact: f64) -> Option<Severity> {
    match impact {
        0.9..=1.0 => Some(Severity::Critical),
        0.7..0.9 => Some(Severity::High),
        0.4..0.7 => Some(Severity::Medium),
        0.0..0.4 if impact > 0.0 => Some(Severity::Low),
        0.0..0.4 => Some(Severity::Info),
        _ => None,
    }
}

/// What was skipped was not examined: it counts as open, unless a waiver says why.
fn status(examined: &Examined, control: &Control<'_>) -> Result<Status, &'static str> {
    match examined.status.as_deref() {
        Some("passed") => Ok(Status::Passed),
        Some("skipped") if control.is_waived() => Ok(Status::Suppressed),
        Some("failed" | "error" | "skipped") => Ok(Status::Open),
        _ => Err("its status is none of passed, failed, skipped, error"),
    }
}

/// Old versions write times as Ruby does: `2018-02-02 12:00:00 -0500`.
fn begun(time: Scalar) -> Scalar {
    let ruby = strtime::parse("%Y-%m-%d %H:%M:%S %z", &time.0).and_then(|parsed| parsed.to_timestamp());
    ruby.map_or(time, |instant| Scalar(instant.to_string()))
}
