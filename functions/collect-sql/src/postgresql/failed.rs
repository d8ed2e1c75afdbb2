//! What PostgreSQL says when it does not answer.

use crate::ask::Ask;
use collecting::CollectError;
use std::error::Error as _;
use tokio_postgres::{
    Error,
    error::{DbError, SqlState},
};

// Classes of SQLSTATE whose messages hold names of the statement and the server. Others (22, 23, P0 …) may hold what is in the tables.
const TELLING: [&str; 14] = ["08", "0A", "25", "26", "28", "3D", "3F", "42", "53", "54", "55", "57", "58", "F0"];

/// The error of a collection for one of PostgreSQL.
pub(super) fn failed(ask: &Ask, error: &Error) -> CollectError {
    if let Some(told) = error.as_db_error() {
        return told_by_server(ask, told);
    }
    let text = chain(error);
    if text.contains("TLS") {
        return ask.refused(&format!(
            "{}; connections are encrypted and the certificate is checked: for a certificate authority of your own name its file in SSL_CERT_FILE",
            ask.said(&text)
        ));
    }
    if text.contains("authentication") || text.contains("password") {
        return ask.refused(&ask.said(&text));
    }
    if error.is_closed() || is_broken(error) {
        return ask.unanswered(&ask.said(&text));
    }
    ask.unusable(&ask.said(&text))
}

fn told_by_server(ask: &Ask, told: &DbError) -> CollectError {
    let (code, text) = (told.code(), message(ask, told));
    if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE {
        return ask.too_slow();
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return ask.refused(&format!("{text}; GRANT the right to read it, and nothing more"));
    }
    match code.code().get(..2).unwrap_or_default() {
        "28" => ask.refused(&text),
        "08" | "53" | "57" | "58" => ask.unanswered(&text),
        "25" => ask.unusable(&format!("{text}; a query only reads")),
        _ => ask.unusable(&text),
    }
}

fn message(ask: &Ask, told: &DbError) -> String {
    let code = told.code().code();
    if TELLING.iter().any(|class| code.starts_with(class)) {
        return format!("{} (SQLSTATE {code})", ask.said(told.message()));
    }
    format!("SQLSTATE {code}; what the server says of it may hold what is in its tables, and is not repeated")
}

/// The error with what caused it: the client's own words name only what it was doing.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

fn is_broken(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<std::io::Error>() {
            return true;
        }
        cause = inner.source();
    }
    let text = error.to_string();
    text.contains("connect") || text.contains("timeout")
}
