//! A period in the notation that people write (`2026-Q3`), as text on the wire.

use domain::Period;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

pub(crate) fn serialize<S: Serializer>(period: &Period, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(period)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Period, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// The same for a period that may be absent.
pub(crate) mod optional {
    use domain::Period;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(period: &Option<Period>, serializer: S) -> Result<S::Ok, S::Error> {
        match period {
            Some(period) => serializer.collect_str(period),
            None => serializer.serialize_none(),
        }
    }

    // Absent is no period; null is a period that somebody forgot to fill in.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Period>, D::Error> {
        super::deserialize(deserializer).map(Some)
    }
}
