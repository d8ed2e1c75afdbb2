//! Slots: what is expected, before anything is collected.

use crate::{ControlId, Period, SourceId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// One expected piece of evidence: what `source` has to answer for `control` over `period`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Whose evidence.
    pub tenant: TenantId,
    /// For which control.
    pub control: ControlId,
    /// From which source.
    pub source: SourceId,
    /// Over which calendar period.
    pub period: Period,
}

/// The name of the evidence of a slot within its tenant: `access-mfa.aws-iam.2026-07-01`.
///
/// It derives from the slot alone, reads back to it, and says to a person what it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceId(String);

/// Text that names no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an evidence id: it has to be <control>.<source>.<period>, as access-mfa.aws-iam.2026-07-01")]
pub struct EvidenceIdError(String);

impl Slot {
    /// Whether evidence has to be there at `now`: the period has ended, and not before collecting began (`since`).
    pub fn is_due(&self, since: Option<Timestamp>, now: Timestamp) -> bool {
        self.period.end() <= now && since.is_none_or(|since| self.period.end() > since)
    }

    /// The id of the evidence that fills this slot.
    pub fn evidence_id(&self) -> EvidenceId {
        EvidenceId(format!("{}.{}.{}", self.control, self.source, self.period))
    }
}

impl EvidenceId {
    /// The slot of `tenant` that this evidence fills.
    pub fn slot(&self, tenant: TenantId) -> Result<Slot, EvidenceIdError> {
        let wrong = || EvidenceIdError(self.0.clone());
        let mut parts = self.0.splitn(3, '.');
        let mut next = || parts.next().ok_or_else(wrong);
        Ok(Slot {
            tenant,
            control: next()?.parse().map_err(|_| wrong())?,
            source: next()?.parse().map_err(|_| wrong())?,
            period: next()?.parse().map_err(|_| wrong())?,
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EvidenceId {
    type Err = EvidenceIdError;
    fn from_str(text: &str) -> Result<Self, EvidenceIdError> {
        let id = Self(text.to_owned());
        let tenant = TenantId::new("any").map_err(|_| EvidenceIdError(text.to_owned()))?;
        let slot = id.slot(tenant)?;
        if slot.period.granularity().is_some() { Ok(id) } else { Err(EvidenceIdError(text.to_owned())) }
    }
}

impl TryFrom<String> for EvidenceId {
    type Error = EvidenceIdError;
    fn try_from(text: String) -> Result<Self, EvidenceIdError> {
        text.parse()
    }
}

impl From<EvidenceId> for String {
    fn from(id: EvidenceId) -> String {
        id.0
    }
}

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evidence_id_reads_back_to_its_slot() {
        let slot = Slot {
            tenant: TenantId::new("acme").unwrap(),
            control: ControlId::new("access-mfa").unwrap(),
            source: SourceId::new("aws-iam").unwrap(),
            period: "2026-07-01".parse().unwrap(),
        };
        let id = slot.evidence_id();
        assert_eq!(id.as_str(), "access-mfa.aws-iam.2026-07-01");
        assert_eq!(id.slot(slot.tenant.clone()).unwrap(), slot);
        assert_eq!(id.as_str().parse::<EvidenceId>().unwrap(), id);
    }

    #[test]
    fn a_slot_is_due_once_its_period_has_ended_unless_that_was_before_collecting_began() {
        let id: EvidenceId = "access-mfa.aws-iam.2026-07-01".parse().unwrap();
        let slot = id.slot(TenantId::new("acme").unwrap()).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(slot.is_due(None, at("2026-07-02T00:00:00Z")));
        assert!(!slot.is_due(None, at("2026-07-01T23:59:59Z")));
        assert!(slot.is_due(Some(at("2026-07-01T12:00:00Z")), at("2026-07-02T00:00:00Z")));
        assert!(!slot.is_due(Some(at("2026-07-02T00:00:00Z")), at("2026-07-03T00:00:00Z")));
    }

    #[test]
    fn text_that_names_no_slot_is_refused() {
        for text in ["", "a.b", "a.b.c", "a/b.c.2026", "a.b.2026-Q9", "a.b.2026-07-01.x"] {
            assert!(text.parse::<EvidenceId>().is_err(), "{text:?}");
        }
    }
}
