//! The types of PostgreSQL as it sends them (binary format), and what their values are.

use super::number;
use crate::value::{Value, hexadecimal};
use domain::Timestamp;
use jiff::{SignedDuration, civil::DateTime};
use std::{
    borrow::Cow,
    error::Error,
    net::{Ipv4Addr, Ipv6Addr},
};
use tokio_postgres::types::{FromSql, Kind, Type};

/// The bytes of a value; none for null.
pub(super) struct Raw<'a>(pub(super) Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// How values of a type are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reader {
    Boolean,
    /// An integer of so many bytes, with a sign.
    Integer,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    Json,
    Jsonb,
    Instant,
    Civil,
    Date,
    Uuid,
    Bytes,
    Network,
    List(Box<Reader>),
}

const BROKEN: &str = "the server sent a value that is not of its type";
const INFINITE: &str = "this is infinity: let the query say what that means, as CASE WHEN isfinite(at) THEN at END";

impl Reader {
    /// How values of `kind` are read, or what to write in the query instead.
    pub(super) fn of(kind: &Type) -> Result<Self, String> {
        let of_kind = match kind.kind() {
            Kind::Array(inner) => Some(Self::of(inner).map(|inner| Self::List(Box::new(inner)))),
            Kind::Domain(inner) => Some(Self::of(inner)),
            Kind::Enum(_) => Some(Ok(Self::Text)),
            _ => None,
        };
        of_kind.unwrap_or_else(|| {
            let other = || format!("values of the type {kind} are not read: write CAST(… AS text) in the query");
            Self::simple(kind).ok_or_else(other)
        })
    }

    fn simple(kind: &Type) -> Option<Self> {
        Some(match *kind {
            Type::BOOL => Self::Boolean,
            Type::INT2 | Type::INT4 | Type::INT8 => Self::Integer,
            Type::OID => Self::Oid,
            Type::FLOAT4 => Self::Float4,
            Type::FLOAT8 => Self::Float8,
            Type::NUMERIC => Self::Numeric,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN | Type::XML => {
                Self::Text
            }
            Type::JSON => Self::Json,
            Type::JSONB => Self::Jsonb,
            Type::TIMESTAMPTZ => Self::Instant,
            Type::TIMESTAMP => Self::Civil,
            Type::DATE => Self::Date,
            Type::UUID => Self::Uuid,
            Type::BYTEA => Self::Bytes,
            Type::INET | Type::CIDR => Self::Network,
            _ if kind.name() == "citext" => Self::Text,
            _ => return None,
        })
    }

    /// The value of these bytes.
    pub(super) fn read<'a>(&self, raw: Option<&'a [u8]>) -> Result<Value<'a>, String> {
        let Some(raw) = raw else { return Ok(Value::Null) };
        self.value(raw).ok_or_else(|| match self {
            Self::Instant | Self::Civil | Self::Date => INFINITE.to_owned(),
            _ => BROKEN.to_owned(),
        })
    }

    fn value<'a>(&self, raw: &'a [u8]) -> Option<Value<'a>> {
        Some(match self {
            Self::Boolean => Value::Boolean(raw != [0]),
            Self::Integer => Value::Integer(integer(raw)?),
            Self::Oid => Value::Integer(u32::from_be_bytes(raw.try_into().ok()?).into()),
            // The shortest digits that are read back to the same: 0.1 and not 0.10000000149.
            Self::Float4 => Value::Real(f32::from_be_bytes(raw.try_into().ok()?).to_string().parse().ok()?),
            Self::Float8 => Value::Real(f64::from_be_bytes(raw.try_into().ok()?)),
            Self::Numeric => Value::Decimal(number::digits(raw)?.into()),
            Self::Text => Value::Text(text(raw)?),
            Self::Json => Value::Json(text(raw)?),
            Self::Jsonb => Value::Json(text(raw.strip_prefix(&[1])?)?),
            Self::Instant => Value::Instant(Timestamp::from_microsecond(integer(raw)?.checked_add(SINCE_1970)?).ok()?),
            Self::Civil => Value::Civil(civil(integer(raw)?)?.to_string().replace('T', " ").into()),
            Self::Date => Value::Text(civil(integer(raw)?.checked_mul(DAY)?)?.date().to_string().into()),
            Self::Uuid => Value::Text(uuid(raw)?.into()),
            Self::Bytes => Value::Bytes(raw),
            Self::Network => Value::Text(network(raw)?.into()),
            Self::List(inner) => Value::List(list(inner, raw)?.to_string()),
        })
    }
}

