//! `POST /v1/reports`

use crate::{StartError, Starter, Writing};
use api::{IdempotencyKey, Identity, NewReport, ProblemKind, Refused, Run, read_json};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use catalog::Catalog;
use domain::{Failure, Period, ReportRequest, ReportRun, RunId, RunState, Timestamp};
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
    let key = idempotency_key(&headers)?;
    let asked: NewReport = read_json(&headers, body)?.ok_or_else(without_body)?;
    let now = writing.clock.now();
    refuse_impossible(&writing.catalog, &asked, now)?;
    let run_id = run_id(key.as_ref(), &identity, now).map_err(internal)?;
    let run = ReportRun {
        run_id,
        framework: asked.framework,
        period: asked.period,
        requested_by: identity.subject.clone(),
        requested_at: now,
        state: RunState::Requested,
    };
    record(&writing, &identity, &run, key.is_some()).await?;
    let run = start(&writing, &identity, run, key.is_some()).await?;
    let run = Run::from(run);
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

// The same key of the same asker is the same run: another body under it would be a report that nobody gets.
async fn record<S>(writing: &Writing<S>, identity: &Identity, run: &ReportRun, by_key: bool) -> Result<(), Refused> {
    match writing.storage.custodian.request(&identity.tenant, run).await {
        Err(StorageError::Conflict { .. }) if by_key => {
            let detail = "this Idempotency-Key was sent before with another framework or period; take a new key for a new report";
            Err(Refused::new(ProblemKind::IdempotencyConflict, detail))
        }
        other => Ok(other?),
    }
}

// A run that stands as requested is started, also when it was before: the crash may have been between the two.
async fn start<S: Starter>(
    writing: &Writing<S>,
    identity: &Identity,
    run: ReportRun,
    by_key: bool,
) -> Result<ReportRun, Refused> {
    let run = if by_key { as_it_stands(writing, identity, run).await? } else { run };
    if run.state != RunState::Requested {
        return Ok(run);
    }
    let request = ReportRequest {
        run_id: run.run_id.clone(),
        tenant: identity.tenant.clone(),
        framework: run.framework.clone(),
        period: run.period,
        requested_by: run.requested_by.clone(),
    };
    match writing.starter.report(&request).await {
        Ok(()) => Ok(run),
        Err(error) if by_key => Err(error.into()),
        Err(error) => Err(give_up(writing, &request, error).await),
    }
}

async fn as_it_stands<S>(writing: &Writing<S>, identity: &Identity, run: ReportRun) -> Result<ReportRun, Refused> {
    let found = writing.storage.custodian.run(&identity.tenant, &run.run_id).await?;
    Ok(found.unwrap_or(run))
}

// Nobody knows the name of this run, so that nobody would start it again: it must not stand as requested for ever.
async fn give_up<S>(writing: &Writing<S>, request: &ReportRequest, error: StartError) -> Refused {
    let (custodian, now) = (&writing.storage.custodian, writing.clock.now());
    let message = "it could not be started; ask for the report again";
    let failed = custodian.fail_run(&request.tenant, &request.run_id, Failure::Interrupted, message, now).await;
    match failed {
        Ok(()) => error.into(),
        Err(also) => Refused::from(error.clone()).because(format!("{error}; and the run stays as it is: {also}")),
    }
}
