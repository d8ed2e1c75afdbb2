//! Reports: asking for one, and how the request stands.

use crate::{Link, notation};
use domain::{Actor, FrameworkId, Period, ReportId, ReportRun, RunId, RunState, Timestamp};
use serde::{Deserialize, Serialize};

/// The body of `POST /v1/reports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// The framework to report on: `soc2`.
    pub framework: FrameworkId,
    /// The window: `2026-Q3`, or two instants joined by two dashes.
    #[serde(with = "notation")]
    pub period: Period,
}

/// One request for a report, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id: the `{id}` of `/v1/reports/{id}`.
    pub run_id: RunId,
    /// The framework reported on.
    pub framework: FrameworkId,
    /// The window.
    #[serde(with = "notation")]
    pub period: Period,
    /// Who asked.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub status: RunStatus,
}

/// How a run stands. `completed` and `failed` are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunStatus {
    /// Asked for, not finished: ask again later.
    Requested,
    /// The report exists, and every byte of it was read back and checked.
    Completed {
        /// The report that answers.
        report_id: ReportId,
        /// When it was verified.
        completed_at: Timestamp,
    },
    /// It ended without a report.
    Failed {
        /// The failure's name: one of [`domain::Failure`].
        error: String,
        /// What was wrong, with which input.
        message: String,
        /// When.
        failed_at: Timestamp,
    },
}

/// The answer of `GET /v1/reports/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunWithLinks {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// When it is completed: every file of the report, its staging database, its snapshot and its catalog. Empty before.
    pub links: Vec<Link>,
}

impl From<ReportRun> for Run {
    fn from(run: ReportRun) -> Self {
        let ReportRun { run_id, framework, period, requested_by, requested_at, state } = run;
        let status = match state {
            RunState::Requested => RunStatus::Requested,
            RunState::Completed { report_id, completed_at } => RunStatus::Completed { report_id, completed_at },
            RunState::Failed { error, message, failed_at } => RunStatus::Failed { error, message, failed_at },
        };
        Self { run_id, framework, period, requested_by, requested_at, status }
    }
}

impl Run {
    /// Where it can be asked for: `/v1/reports/<run id>`.
    pub fn address(&self) -> String {
        format!("/v1/reports/{}", self.run_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_one_flat_object_and_reads_back() {
        let text = r#"{"run_id":"r-1","framework":"soc2","period":"2026-Q3","requested_by":"ana@acme.example","requested_at":"2026-10-01T00:00:00Z","status":"failed","error":"InvalidInput","message":"no","failed_at":"2026-10-01T00:00:01Z","links":[]}"#;
        let run: RunWithLinks = serde_json::from_str(text).unwrap();
        assert!(matches!(&run.run.status, RunStatus::Failed { error, .. } if error == "InvalidInput"));
        assert_eq!(serde_json::to_string(&run).unwrap(), text);
        assert_eq!(run.run.address(), "/v1/reports/r-1");
    }

    #[test]
    fn a_request_says_nothing_but_framework_and_window() {
        let asked: NewReport = serde_json::from_str(r#"{"framework":"soc2","period":"2026-Q3"}"#).unwrap();
        assert_eq!(asked.period.to_string(), "2026-Q3");
        let with_tenant = r#"{"framework":"soc2","period":"2026-Q3","tenant":"globex"}"#;
        assert!(serde_json::from_str::<NewReport>(with_tenant).is_err());
    }
}
