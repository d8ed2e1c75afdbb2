//! `POST /v1/reports`

use crate::{Starter, Writing, role};
use api::{IdempotencyKey, Identity, NewReport, ProblemKind, Refused, Run, read_json};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use catalog::Catalog;
use domain::{Period, ReportRequest, ReportRun, RunId, RunState, Timestamp};
use jiff::SignedDuration;
use runtime::random_token;
use storage::StorageError;

// Certification cycles are three years. A report reads every slot of its window.
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(3 * 366 * 24);

pub(crate) async fn request<S: Starter>(
    State(writing): State<Writing<S>>,
    Extension(identity): Extension<Identity>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    writing.starter.accepts(&identity.tenant)?;
    let key = idempotency_key(&headers)?;
    let asked: NewReport = read_json(&headers, body)?.ok_or_else(without_body)?;
    let now = writing.clock.now();
    refuse_impossible(&writing.catalog, &asked, now)?;
    let run_id = run_id(key.as_ref(), &identity, now).map_err(internal)?;
    role::tell(&writing, &identity).await?;
    let request = ReportRequest {
        run_id,
        tenant: identity.tenant,
        framework: asked.framework,
        period: asked.period,
        requested_by: identity.subject,
    };
    let run = Run::from(match key {
        Some(_) => record_and_start(&writing, &request, now).await?,
        None => start_and_record(&writing, &request, now).await?,
    });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, run.address())], Json(run)).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refused> {
    let mut given = headers.get_all(IdempotencyKey::HEADER).iter();
    let (first, second) = (given.next(), given.next());
    if second.is_some() {
        return Err(Refused::unreadable("give one Idempotency-Key"));
    }
    let text = first.map(|value| value.to_str().unwrap_or_default());
    text.map(IdempotencyKey::new).transpose().map_err(Refused::unreadable)
}

fn without_body() -> Refused {
    Refused::unreadable("there is no body: send {\"framework\": …, \"period\": …} as application/json")
}

fn refuse_impossible(catalog: &Catalog, asked: &NewReport, now: Timestamp) -> Result<(), Refused> {
    let NewReport { framework, period } = asked;
    let impossible = |detail: String| Err(Refused::new(ProblemKind::InvalidInput, detail));
    if catalog.framework(framework).is_none() {
        let known: Vec<_> = catalog.frameworks().map(|known| known.id.as_str()).collect();
        return impossible(format!("the catalog has no framework {framework}; it has {}", known.join(", ")));
    }
    if catalog.controls_for(framework).next().is_none() {
        return impossible(format!("no control of the catalog satisfies a requirement of {framework}"));
    }
    if period.start() >= now {
        return impossible(format!("the period {period} has not begun: there is nothing to report on yet"));
    }
    if is_longer(period, LONGEST_WINDOW) {
        return impossible(format!("the period {period} is longer than three years: ask for several reports"));
    }
    Ok(())
}

pub(crate) fn is_longer(period: &Period, most: SignedDuration) -> bool {
    period.end().duration_since(period.start()) > most
}

fn run_id(key: Option<&IdempotencyKey>, identity: &Identity, now: Timestamp) -> Result<RunId, String> {
    match key {
        Some(key) => key.run_id(&identity.tenant, &identity.subject).ok_or_else(|| "no run id of a key".to_owned()),
        None => {
            let name = format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), random_token());
            RunId::new(name).map_err(|error| error.to_string())
        }
    }
}

fn internal(cause: impl ToString) -> Refused {
    Refused::new(ProblemKind::Internal, "the run has no id; whoever keeps this Exhibit finds the cause in its log")
        .because(cause)
}

// Who has the key can ask again, so the run is recorded first: a crash between the two leaves a run that the same key starts.
async fn record_and_start<S: Starter>(
    writing: &Writing<S>,
    request: &ReportRequest,
    now: Timestamp,
) -> Result<ReportRun, Refused> {
    let (custodian, run) = (&writing.storage.custodian, ReportRun::requested(request, now));
    match custodian.request(&request.tenant, &run).await {
        Err(StorageError::Conflict { .. }) => {
            let detail = "this Idempotency-Key was sent before with another framework or period; take a new key for a new report";
            return Err(Refused::new(ProblemKind::IdempotencyConflict, detail));
        }
        other => other?,
    }
    let run = custodian.run(&request.tenant, &request.run_id).await?.unwrap_or(run);
    // A run that stands as requested is started, also when it was before: starting the same run twice is starting it once.
    if run.state == RunState::Requested {
        writing.starter.report(request).await?;
    }
    Ok(run)
}

// Nobody else knows the name of this run: recorded first, a crash or a lost answer would leave it as requested for ever, or fail what
// goes on. Whoever makes the report records the run too, so it has a record whether or not this one is written.
async fn start_and_record<S: Starter>(
    writing: &Writing<S>,
    request: &ReportRequest,
    now: Timestamp,
) -> Result<ReportRun, Refused> {
    writing.starter.report(request).await?;
    let run = ReportRun::requested(request, now);
    writing.storage.custodian.request(&request.tenant, &run).await?;
    Ok(run)
}
