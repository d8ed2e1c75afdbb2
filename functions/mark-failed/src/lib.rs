#![doc = include_str!("../README.md")]

use domain::{FailedStep, Failure, MarkedFailed, ReportRun, Timestamp};
use serde::Deserialize;
use storage::{Storage, StorageError};

/// Records the run of a failed step as failed. A run that nobody had recorded, because not even that succeeded, is recorded
/// first.
pub async fn handle(storage: &Storage, step: &FailedStep, now: Timestamp) -> Result<MarkedFailed, StorageError> {
    let request = &step.request;
    let (error, message) = meaning(step);
    let run = ReportRun::requested(request, now);
    storage.custodian.request(&request.tenant, &run).await?;
    storage.custodian.fail_run(&request.tenant, &request.run_id, error, &message, now).await?;
    Ok(MarkedFailed { run_id: request.run_id.clone(), error, message })
}

/// What Lambda puts into the cause of a function's error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cause {
    error_message: String,
}

fn meaning(step: &FailedStep) -> (Failure, String) {
    let FailedStep { state, error, cause, .. } = step;
    let told = serde_json::from_str(cause).map_or_else(|_| cause.clone(), |cause: Cause| cause.error_message);
    match Failure::named(error) {
        Some(failure) => (failure, format!("{state}: {told}")),
        None => (Failure::Interrupted, format!("{state}: {error}: {told}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ReportInputs, ReportRequest, RunState};

    fn request() -> ReportRequest {
        ReportRequest {
            run_id: "run-1".parse().unwrap(),
            tenant: "acme".parse().unwrap(),
            framework: "soc2".parse().unwrap(),
            period: "2026-07".parse().unwrap(),
            requested_by: "ana@acme.example".parse().unwrap(),
        }
    }

    fn step(error: &str, cause: &str) -> FailedStep {
        let (error, cause) = (error.to_owned(), cause.to_owned());
        FailedStep { request: request(), state: "Render".to_owned(), error, cause }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_name_of_a_failure_is_kept_and_its_message_is_taken_out_of_the_cause() {
        let cause = r#"{"errorType":"InvalidInput","errorMessage":"pdf: the template is wrong"}"#;
        let expected = (Failure::InvalidInput, "Render: pdf: the template is wrong".to_owned());
        assert_eq!(meaning(&step("InvalidInput", cause)), expected);
    }

    #[test]
    fn what_the_orchestrator_says_of_itself_is_an_interruption_with_its_own_text() {
        for (error, cause, told) in [
            ("States.Timeout", "", "Render: States.Timeout: "),
            ("Lambda.Unknown", "out of memory", "Render: Lambda.Unknown: out of memory"),
            ("Runtime.ExitError", r#"{"errorMessage":"signal: killed"}"#, "Render: Runtime.ExitError: signal: killed"),
            ("Sandbox.Timedout", r#"{"unexpected":1}"#, r#"Render: Sandbox.Timedout: {"unexpected":1}"#),
        ] {
            assert_eq!(meaning(&step(error, cause)), (Failure::Interrupted, told.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_run_fails_once_with_the_first_reason() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(folder.path()).unwrap();
        let first = handle(&storage, &step("SourceDenied", "no"), at(10)).await.unwrap();
        assert_eq!(first.message, "Render: no");
        handle(&storage, &step("SourceDenied", "no"), at(20)).await.unwrap();
        let run = storage.custodian.run(&request().tenant, &request().run_id).await.unwrap().unwrap();
        let (error, message) = ("SourceDenied".to_owned(), "Render: no".to_owned());
        assert_eq!(run.state, RunState::Failed { error, message, failed_at: at(10) });
        let events = storage.custodian.waiting_events(&request().tenant).await.unwrap();
        let names: Vec<_> = events.iter().map(domain::CustodyEvent::name).collect();
        assert_eq!(names, ["report-failed/run-1", "report-requested/run-1"]);
    }

    #[tokio::test]
    async fn a_completed_run_stays_completed() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(folder.path()).unwrap();
        let ReportRequest { run_id, tenant, framework, period, requested_by } = request();
        let run = ReportRun {
            run_id: run_id.clone(),
            framework: framework.clone(),
            period,
            requested_by,
            requested_at: at(5),
            state: RunState::Requested,
        };
        storage.custodian.request(&tenant, &run).await.unwrap();
        let digest = domain::Digest::of(b"");
        let inputs = ReportInputs {
            format: ReportInputs::FORMAT.to_owned(),
            report_type: "controls".to_owned(),
            tenant: tenant.clone(),
            framework,
            period,
            snapshot: digest,
            catalog: digest,
            templates: digest,
            parameters: Default::default(),
        };
        let report_id = inputs.report_id().unwrap();
        storage.custodian.complete(&tenant, &run_id, report_id, at(7)).await.unwrap();
        handle(&storage, &step("States.Timeout", "late"), at(10)).await.unwrap();
        let run = storage.custodian.run(&tenant, &run_id).await.unwrap().unwrap();
        assert_eq!(run.state, RunState::Completed { report_id, completed_at: at(7) });
    }
}
