//! What ClickHouse says when it does not answer.

use crate::ask::Ask;
use collecting::CollectError;
use std::io;
use ureq::{Body, Error, http::Response};

// Codes whose messages hold names of the statement and the server: unknown function, column, table, database; syntax; rights.
const TELLING: [u32; 13] = [36, 42, 43, 46, 47, 60, 62, 81, 115, 164, 192, 497, 516];
const DENIED: [u32; 5] = [192, 193, 194, 497, 516];
const TOO_SLOW: [u32; 2] = [159, 160];
/// Too many queries, network, no memory left.
const LATER: [u32; 5] = [202, 209, 210, 241, 439];
const READ_ONLY: u32 = 164;
// What is read of an error.
const LONGEST: u64 = 16 << 10;

/// The error of a collection for a request that got no answer.
pub(super) fn transport(ask: &Ask, error: &Error) -> CollectError {
    let text = ask.said(&error.to_string());
    match error {
        Error::Timeout(timeout) if *timeout != ureq::Timeout::Connect => ask.too_slow(),
        Error::Io(error) if error.kind() != io::ErrorKind::InvalidData => ask.unanswered(&text),
        Error::Timeout(_) | Error::HostNotFound | Error::ConnectionFailed => ask.unanswered(&text),
        Error::Io(_) | Error::Rustls(_) | Error::Tls(_) => ask.refused(&format!(
            "{text}; connections are encrypted and the certificate is checked: for a certificate authority of your own name its file in SSL_CERT_FILE"
        )),
        _ => ask.unusable(&text),
    }
}

/// The error for an answer that broke off.
pub(super) fn while_reading(ask: &Ask, error: &io::Error) -> CollectError {
    match error.kind() {
        io::ErrorKind::TimedOut => ask.too_slow(),
        _ => ask.unanswered(&format!("the answer broke off: {}", ask.said(&error.to_string()))),
    }
}

/// The error for an answer with another status than 200.
pub(super) fn told_by_server(ask: &Ask, mut response: Response<Body>) -> CollectError {
    let status = response.status().as_u16();
    let code = response.headers().get("x-clickhouse-exception-code").and_then(|code| code.to_str().ok()?.parse().ok());
    let text = response.body_mut().with_config().limit(LONGEST).read_to_string().unwrap_or_default();
    match code.or_else(|| code_in(&text)) {
        Some(code) => of_code(ask, code, &text),
        None if matches!(status, 401 | 403) => ask.refused(&format!("status {status}")),
        None if status == 429 || status >= 500 => ask.unanswered(&format!("status {status}")),
        None => ask.unusable(&format!("status {status}: is this the HTTP interface of ClickHouse?")),
    }
}

/// The error for a line that is no row: a server that fails while it answers writes why among the rows.
pub(super) fn in_body(ask: &Ask, line: &[u8]) -> CollectError {
    let text = String::from_utf8_lossy(line);
    match code_in(&text) {
        Some(code) => of_code(ask, code, &text),
        None => ask.unanswered("the answer broke off, or is none of ClickHouse"),
    }
}

fn of_code(ask: &Ask, code: u32, text: &str) -> CollectError {
    let text = message(ask, code, text);
    match code {
        READ_ONLY => ask.unusable(&format!("{text}; a query only reads")),
        code if TOO_SLOW.contains(&code) => ask.too_slow(),
        code if LATER.contains(&code) => ask.unanswered(&text),
        code if DENIED.contains(&code) => ask.refused(&text),
        _ => ask.unusable(&text),
    }
}

fn message(ask: &Ask, code: u32, text: &str) -> String {
    if TELLING.contains(&code) {
        let text = text.split_once("DB::Exception: ").map_or(text, |(_, text)| text);
        return format!("{} (code {code})", ask.said(text));
    }
    format!("code {code}; what the server says of it may hold what is in its tables, and is not repeated")
}

/// `62` of `Code: 62. DB::Exception: …`
fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    let (code, rest) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
    rest.contains("DB::").then(|| code.parse().ok()).flatten()
}
