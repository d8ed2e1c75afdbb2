//! `POST /v1/controls/{id}/collect`

use crate::{Starter, Writing, report::is_longer, role};
use api::{CollectionAccepted, Identity, NewCollection, ProblemKind, Refused, read_json};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode},
};
use catalog::Control;
use domain::{CollectionRequest, ControlId, EvidenceId, Period, Slot, Timestamp};
use jiff::SignedDuration;

// What one collector, which has 15 minutes, may be asked for.
const MOST_SLOTS: usize = 1000;
const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(366 * 24);

pub(crate) async fn collect<S: Starter>(
    State(writing): State<Writing<S>>,
    Extension(identity): Extension<Identity>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<CollectionAccepted>), Refused> {
    writing.starter.accepts(&identity.tenant)?;
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let absent =
        || Refused::new(ProblemKind::NotFound, "the catalog has no such control; `GET /v1/controls` lists them");
    let id: ControlId = id.parse().map_err(|_| absent())?;
    let control = writing.catalog.control(&id).ok_or_else(absent)?;
    let asked: NewCollection = read_json(&headers, body)?.unwrap_or_default();
    let now = writing.clock.now();
    let period = window(control, asked.period, now)?;
    let evidence = evidence(&writing, &identity, control, &period, now)?;
    role::tell(&writing, &identity).await?;
    writing.starter.collection(&request(&identity, control, asked.period, now)).await?;
    Ok((StatusCode::ACCEPTED, Json(CollectionAccepted { control: id, period, evidence })))
}

fn window(control: &Control, asked: Option<Period>, now: Timestamp) -> Result<Period, Refused> {
    match asked {
        Some(period) if is_longer(&period, LONGEST_WINDOW) => {
            Err(impossible(format!("the period {period} is longer than a year: ask for shorter ones")))
        }
        Some(period) => Ok(period),
        None => control.period.latest_complete(now).map_err(impossible),
    }
}

fn evidence<S>(
    writing: &Writing<S>,
    identity: &Identity,
    control: &Control,
    period: &Period,
    now: Timestamp,
) -> Result<Vec<EvidenceId>, Refused> {
    let slots = writing.catalog.slots(&identity.tenant, control, period).map_err(impossible)?;
    let ended: Vec<EvidenceId> = slots.iter().filter(|slot| slot.period.end() <= now).map(Slot::evidence_id).collect();
    match ended.len() {
        0 => {
            let detail = format!("no slot is due: {period} holds no period of {} that has ended", control.id);
            Err(impossible(detail))
        }
        count if count > MOST_SLOTS => {
            Err(impossible(format!("{period} holds {count} slots; ask for {MOST_SLOTS} at most at a time")))
        }
        _ => Ok(ended),
    }
}

fn request(identity: &Identity, control: &Control, period: Option<Period>, now: Timestamp) -> CollectionRequest {
    CollectionRequest {
        control: control.id.clone(),
        tenants: vec![identity.tenant.clone()],
        scheduled_at: period.is_none().then_some(now),
        period,
        requested_by: identity.subject.clone(),
    }
}

fn impossible(detail: impl ToString) -> Refused {
    Refused::new(ProblemKind::InvalidInput, detail.to_string())
}
