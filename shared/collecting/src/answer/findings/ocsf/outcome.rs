//! Severity and status of an event.

use super::Event;
use crate::answer::findings::{
    severity::{Severity, UNKNOWN},
    status::Status,
};

/// By the number; where that is "other", by the word.
pub(super) fn severity(event: &Event) -> Result<Severity, &'static str> {
    let by_word = || event.severity.as_deref().and_then(Severity::of_word);
    let graded = match event.severity_id {
        Some(0) => Some(by_word().unwrap_or(UNKNOWN)),
        Some(1) => Some(Severity::Info),
        Some(2) => Some(Severity::Low),
        Some(3) => Some(Severity::Medium),
        Some(4) => Some(Severity::High),
        Some(5 | 6) => Some(Severity::Critical),
        None | Some(99) => by_word(),
        Some(_) => None,
    };
    graded.ok_or("its severity_id is none of 0 to 6, and its severity is no word that is known")
}

/// What keeps its rule passed; what is muted is suppressed; then the word, then the number: Prowler 4 writes the number of
/// "suppressed" beside the word "New".
pub(super) fn status(event: &Event) -> Result<Status, &'static str> {
    let code = event.status_code.as_ref().and_then(|code| of_word(&code.0));
    let word = event.status.as_deref().and_then(of_word);
    if code == Some(Status::Passed) || word == Some(Status::Passed) || is_kept(event)? {
        return Ok(Status::Passed);
    }
    if event.is_muted() || code == Some(Status::Suppressed) {
        return Ok(Status::Suppressed);
    }
    let by_number = match event.status_id {
        None => of_activity(event.activity_id),
        // Unknown, and other: then only the word can say it.
        Some(0) => Some(Status::Open),
        Some(99) => None,
        Some(1 | 2) => Some(Status::Open),
        Some(3) => Some(Status::Suppressed),
        Some(4..=6) => Some(Status::Fixed),
        Some(_) => None,
    };
    word.or(by_number).ok_or("its status is no word that is known, and its status_id none of 0 to 6")
}

/// In any case, as OCSF and the products that write it name them.
fn of_word(word: &str) -> Option<Status> {
    match word.trim().to_ascii_lowercase().as_str() {
        "pass" | "passed" | "success" => Some(Status::Passed),
        "fail" | "failed" | "failure" | "manual" | "warning" | "new" | "in progress" | "open" | "active"
        | "unknown" => Some(Status::Open),
        "suppressed" | "muted" => Some(Status::Suppressed),
        "resolved" | "archived" | "deleted" | "closed" => Some(Status::Fixed),
        _ => None,
    }
}

/// An activity of 3 closes a finding.
fn of_activity(activity: Option<i64>) -> Option<Status> {
    Some(if activity == Some(3) { Status::Fixed } else { Status::Open })
}

fn is_kept(event: &Event) -> Result<bool, &'static str> {
    let Some(compliance) = event.compliance.as_ref() else { return Ok(false) };
    match compliance.status_id {
        Some(1) => Ok(true),
        Some(0 | 2 | 3) => Ok(false),
        None | Some(99) => Ok(compliance.status.as_deref().and_then(of_word) == Some(Status::Passed)),
        Some(_) => Err("its compliance.status_id is none of 0 to 3 and 99"),
    }
}

impl Event {
    fn is_muted(&self) -> bool {
        self.muted == Some(true) || self.unmapped.as_ref().is_some_and(|unmapped| unmapped.muted == Some(true))
    }
}
