//! ClickHouse over its HTTP interface: one statement with `readonly`, by an account that can only read.

mod answer;
mod client;
mod failed;
mod rights;
mod types;

use crate::{
    ask::{Ask, Facts},
    document::{Beginning, Columns, Document, check_count},
    network::Address,
};
use answer::Answer;
use client::Client;
use collecting::{CollectError, Fetched, Pace, Retry, on_a_thread};
use std::sync::Arc;
use storage::Spool;
use types::Reader;

/// Where the HTTP interface of a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    is_encrypted: bool,
    address: Address,
}

const PORT: u16 = 8123;
const PORT_WITH_TLS: u16 = 8443;

impl Server {
    /// Reads `https://audit.db.acme.example:8443/audit`. Without a scheme it is https; without a database the account's own.
    pub(crate) fn parse(text: &str) -> Result<Self, CollectError> {
        let (is_encrypted, rest) = match text.strip_prefix("http://") {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix("https://").unwrap_or(text)),
        };
        let port = if is_encrypted { PORT_WITH_TLS } else { PORT };
        Ok(Self { is_encrypted, address: Address::parse(rest.trim_end_matches('/'), port)? })
    }

    /// As a person addresses it.
    pub(crate) fn told(&self) -> String {
        format!("{}://{}", if self.is_encrypted { "https" } else { "http" }, self.address.told())
    }
}

/// Asks, and writes the answer to `spool`.
pub(crate) async fn fetch(
    ask: Ask,
    server: Server,
    retry: &Retry,
    pace: &Pace,
    spool: Spool,
) -> Result<Fetched, CollectError> {
    let ask = Arc::new(ask);
    let attempt = || {
        let (ask, server) = (Arc::clone(&ask), server.clone());
        on_a_thread(move || Client::new(ask, &server).and_then(Client::begin))
    };
    let client = ask.retrying(retry, attempt).await?;
    ask.turn(pace).await?;
    on_a_thread(move || {
        rights::refuse_writers(&client)?;
        write(&client, spool)
    })
    .await
}

fn write(client: &Client, spool: Spool) -> Result<Fetched, CollectError> {
    let ask = &client.ask;
    let mut answer = client.ask(&ask.statement.text, &client.settings())?;
    let mut columns = Columns::find(ask, &answer.names)?;
    let readers = readers(ask, &answer, &columns)?;
    let facts: Facts = client.facts.clone();
    let mut document = Document::begin(Beginning::new(ask, &facts, spool))?;
    let mut cells = Vec::with_capacity(columns.width());
    let counted = answer.counted;
    while let Some(row) = answer.next_row(ask)? {
        cells.clear();
        columns.row(&mut cells, |place| {
            let reader = readers.get(place).and_then(Option::as_ref).ok_or("nobody asked for it")?;
            reader.read(row.get(place).ok_or("the server sent no value for it")?.get())
        })?;
        document.row(&cells)?;
    }
    // Servers before 23 do not count, or say 0.
    let counted = counted.filter(|counted| *counted > 0 || columns.rows() == 0);
    check_count(ask, counted, columns.rows())?;
    document.finish(counted)
}

/// How each column that is declared is read; none for one that nobody asked for.
fn readers(ask: &Ask, answer: &Answer, columns: &Columns) -> Result<Vec<Option<Reader>>, CollectError> {
    let readers = answer.types.iter().zip(&answer.names).enumerate().map(|(place, (kind, name))| {
        if !columns.places.contains(&Some(place)) {
            return Ok(None);
        }
        Reader::of(kind).map(Some).map_err(|reason| ask.unusable(&format!("column {name:?}: {reason}")))
    });
    readers.collect()
}
