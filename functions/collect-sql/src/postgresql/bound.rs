//! Parameters for PostgreSQL: sent as text, which the server reads as the type it gave them.

use crate::parameter::Parameter;
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

/// A parameter as it is sent.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Parameter);

impl ToSql for Bound<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.text().as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Whether the server reads a parameter as what it is. It would drop a zone without a word.
pub(super) fn check(value: &Parameter, kind: &Type) -> Result<(), String> {
    let Parameter::Instant(_) = value else { return Ok(()) };
    match *kind {
        Type::TIMESTAMPTZ | Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::UNKNOWN => Ok(()),
        _ => Err(format!(
            "it is an instant, and the server takes it for {kind}: write CAST(… AS timestamptz) around it, and AT TIME ZONE 'UTC' behind that for a column without a zone"
        )),
    }
}
