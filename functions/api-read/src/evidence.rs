//! Evidence, and the link of its document.

use crate::{Reading, links::hand_out};
use api::{
    Cursor, Evidence, EvidenceStatus, EvidenceWithLink, Identity, Limit, LinkContent, Listing, Parameters, ProblemKind,
    Refused, page,
};
use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
};
use domain::{ControlId, EvidenceId, EvidenceRecord, Timestamp};
use jiff::{SignedDuration, Unit, civil::Date, tz::TimeZone};
use serde::Deserialize;
use storage::RecordKey;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    control_id: ControlId,
    from: Option<String>,
    to: Option<String>,
    cursor: Option<Cursor>,
    #[serde(default)]
    limit: Limit,
}

pub(crate) async fn list(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<Listing<Evidence>>, Refused> {
    let bound = |name: &str, text: &Option<String>| text.as_deref().map(|text| instant(name, text)).transpose();
    let (from, to) = (bound("from", &asked.from)?, bound("to", &asked.to)?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(Refused::unreadable("to has to be later than from"));
    }
    // Records are in the order of their periods' first instants.
    let [from, to] = [from, to].map(|bound| bound.map(|instant| instant.to_string()).unwrap_or_default());
    let (table, tenant) = (&reading.storage.table, &identity.tenant);
    let partition = RecordKey::evidence_of(tenant, &asked.control_id);
    let range = (from.as_str(), to.as_str());
    let cursor = asked.cursor.as_ref();
    let listing =
        page::<EvidenceRecord, Evidence>(table, tenant, "/v1/evidence", &partition, range, cursor, asked.limit);
    Ok(Json(listing.await?))
}

// Periods begin at whole seconds, so that a bound between two seconds says the same as the later one: and only whole seconds are
// written alike, without a fraction.
fn instant(name: &str, text: &str) -> Result<Timestamp, Refused> {
    let wrong = || {
        let detail = format!("{name} has to be an instant, as 2026-07-01T00:00:00Z, or a day, as 2026-07-01");
        Refused::unreadable(detail)
    };
    let read: Timestamp = match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| wrong())?,
        _ => text.parse().map_err(|_| wrong())?,
    };
    let whole = read.round(Unit::Second).map_err(|_| wrong())?;
    let later =
        if whole < read { whole.checked_add(SignedDuration::from_secs(1)).map_err(|_| wrong())? } else { whole };
    // Years before 0 are written with a sign, out of order.
    if TimeZone::UTC.to_datetime(later).year() < 0 { Err(wrong()) } else { Ok(later) }
}

pub(crate) async fn one(
    State(reading): State<Reading>,
    Extension(identity): Extension<Identity>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<EvidenceWithLink>, Refused> {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let absent = || Refused::new(ProblemKind::NotFound, "there is no such evidence; `GET /v1/evidence` lists it");
    let id: EvidenceId = id.parse().map_err(|_| absent())?;
    let slot = id.slot(identity.tenant.clone()).map_err(|_| absent())?;
    let evidence = reading.storage.custodian.evidence(&slot).await?.ok_or_else(absent)?;
    let evidence = Evidence::from(evidence);
    let link = match &evidence.status {
        EvidenceStatus::Collected { artifact, .. } => {
            let name = format!("{}.json", evidence.evidence_id);
            Some(hand_out(&reading, &identity, LinkContent::Evidence, name, artifact).await?)
        }
        EvidenceStatus::Pending { .. } | EvidenceStatus::Failed { .. } | EvidenceStatus::Waived { .. } => None,
    };
    Ok(Json(EvidenceWithLink { evidence, link }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_an_instant_or_a_day() {
        let read = |text: &str| instant("from", text).map(|at| at.to_string()).ok();
        assert_eq!(read("2026-07-01").as_deref(), Some("2026-07-01T00:00:00Z"));
        assert_eq!(read("2026-07-01T02:00:00+02:00").as_deref(), Some("2026-07-01T00:00:00Z"));
        assert_eq!(read("2026-07-01T00:00:00.25Z").as_deref(), Some("2026-07-01T00:00:01Z"));
        assert_eq!(read("2026-07-01T00:00:00.75Z").as_deref(), Some("2026-07-01T00:00:01Z"));
        for text in ["", "2026", "2026-07-01T00:00", "2026-13-01", "-000002-01-01T00:00:00Z", "now"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
