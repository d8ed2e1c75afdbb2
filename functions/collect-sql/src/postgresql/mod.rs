//! PostgreSQL: one statement in a transaction that only reads, by an account that can only read.

mod bound;
mod connection;
mod failed;
mod number;
mod rights;
mod types;

use crate::{
    ask::{Ask, Facts},
    document::{Beginning, Columns, check_count},
    network::Address,
    stream::Stream,
};
use bound::Bound;
use collecting::{CollectError, Fetched, Pace, Retry};
use connection::Connection;
use failed::failed;
use futures_util::{TryStreamExt as _, pin_mut};
use std::time::Duration;
use storage::Spool;
use tokio_postgres::{Client, Row, Statement};
use types::{Raw, Reader};

/// The port of PostgreSQL.
pub(crate) const PORT: u16 = 5432;

/// Asks, and writes the answer to `spool`.
pub(crate) async fn fetch(
    ask: &Ask,
    address: &Address,
    retry: &Retry,
    pace: &Pace,
    spool: Spool,
) -> Result<Fetched, CollectError> {
    let connection = ask.retrying(retry, || ask.within(Connection::open(ask, address))).await?;
    let client = &connection.client;
    let facts = ask.within(begin(ask, client)).await?;
    ask.within(rights::refuse_writers(ask, client)).await?;
    let statement = ask.within(prepare(ask, client)).await?;
    let counted = count(ask, client, pace).await?;
    ask.turn(pace).await?;
    limit(ask, client).await?;
    let fetched = ask.within(rows(ask, client, &statement, counted, Beginning::new(ask, &facts, spool))).await?;
    // What only read has nothing to undo, and the connection ends here.
    drop(connection);
    Ok(fetched)
}

/// What every later statement stands on: nothing is written, everything is of one instant, texts are the same for every server.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
    SET LOCAL standard_conforming_strings = on; SET LOCAL TIME ZONE 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; \
    SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1";

const FACTS: &str = "SELECT session_user::text, current_setting('server_version'), current_setting('transaction_isolation'), \
    current_setting('transaction_read_only'), \
    to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

async fn begin(ask: &Ask, client: &Client) -> Result<Facts, CollectError> {
    client.batch_execute(BEGIN).await.map_err(|error| failed(ask, &error))?;
    limit(ask, client).await?;
    let row = client.query_one(FACTS, &[]).await.map_err(|error| failed(ask, &error))?;
    let fact = |place: usize| row.try_get::<_, String>(place).map_err(|error| failed(ask, &error));
    if fact(3)? != "on" {
        return Err(ask.unusable("the transaction is not read only, though it was begun so"));
    }
    Ok(Facts::from([
        ("user", fact(0)?),
        ("engine_version", format!("PostgreSQL {}", fact(1)?)),
        ("isolation_level", format!("{}, read only", fact(2)?)),
        ("server_time", fact(4)?),
    ]))
}

/// Tells the server how long the next statement may take.
async fn limit(ask: &Ask, client: &Client) -> Result<(), CollectError> {
    let milliseconds = u64::try_from(ask.time_left().as_millis()).unwrap_or(u64::MAX).clamp(1, MOST_MILLISECONDS);
    let set = format!("SET LOCAL statement_timeout = {milliseconds}; SET LOCAL lock_timeout = {milliseconds}");
    client.batch_execute(&set).await.map_err(|error| failed(ask, &error))
}

const MOST_MILLISECONDS: u64 = Duration::from_secs(86_400).as_secs() * 1000;

async fn prepare(ask: &Ask, client: &Client) -> Result<Statement, CollectError> {
    let statement = client.prepare(&ask.statement.text).await.map_err(|error| failed(ask, &error))?;
    for ((name, value), kind) in ask.parameters.of(&ask.statement.names).zip(statement.params()) {
        bound::check(value, kind).map_err(|reason| ask.unusable(&format!("parameter :{name}: {reason}")))?;
    }
    Ok(statement)
}

async fn count(ask: &Ask, client: &Client, pace: &Pace) -> Result<Option<u64>, CollectError> {
    let Some(text) = &ask.statement.count else { return Ok(None) };
    ask.turn(pace).await?;
    limit(ask, client).await?;
    let counting = async {
        let statement = client.prepare(text).await.map_err(|error| failed(ask, &error))?;
        let rows = client.query_raw(&statement, bound(ask)).await.map_err(|error| failed(ask, &error))?;
        pin_mut!(rows);
        let row = rows.try_next().await.map_err(|error| failed(ask, &error))?;
        let counted = row.and_then(|row| row.try_get::<_, i64>(0).ok()).and_then(|counted| u64::try_from(counted).ok());
        counted.ok_or_else(|| ask.unusable("it could not count its rows"))
    };
    ask.within(counting).await.map(Some)
}

fn bound(ask: &Ask) -> Vec<Bound<'_>> {
    ask.parameters.of(&ask.statement.names).map(|(_, value)| Bound(value)).collect()
}

async fn rows(
    ask: &Ask,
    client: &Client,
    statement: &Statement,
    counted: Option<u64>,
    beginning: Beginning,
) -> Result<Fetched, CollectError> {
    let names: Vec<&str> = statement.columns().iter().map(tokio_postgres::Column::name).collect();
    let mut columns = Columns::find(ask, &names)?;
    let readers = readers(ask, statement, &columns)?;
    let mut stream = Stream::begin(beginning, columns.width());
    let rows = client.query_raw(statement, bound(ask)).await.map_err(|error| failed(ask, &error))?;
    pin_mut!(rows);
    while let Some(row) = rows.try_next().await.map_err(|error| failed(ask, &error))? {
        take(&row, &readers, &mut columns, &mut stream)?;
        stream.row().await?;
    }
    check_count(ask, counted, columns.rows())?;
    stream.finish(counted).await
}

/// How each column that is declared is read; none for one that nobody asked for.
fn readers(ask: &Ask, statement: &Statement, columns: &Columns) -> Result<Vec<Option<Reader>>, CollectError> {
    let readers = statement.columns().iter().enumerate().map(|(place, column)| {
        if !columns.places.contains(&Some(place)) {
            return Ok(None);
        }
        let reader = Reader::of(column.type_());
        reader.map(Some).map_err(|reason| ask.unusable(&format!("column {:?}: {reason}", column.name())))
    });
    readers.collect()
}

fn take(row: &Row, readers: &[Option<Reader>], columns: &mut Columns, stream: &mut Stream) -> Result<(), CollectError> {
    columns.row(&mut stream.cells, |place| {
        let Raw(bytes) = row.try_get(place).map_err(|error| error.to_string())?;
        let reader = readers.get(place).and_then(Option::as_ref).ok_or("nobody asked for it")?;
        reader.read(bytes)
    })
}
