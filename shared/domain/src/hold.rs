//! Legal holds: a lock without a date on a report and all it rests on.

use crate::{Actor, CustodyEvent, EventKind, HoldName, ReportId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// Its name. It is given once: a hold that was lifted keeps it.
    pub hold: HoldName,
    /// The report.
    pub report_id: ReportId,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub placed_by: Actor,
    /// When.
    pub placed_at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub state: HoldState,
}

/// How a legal hold stands. Two people lift it: one asks, another agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HoldState {
    /// It holds.
    Placed,
    /// It holds, and somebody asked that it be lifted.
    ReleaseAsked {
        /// Who asked.
        asked_by: Actor,
        /// When.
        asked_at: Timestamp,
    },
    /// It was lifted.
    Released {
        /// Who asked.
        asked_by: Actor,
        /// Who agreed.
        released_by: Actor,
        /// When.
        released_at: Timestamp,
        /// Why.
        release_reason: String,
    },
}

impl LegalHold {
    /// Whether it holds.
    pub fn holds(&self) -> bool {
        !matches!(self.state, HoldState::Released { .. })
    }

    /// The event that tells of its placing.
    pub fn placed(&self, tenant: &TenantId) -> CustodyEvent {
        let (hold, reason) = (self.hold.to_string(), self.reason.clone());
        let kind = EventKind::HoldPlaced { hold, report_id: self.report_id, reason };
        CustodyEvent::new(tenant.clone(), self.placed_by.clone(), self.placed_at, kind)
    }

    /// The event that tells of its lifting; none while it holds.
    pub fn released(&self, tenant: &TenantId) -> Option<CustodyEvent> {
        let HoldState::Released { asked_by, released_by, released_at, release_reason } = &self.state else {
            return None;
        };
        let kind = EventKind::HoldReleased {
            hold: self.hold.to_string(),
            report_id: self.report_id,
            approved_by: vec![asked_by.clone()],
            reason: release_reason.clone(),
        };
        Some(CustodyEvent::new(tenant.clone(), released_by.clone(), *released_at, kind))
    }
}
