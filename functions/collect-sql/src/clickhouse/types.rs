//! The types of ClickHouse, by their names, and what the JSON of their values is.

use crate::value::Value;
use domain::Timestamp;
use std::borrow::Cow;

/// How values of a type are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Number,
    /// A double, and whether null is one of its values: what is no number is written as null, too.
    Float(bool),
    Boolean,
    Text,
    /// Written in UTC.
    Instant,
    Civil,
    List,
}

const BROKEN: &str = "the server sent a value that is not of its type";
const NOT_FINITE: &str = "this is infinite or no number; correct the source or the query";
const UTC: [&str; 4] = ["'UTC'", "'Etc/UTC'", "'GMT'", "'Etc/GMT'"];

impl Reader {
    /// How values of the type called `name` are read, or what to write in the query instead.
    pub(super) fn of(name: &str) -> Result<Self, String> {
        let (plain, nullable) = unwrapped(name);
        let (base, arguments) =
            plain.split_once('(').map_or((plain, ""), |(base, rest)| (base, rest.trim_end_matches(')')));
        let is_utc = UTC.contains(&arguments.rsplit(',').next().unwrap_or_default().trim());
        Ok(match base {
            "Bool" => Self::Boolean,
            "Float32" | "Float64" | "BFloat16" => Self::Float(nullable),
            "String" | "FixedString" | "Enum8" | "Enum16" | "UUID" | "IPv4" | "IPv6" | "Date" | "Date32"
            | "Nothing" => Self::Text,
            "DateTime" | "DateTime64" if is_utc => Self::Instant,
            "DateTime" | "DateTime64" => Self::Civil,
            "Array" | "Tuple" | "Map" | "Nested" | "JSON" | "Object" => Self::List,
            _ if base.starts_with("Decimal") || base.trim_start_matches('U').starts_with("Int") => Self::Number,
            _ => return Err(format!("values of the type {name} are not read: write toString(…) in the query")),
        })
    }

    /// The value of this JSON text.
    pub(super) fn read(self, json: &str) -> Result<Value<'_>, String> {
        match (self, json.as_bytes().first()) {
            (Self::Float(false), Some(b'n')) => Err(NOT_FINITE.to_owned()),
            (_, Some(b'n')) => Ok(Value::Null),
            (Self::List, _) => Ok(Value::List(json.to_owned())),
            (Self::Boolean, Some(b't')) => Ok(Value::Boolean(true)),
            (Self::Boolean, Some(b'f')) => Ok(Value::Boolean(false)),
            (Self::Boolean, _) => Err(BROKEN.to_owned()),
            _ => self.scalar(text(json)?),
        }
    }

    fn scalar(self, text: Cow<'_, str>) -> Result<Value<'_>, String> {
        Ok(match self {
            // Large integers stand in quotes, by a setting of the server.
            Self::Number => text.parse().map_or_else(|_| Value::Decimal(text), Value::Integer),
            Self::Float(_) => Value::Real(text.parse().map_err(|_| NOT_FINITE)?),
            Self::Instant => Value::Instant(instant(&text).ok_or(BROKEN)?),
            Self::Civil => Value::Civil(text),
            _ => Value::Text(text),
        })
    }
}

/// The type inside Nullable and LowCardinality, and whether null is one of its values.
fn unwrapped(name: &str) -> (&str, bool) {
    let inside = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(')'));
    match (inside("Nullable("), inside("LowCardinality(")) {
        (Some(inner), _) => (unwrapped(inner).0, true),
        (_, Some(inner)) => unwrapped(inner),
        _ => (name, false),
    }
}

fn text(json: &str) -> Result<Cow<'_, str>, String> {
    if !json.starts_with('"') {
        return Ok(Cow::Borrowed(json));
    }
    let plain = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|plain| !plain.contains('\\'));
    match plain {
        Some(plain) => Ok(Cow::Borrowed(plain)),
        None => serde_json::from_str(json).map(Cow::Owned).map_err(|_| BROKEN.to_owned()),
    }
}

/// `2026-07-01 12:00:00.250` of a column in UTC; some servers write it in ISO 8601.
fn instant(text: &str) -> Option<Timestamp> {
    match text.ends_with('Z') {
        true => text.parse().ok(),
        false => format!("{}Z", text.replace(' ', "T")).parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn values_of_each_type_are_read_by_its_name() {
        for (kind, json, value) in [
            ("UInt64", "\"18446744073709551615\"", Value::Decimal("18446744073709551615".into())),
            ("LowCardinality(Nullable(Int8))", "-3", Value::Integer(-3)),
            ("Nullable(Int8)", "null", Value::Null),
            ("Decimal(18, 2)", "12.50", Value::Decimal("12.50".into())),
            ("Float64", "0.1", Value::Real(0.1)),
            ("Nullable(Float64)", "null", Value::Null),
            ("Bool", "true", Value::Boolean(true)),
            ("String", r#""a\"b""#, Value::Text("a\"b".into())),
            ("Enum8('a' = 1, '(' = 2)", "\"a\"", Value::Text("a".into())),
            ("DateTime('UTC')", "\"2026-07-01 12:00:00\"", Value::Instant("2026-07-01T12:00:00Z".parse().unwrap())),
            (
                "DateTime64(3, 'UTC')",
                "\"2026-07-01T12:00:00.250Z\"",
                Value::Instant("2026-07-01T12:00:00.25Z".parse().unwrap()),
            ),
            ("DateTime", "\"2026-07-01 12:00:00\"", Value::Civil("2026-07-01 12:00:00".into())),
            ("DateTime('Europe/Berlin')", "\"2026-07-01 12:00:00\"", Value::Civil("2026-07-01 12:00:00".into())),
            ("Array(String)", "[\"a\"]", Value::List("[\"a\"]".into())),
        ] {
            assert_eq!(Reader::of(kind).unwrap().read(json), Ok(value), "{kind}");
        }
        assert!(Reader::of("Float64").unwrap().read("null").is_err());
        assert!(Reader::of("AggregateFunction(sum, Int8)").is_err());
    }
}
