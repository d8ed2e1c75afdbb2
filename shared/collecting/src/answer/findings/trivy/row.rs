//! One element of a result's lists.

use super::FORMAT;
use crate::{
    CollectError,
    answer::findings::{
        finding::{Finding, first, joined, place},
        report::Report,
        scalar::Scalar,
        severity::{Severity, UNKNOWN},
        status::Status,
    },
};
use serde::Deserialize;

/// Which list an element is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Vulnerability,
    Misconfiguration,
    Secret,
    License,
}

/// What the findings of one result have in common.
pub(super) struct Origin<'o> {
    target: &'o str,
    /// The file or system in the target; none where it is the target itself.
    inside: Option<&'o str>,
    at: Option<&'o Scalar>,
}

/// The members of all kinds together.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Element {
    #[serde(rename = "VulnerabilityID")]
    vulnerability_id: Option<String>,
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "RuleID")]
    rule_id: Option<String>,
    name: Option<String>,
    title: Option<String>,
    message: Option<String>,
    category: Option<String>,
    severity: Option<String>,
    status: Option<String>,
    pkg_name: Option<String>,
    pkg_path: Option<String>,
    file_path: Option<String>,
    start_line: Option<u64>,
    end_line: Option<u64>,
    cause_metadata: Option<Cause>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cause {
    resource: Option<String>,
    start_line: Option<u64>,
    end_line: Option<u64>,
}

impl What {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word {
            "vulnerability" => Some(Self::Vulnerability),
            "misconfiguration" => Some(Self::Misconfiguration),
            "secret" => Some(Self::Secret),
            "license" => Some(Self::License),
            _ => None,
        }
    }
}

impl<'o> Origin<'o> {
    /// Trivy names a result after a file, after a kind of package, or after the artifact itself and its system in brackets.
    pub(super) fn new(artifact: &'o str, result: &'o str, at: Option<&'o Scalar>) -> Option<Self> {
        let is_artifact = result.strip_prefix(artifact).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("));
        match (artifact, result) {
            ("", "") => None,
            ("", result) => Some(Self { target: result, inside: None, at }),
            (artifact, result) => Some(Self {
                target: artifact,
                inside: Some(result).filter(|name| !name.is_empty() && !is_artifact),
                at,
            }),
        }
    }
}

pub(super) fn finding<'a>(
    report: &Report<'a>,
    origin: &Origin<'_>,
    what: What,
    json: &'a str,
) -> Result<Finding, CollectError> {
    let element: Element = report.parse(FORMAT, json)?;
    let severity = element.severity.as_deref().map_or(Some(UNKNOWN), Severity::of_word);
    let rule = element.rule(what).ok_or_else(|| report.refuse(json, "this finding has no id of its rule"))?;
    Ok(Finding {
        tool: "Trivy".to_owned(),
        target: origin.target.to_owned(),
        title: element.title(what).unwrap_or_else(|| rule.clone()),
        rule,
        severity: severity
            .ok_or_else(|| report.refuse(json, "its Severity is none of CRITICAL, HIGH, MEDIUM, LOW, UNKNOWN"))?,
        status: element.status(what).map_err(|reason| report.refuse(json, reason))?,
        location: element.location(what, origin),
        first_seen: None,
        last_seen: origin.at.cloned(),
        identifier: element.vulnerability_id,
    })
}

impl Element {
    fn rule(&self, what: What) -> Option<String> {
        first([match what {
            What::Vulnerability => self.vulnerability_id.as_deref(),
            What::Misconfiguration => self.id.as_deref(),
            What::Secret => self.rule_id.as_deref(),
            What::License => self.name.as_deref(),
        }])
    }

    fn title(&self, what: What) -> Option<String> {
        match (what, self.name.as_deref(), self.category.as_deref()) {
            (What::License, Some(name), Some(category)) => Some(format!("License {name} ({category})")),
            (What::License, ..) => None,
            _ => first([self.title.as_deref(), self.message.as_deref()]),
        }
    }

    /// Of a vulnerability, "fixed" says that a correction exists, not that it is installed.
    fn status(&self, what: What) -> Result<Status, &'static str> {
        match (what, self.status.as_deref()) {
            (What::Secret | What::License, _) | (What::Vulnerability, None | Some("")) => Ok(Status::Open),
            (What::Vulnerability, Some("not_affected")) => Ok(Status::Passed),
            (
                What::Vulnerability,
                Some(
                    "unknown"
                    | "affected"
                    | "fixed"
                    | "under_investigation"
                    | "will_not_fix"
                    | "fix_deferred"
                    | "end_of_life",
                ),
            ) => Ok(Status::Open),
            (What::Misconfiguration, Some("FAIL")) => Ok(Status::Open),
            (What::Misconfiguration, Some("PASS")) => Ok(Status::Passed),
            (What::Misconfiguration, Some("EXCEPTION")) => Ok(Status::Suppressed),
            (What::Misconfiguration, _) => Err("its Status is none of FAIL, PASS, EXCEPTION"),
            (What::Vulnerability, _) => Err("its Status is none of unknown, not_affected, affected, fixed, \
                under_investigation, will_not_fix, fix_deferred, end_of_life"),
        }
    }

    /// Of a package without its version: a newer one with the same weakness is no other finding.
    fn location(&self, what: What, origin: &Origin<'_>) -> Option<String> {
        let package = self.pkg_name.as_deref();
        let cause = self.cause_metadata.as_ref();
        match (what, cause.and_then(|cause| cause.start_line).filter(|line| *line > 0)) {
            (What::Vulnerability, _) => {
                let file = first([self.pkg_path.as_deref(), origin.inside]);
                joined(file.as_deref().into_iter().chain(package), ": ")
            }
            (What::Misconfiguration, Some(line)) => {
                place(origin.inside, Some(line), cause.and_then(|cause| cause.end_line))
            }
            (What::Misconfiguration, None) => {
                let resource = cause.and_then(|cause| cause.resource.as_deref());
                joined(origin.inside.into_iter().chain(resource), ": ")
            }
            (What::Secret, _) => place(origin.inside, self.start_line, self.end_line),
            (What::License, _) => {
                let file = first([self.file_path.as_deref(), origin.inside]);
                joined(file.as_deref().into_iter().chain(package), ": ")
            }
        }
    }
}

impl Finding {
    /// What the scanner was told to ignore.
    pub(super) fn suppressed(self) -> Self {
        Self { status: Status::Suppressed, ..self }
    }
}
