//! Controls: when each was collected, when it is due, how much of a window is there.

use crate::notation;
use domain::{ControlId, EvidenceId, Granularity, Period, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// One control of the catalog, and how collecting it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Its id: `access-mfa`.
    pub control: ControlId,
    /// In a few words.
    pub title: String,
    /// The systems that are asked, by id.
    pub sources: Vec<SourceId>,
    /// When it is collected: an EventBridge cron expression in UTC.
    pub schedule: String,
    /// The length of the periods it is collected for.
    pub granularity: Granularity,
    /// When its schedule fires next; none at the end of the calendar.
    pub next_due: Option<Timestamp>,
    /// The newest evidence of it, if there is any.
    pub last_collection: Option<LastCollection>,
    /// How much of the window is there.
    pub coverage: Coverage,
}

/// The newest evidence of a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCollection {
    /// Its id.
    pub evidence_id: EvidenceId,
    /// Its period.
    #[serde(with = "notation")]
    pub period: Period,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// How much of what was due for one control in a window was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The window.
    #[serde(with = "notation")]
    pub period: Period,
    /// Slots due by now, and those that are filled although they were not: `collected + failed + waived + pending + missing`.
    pub expected: u64,
    /// Slots that are filled.
    pub collected: u64,
    /// Slots whose last attempt failed.
    pub failed: u64,
    /// Slots that somebody decided need not be filled.
    pub waived: u64,
    /// Slots that are being collected.
    pub pending: u64,
    /// Slots that are due and that nothing was tried for.
    pub missing: u64,
}

/// The body of `POST /v1/controls/{id}/collect`; an absent body says the same as `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCollection {
    /// Every slot inside this window that has ended; without one, the newest complete period.
    #[serde(default, with = "notation::optional", skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
}

/// The answer of `POST /v1/controls/{id}/collect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionAccepted {
    /// The control.
    pub control: ControlId,
    /// The window whose slots are being collected.
    #[serde(with = "notation")]
    pub period: Period,
    /// The evidence that fills those slots, by id: ask for each at `/v1/evidence/{id}`.
    pub evidence: Vec<EvidenceId>,
}
