//! The types of MySQL and MariaDB as they send them (binary protocol), and what their values are.

use crate::value::Value;
use jiff::{civil, tz::TimeZone};
use mysql_async::{Column, Value as Sent, consts::ColumnType};
use std::borrow::Cow;

/// How values of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Number,
    Decimal,
    Bits,
    Text,
    Bytes,
    Json,
    /// Of the session's zone, which is UTC.
    Instant,
    Civil,
    Date,
    TimeOfDay,
}

/// The character set of bytes that are no characters.
const BINARY: u16 = 63;
const BROKEN: &str = "the server sent a value that is not of its type";
const NO_DATE: &str = "this is no date (0000-00-00): let the query say what that means, as NULLIF(at, 0)";

impl Reader {
    /// How values of `column` are read, or what to write in the query instead.
    pub(super) fn of(column: &Column) -> Result<Self, String> {
        use ColumnType::*;
        let binary = column.character_set() == BINARY;
        Ok(match column.column_type() {
            MYSQL_TYPE_TINY | MYSQL_TYPE_SHORT | MYSQL_TYPE_LONG | MYSQL_TYPE_INT24 | MYSQL_TYPE_LONGLONG
            | MYSQL_TYPE_YEAR | MYSQL_TYPE_FLOAT | MYSQL_TYPE_DOUBLE | MYSQL_TYPE_NULL => Self::Number,
            MYSQL_TYPE_DECIMAL | MYSQL_TYPE_NEWDECIMAL => Self::Decimal,
            MYSQL_TYPE_BIT => Self::Bits,
            MYSQL_TYPE_JSON => Self::Json,
            MYSQL_TYPE_TIMESTAMP | MYSQL_TYPE_TIMESTAMP2 => Self::Instant,
            MYSQL_TYPE_DATETIME | MYSQL_TYPE_DATETIME2 => Self::Civil,
            MYSQL_TYPE_DATE | MYSQL_TYPE_NEWDATE => Self::Date,
            MYSQL_TYPE_TIME | MYSQL_TYPE_TIME2 => Self::TimeOfDay,
            MYSQL_TYPE_VARCHAR
            | MYSQL_TYPE_VAR_STRING
            | MYSQL_TYPE_STRING
            | MYSQL_TYPE_ENUM
            | MYSQL_TYPE_SET
            | MYSQL_TYPE_BLOB
            | MYSQL_TYPE_TINY_BLOB
            | MYSQL_TYPE_MEDIUM_BLOB
            | MYSQL_TYPE_LONG_BLOB => match binary {
                true => Self::Bytes,
                false => Self::Text,
            },
            other => {
                return Err(format!("values of the type {other:?} are not read: write CAST(… AS CHAR) in the query"));
            }
        })
    }

    /// The value that was sent.
    pub(super) fn read(self, sent: &Sent) -> Result<Value<'_>, String> {
        match (self, sent) {
            (_, Sent::NULL) => Ok(Value::Null),
            (Self::Number, Sent::Int(value)) => Ok(Value::Integer(*value)),
            (Self::Number, Sent::UInt(value)) => {
                Ok(i64::try_from(*value).map_or_else(|_| Value::Decimal(value.to_string().into()), Value::Integer))
            }
            // The shortest digits that are read back to the same: 0.1 and not 0.10000000149.
            (Self::Number, Sent::Float(value)) => {
                value.to_string().parse().map(Value::Real).map_err(|_| BROKEN.to_owned())
            }
            (Self::Number, Sent::Double(value)) => Ok(Value::Real(*value)),
            (Self::Decimal, Sent::Bytes(bytes)) => text(bytes).map(Value::Decimal),
            (Self::Text, Sent::Bytes(bytes)) => text(bytes).map(Value::Text),
            (Self::Json, Sent::Bytes(bytes)) => text(bytes).map(Value::Json),
            (Self::Bytes, Sent::Bytes(bytes)) => Ok(Value::Bytes(bytes)),
            (Self::Bits, Sent::Bytes(bytes)) => bits(bytes),
            (Self::Instant | Self::Civil | Self::Date, Sent::Date(..)) => self.date(sent),
            (Self::TimeOfDay, Sent::Time(is_negative, days, hours, minutes, seconds, microseconds)) => {
                let (sign, hours) = (if *is_negative { "-" } else { "" }, u64::from(*days) * 24 + u64::from(*hours));
                let fraction = if *microseconds > 0 { format!(".{microseconds:06}") } else { String::new() };
                Ok(Value::Text(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}").into()))
            }
            _ => Err(BROKEN.to_owned()),
        }
    }

    fn date(self, sent: &Sent) -> Result<Value<'static>, String> {
        let Sent::Date(year, month, day, hour, minute, second, microsecond) = *sent else {
            return Err(BROKEN.to_owned());
        };
        let small = |part: u8| i8::try_from(part).unwrap_or(i8::MAX);
        let nanosecond = i32::try_from(microsecond).ok().and_then(|part| part.checked_mul(1000)).unwrap_or(i32::MAX);
        let date = civil::Date::new(year.cast_signed(), small(month), small(day)).map_err(|_| NO_DATE)?;
        let time = civil::Time::new(small(hour), small(minute), small(second), nanosecond).map_err(|_| BROKEN)?;
        let at = date.to_datetime(time);
        Ok(match self {
            Self::Instant => Value::Instant(TimeZone::UTC.to_timestamp(at).map_err(|_| NO_DATE)?),
            Self::Date => Value::Text(date.to_string().into()),
            _ => Value::Civil(at.to_string().replace('T', " ").into()),
        })
    }
}

fn text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| "this text is not UTF-8".to_owned())
}

/// BIT(n): up to 64 bits, the highest first.
fn bits(bytes: &[u8]) -> Result<Value<'static>, String> {
    let value = bytes.iter().try_fold(0_u64, |value, byte| value.checked_mul(256)?.checked_add((*byte).into()));
    let value = value.ok_or(BROKEN)?;
    Ok(i64::try_from(value).map_or_else(|_| Value::Decimal(value.to_string().into()), Value::Integer))
}
