//! The five steps of a report, in order: what the state machine does on AWS.

use crate::{CommandError, Home, UnderWay};
use bundle::file_name;
use domain::{
    ArtifactReference, FrameworkId, Period, ReportId, ReportRecord, ReportRequest, ReportRun, RunId, RunState,
    Snapshotted, Uploaded, Verified,
};
use runtime::random_token;

/// A report that exists and was read back.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What was read back.
    pub verified: Verified,
    /// The report.
    pub record: ReportRecord,
    /// Whether it existed before.
    pub existed: bool,
}

/// A request for a report on `framework` over `period`, with a new run.
pub fn request(home: &Home, framework: FrameworkId, period: Period) -> Result<ReportRequest, CommandError> {
    if period.start() >= home.clock.now() {
        return Err(CommandError::Invalid(format!(
            "the period {period} has not begun: there is nothing to report on yet"
        )));
    }
    let name = format!("{}-{}", home.clock.now().strftime("%Y%m%dT%H%M%SZ"), random_token());
    let run_id = RunId::new(name).map_err(|error| CommandError::Invalid(error.to_string()))?;
    Ok(ReportRequest { run_id, tenant: home.tenant.clone(), framework, period, requested_by: home.actor.clone() })
}

/// Runs the five steps for a request. The same request again goes on where it had come to. A failure that no retry can
/// mend ends the run as `failed`; any other leaves it as it is.
pub async fn report(
    home: &Home,
    request: &ReportRequest,
    step: impl FnMut(&'static str),
) -> Result<Finished, CommandError> {
    let run = ReportRun::requested(request, home.clock.now());
    // Before it stands as requested: a run that nobody is at is taken up by whoever serves.
    let claimed = UnderWay::claim(&home.layout.directory, &request.run_id);
    let _under_way = claimed.map_err(CommandError::file(home.layout.directory.join("under-way")))?;
    home.storage.custodian.request(&request.tenant, &run).await?;
    match steps(home, request, step).await {
        Err(error) if !error.failure().is_retryable() => {
            let (failure, message, now) = (error.failure(), error.to_string(), home.clock.now());
            home.storage.custodian.fail_run(&request.tenant, &request.run_id, failure, &message, now).await?;
            Err(error)
        }
        other => other,
    }
}

async fn steps(
    home: &Home,
    request: &ReportRequest,
    mut step: impl FnMut(&'static str),
) -> Result<Finished, CommandError> {
    let storage = &home.storage;
    step("Snapshot");
    let snapshotted = snapshot::snapshot(storage, &home.catalog, request, home.since, home.clock.now()).await?;
    let uploaded = match snapshotted.exists {
        true => Uploaded { request: request.clone(), report_id: snapshotted.report_id },
        false => make(home, &snapshotted, &mut step).await?,
    };
    step("Verify");
    let verified = verify::verify(storage, &uploaded, home.clock.now()).await?;
    let record = required(home, &uploaded.report_id).await?;
    Ok(Finished { verified, record, existed: snapshotted.exists })
}

async fn make(
    home: &Home,
    snapshotted: &Snapshotted,
    step: &mut impl FnMut(&'static str),
) -> Result<Uploaded, CommandError> {
    step("Transform");
    let transformed = transform::transform(&home.storage, snapshotted).await?;
    step("Render");
    let rendered = render::render(&home.storage, &transformed).await?;
    step("Upload");
    Ok(upload::upload(&home.storage, &rendered, home.clock.now()).await?)
}

/// A report that has to exist.
pub async fn required(home: &Home, report_id: &ReportId) -> Result<ReportRecord, CommandError> {
    let found = home.storage.custodian.report(&home.tenant, report_id).await?;
    found.ok_or_else(|| CommandError::Invalid(format!("there is no report {report_id}; `exhibit status` lists them")))
}

/// The report whose id starts with `text`, or that the run of that id made; it has to be one only.
pub async fn find(home: &Home, text: &str) -> Result<ReportRecord, CommandError> {
    let reports = home.storage.custodian.reports(&home.tenant).await?;
    let mut matching = reports.into_iter().filter(|report| report.report_id.to_string().starts_with(text));
    match (matching.next(), matching.next()) {
        (Some(report), None) => Ok(report),
        (None, _) => of_run(home, text).await,
        (Some(_), Some(_)) => Err(CommandError::Invalid(format!("several reports' ids start with {text:?}"))),
    }
}

async fn of_run(home: &Home, text: &str) -> Result<ReportRecord, CommandError> {
    if let Ok(run_id) = text.parse::<RunId>()
        && let Some(run) = home.storage.custodian.run(&home.tenant, &run_id).await?
        && let RunState::Completed { report_id, .. } = run.state
    {
        return required(home, &report_id).await;
    }
    Err(CommandError::Invalid(format!("no report's id starts with {text:?}; `exhibit status` lists them")))
}

/// Every file of a report with the name it has outside the store.
pub fn files(record: &ReportRecord) -> Vec<(String, &ArtifactReference)> {
    let reports = record.artifacts.iter().map(|file| (file_name(&record.inputs, file.format), &file.artifact));
    reports.collect()
}
