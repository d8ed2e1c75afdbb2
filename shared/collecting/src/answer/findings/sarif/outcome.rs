//! Severity and status of a result.

use super::{result::ResultRow, rule::Rule};
use crate::answer::findings::{scalar::Scalar, severity::Severity, status::Status};

/// By `security-severity` of the result, else of its rule, else by the level.
pub(super) fn severity(result: &ResultRow, rule: Option<&Rule>) -> Result<Severity, &'static str> {
    let of_rule = rule.and_then(|rule| rule.properties.as_ref());
    let mut each = [result.properties.as_ref(), of_rule].into_iter().flatten();
    match each.find_map(|properties| properties.security_severity.as_ref()) {
        Some(Scalar(score)) => score
            .trim()
            .parse()
            .ok()
            .and_then(Severity::of_score)
            .ok_or("its \"security-severity\" is no number from 0 to 10, as it is defined"),
        None => of_level(level(result, rule)),
    }
}

/// Section 3.27.10 of the standard: what is no failure has no level; a failure has its rule's level, or is a warning.
fn level<'r>(result: &'r ResultRow, rule: Option<&'r Rule>) -> &'r str {
    let of_rule = || rule?.default_configuration.as_ref()?.level.as_deref();
    match result.level.as_deref() {
        Some(level) => level,
        None if result.kind.as_deref().is_some_and(|kind| kind != "fail") => "none",
        None => of_rule().unwrap_or("warning"),
    }
}

fn of_level(level: &str) -> Result<Severity, &'static str> {
    match level {
        "error" => Ok(Severity::High),
        "warning" => Ok(Severity::Medium),
        "note" => Ok(Severity::Low),
        "none" => Ok(Severity::Info),
        _ => Err("its level is none of error, warning, note, none"),
    }
}

pub(super) fn status(result: &ResultRow) -> Result<Status, &'static str> {
    match result.baseline_state.as_deref() {
        Some("absent") => return Ok(Status::Fixed),
        None | Some("new" | "unchanged" | "updated" | "existing") => {}
        Some(_) => return Err("its baselineState is none of new, unchanged, updated, absent"),
    }
    match result.kind.as_deref() {
        Some("pass" | "notApplicable") => Ok(Status::Passed),
        None | Some("fail" | "open" | "review" | "informational") if is_suppressed(result)? => Ok(Status::Suppressed),
        None | Some("fail" | "open" | "review" | "informational") => Ok(Status::Open),
        Some(_) => Err("its kind is none of fail, pass, open, review, informational, notApplicable"),
    }
}

/// Section 3.27.23: suppressed by what is accepted, not by what is still under review or was rejected.
fn is_suppressed(result: &ResultRow) -> Result<bool, &'static str> {
    let mut is_suppressed = false;
    let mut is_disputed = false;
    for suppression in result.suppressions.iter().flatten() {
        match suppression.state.as_deref() {
            None | Some("accepted") => is_suppressed = true,
            Some("underReview" | "rejected") => is_disputed = true,
            Some(_) => return Err("the state of a suppression is none of accepted, underReview, rejected"),
        }
    }
    Ok(is_suppressed && !is_disputed)
}
