//! What MySQL and MariaDB say when they do not answer.

use crate::ask::Ask;
use collecting::CollectError;
use mysql_async::{DriverError, Error, IoError, ServerError};

// Classes of SQLSTATE whose messages hold names of the statement and the server. Others (22, 23, HY …) may hold what is in the tables.
const TELLING: [&str; 5] = ["08", "0A", "25", "28", "42"];
const DENIED: [u16; 10] = [1044, 1045, 1130, 1142, 1143, 1227, 1370, 1698, 1820, 3118];
/// Interrupted; max_statement_time (MariaDB), max_execution_time (MySQL).
const TOO_SLOW: [u16; 3] = [1317, 1969, 3024];
/// Too many connections, shutting down, killed, waiting for a lock.
const LATER: [u16; 8] = [1040, 1053, 1077, 1079, 1203, 1205, 1226, 1927];
const READ_ONLY: u16 = 1792;

/// The error of a collection for one of MySQL.
pub(super) fn failed(ask: &Ask, error: &Error) -> CollectError {
    match error {
        Error::Server(told) => told_by_server(ask, told),
        Error::Io(IoError::Io(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
            ask.unanswered(&ask.said(&error.to_string()))
        }
        Error::Driver(DriverError::ConnectionClosed) => ask.unanswered("the connection broke off"),
        Error::Io(_) | Error::Driver(DriverError::NoClientSslFlagFromServer) => ask.refused(&format!(
            "{}; connections are encrypted and the certificate is checked: for a certificate authority of your own name its file in SSL_CERT_FILE",
            ask.said(&error.to_string())
        )),
        _ => ask.unusable(&ask.said(&error.to_string())),
    }
}

fn told_by_server(ask: &Ask, told: &ServerError) -> CollectError {
    let text = message(ask, told);
    match told.code {
        READ_ONLY => ask.unusable(&format!("{text}; a query only reads")),
        code if TOO_SLOW.contains(&code) => ask.too_slow(),
        code if LATER.contains(&code) => ask.unanswered(&text),
        code if DENIED.contains(&code) => ask.refused(&text),
        _ => ask.unusable(&text),
    }
}

fn message(ask: &Ask, told: &ServerError) -> String {
    let ServerError { code, message, state } = told;
    let is_known = LATER.contains(code) || DENIED.contains(code) || *code == READ_ONLY;
    if is_known || TELLING.iter().any(|class| state.starts_with(class)) {
        return format!("{} (error {code})", ask.said(message));
    }
    format!(
        "error {code}, SQLSTATE {state}; what the server says of it may hold what is in its tables, and is not repeated"
    )
}