/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const SINCE_1970: i64 = 946_684_800_000_000;
const DAY: i64 = 86_400_000_000;

fn integer(raw: &[u8]) -> Option<i64> {
    match raw.len() {
        2 => Some(i16::from_be_bytes(raw.try_into().ok()?).into()),
        4 => Some(i32::from_be_bytes(raw.try_into().ok()?).into()),
        _ => Some(i64::from_be_bytes(raw.try_into().ok()?)),
    }
}

fn civil(microseconds: i64) -> Option<DateTime> {
    jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0).checked_add(SignedDuration::from_micros(microseconds)).ok()
}

fn text(raw: &[u8]) -> Option<Cow<'_, str>> {
    std::str::from_utf8(raw).ok().map(Cow::Borrowed)
}

fn uuid(raw: &[u8]) -> Option<String> {
    let digits = hexadecimal(raw);
    let part = |from: usize, to: usize| digits.get(from..to);
    Some([part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?].join("-"))
}

/// `10.0.0.0/8`; for a single machine the address alone. Family, bits of the mask, whether it is a network, length, address.
fn network(raw: &[u8]) -> Option<String> {
    let [_, mask, is_network, length, address @ ..] = raw else { return None };
    let (address, all) = match length {
        4 => (Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?).to_string(), 32),
        _ => (Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?).to_string(), 128),
    };
    Some(if *mask == all && *is_network == 0 { address } else { format!("{address}/{mask}") })
}

/// An array as JSON: dimensions, whether it has nulls, the type of its elements, length and lower bound of each dimension, then the elements.
fn list(inner: &Reader, raw: &[u8]) -> Option<serde_json::Value> {
    let dimensions = usize::try_from(integer(raw.get(..4)?)?).ok()?;
    let mut lengths = Vec::new();
    for dimension in 0..dimensions {
        let at = 12 + 8 * dimension;
        lengths.push(usize::try_from(integer(raw.get(at..at + 4)?)?).ok()?);
    }
    let mut rest = raw.get(12 + 8 * dimensions..)?;
    if lengths.is_empty() {
        return Some(serde_json::Value::Array(Vec::new()));
    }
    elements(inner, &lengths, &mut rest)
}

fn elements(inner: &Reader, lengths: &[usize], rest: &mut &[u8]) -> Option<serde_json::Value> {
    let Some((length, deeper)) = lengths.split_first() else { return element(inner, rest) };
    let all: Option<Vec<_>> = (0..*length).map(|_| elements(inner, deeper, rest)).collect();
    all.map(serde_json::Value::Array)
}

fn element(inner: &Reader, rest: &mut &[u8]) -> Option<serde_json::Value> {
    let (length, behind) = rest.split_at_checked(4)?;
    let Ok(length) = usize::try_from(integer(length)?) else {
        *rest = behind;
        return Some(serde_json::Value::Null);
    };
    let (raw, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(match inner.value(raw)? {
        Value::Boolean(value) => value.into(),
        Value::Integer(value) => value.into(),
        Value::Real(value) => value.into(),
        // As text: JSON's numbers are doubles.
        Value::Decimal(text) | Value::Text(text) | Value::Civil(text) => text.into(),
        Value::Json(text) => serde_json::from_str(&text).ok()?,
        Value::Instant(instant) => instant.to_string().into(),
        Value::Bytes(bytes) => hexadecimal(bytes).into(),
        Value::Null | Value::List(_) => return None,
    })
}
