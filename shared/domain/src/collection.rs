//! What a collector is asked: a control, for whom, and when.

use crate::{Actor, ControlId, Granularity, Period, PeriodError, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The input of a collector: fill the slots of one control. Exactly one of `scheduled_at` and `period` stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectionRequest {
    /// The control.
    pub control: ControlId,
    /// Whose evidence; everybody's when empty.
    #[serde(default)]
    pub tenants: Vec<TenantId>,
    /// When the schedule fired: the newest period that was complete by then is collected, however late a retry comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// A window: every slot of it that has ended is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// Who asks: `schedule:<rule>`, or a person.
    pub requested_by: Actor,
}

/// A request that does not say what to collect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectionRequestError {
    /// Neither or both.
    #[error("give exactly one of scheduled_at (the newest complete period is collected) and period (all of it is)")]
    Window,
    /// Outside the calendar.
    #[error(transparent)]
    Period(#[from] PeriodError),
}

impl CollectionRequest {
    /// The window to collect of a control whose periods are this long.
    pub fn window(&self, unit: Granularity) -> Result<Period, CollectionRequestError> {
        match (self.scheduled_at, self.period) {
            (Some(scheduled_at), None) => Ok(unit.latest_complete(scheduled_at)?),
            (None, Some(period)) => Ok(period),
            _ => Err(CollectionRequestError::Window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // What the input transformer of an EventBridge rule makes (infra/app.yaml, functions/schedule).
    const OF_A_RULE: &str = r#"{"control":"access-mfa","tenants":["acme","globex"],"scheduled_at":"2026-07-02T03:00:00Z",
        "requested_by":"schedule:exhibit-dev-access-mfa"}"#;

    #[test]
    fn what_a_rule_sends_means_the_newest_period_that_was_complete_when_it_fired() {
        let request: CollectionRequest = serde_json::from_str(OF_A_RULE).unwrap();
        assert_eq!(request.tenants.len(), 2);
        assert_eq!(request.window(Granularity::Day).unwrap(), "2026-07-01".parse().unwrap());
        assert_eq!(request.window(Granularity::Month).unwrap(), "2026-06".parse().unwrap());
        let again = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<CollectionRequest>(&again).unwrap(), request);
    }

    #[test]
    fn a_window_stands_for_itself_and_both_or_neither_is_refused() {
        let window: Period = "2026-07".parse().unwrap();
        let asked = |period: Option<Period>, scheduled_at: Option<Timestamp>| CollectionRequest {
            control: "access-mfa".parse().unwrap(),
            tenants: Vec::new(),
            scheduled_at,
            period,
            requested_by: "ana@acme.example".parse().unwrap(),
        };
        assert_eq!(asked(Some(window), None).window(Granularity::Day), Ok(window));
        assert_eq!(
            serde_json::to_value(asked(Some(window), None)).unwrap(),
            serde_json::json!({
                "control": "access-mfa",
                "tenants": [],
                "period": {"start": "2026-07-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"},
                "requested_by": "ana@acme.example",
            })
        );
        for neither_nor_both in [asked(None, None), asked(Some(window), Some(window.end()))] {
            let refused = neither_nor_both.window(Granularity::Day).unwrap_err();
            assert!(refused.to_string().contains("exactly one"), "{refused}");
        }
    }

    #[test]
    fn a_misspelt_member_is_named() {
        let text = OF_A_RULE.replace("scheduled_at", "scheduledAt");
        let refused = serde_json::from_str::<CollectionRequest>(&text).unwrap_err().to_string();
        assert!(refused.contains("scheduledAt"), "{refused}");
    }
}
