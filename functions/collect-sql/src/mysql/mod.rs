//! MySQL and MariaDB: one statement in a transaction that only reads, by an account that can only read.

mod connection;
mod failed;

mod rights;
mod types;

use crate::{
    ask::{Ask, Facts},
    document::{Beginning, Columns, check_count},
    network::Address,
    parameter::Parameter,
    stream::Stream,
};
use collecting::{CollectError, Fetched, Pace, Retry};
use domain::evidence::Cell;
use failed::failed;
use jiff::tz::TimeZone;
use mysql_async::{Conn, Params, Statement, Value, prelude::Queryable as _};
use storage::Spool;
use types::Reader;

/// The port of MySQL.
pub(crate) const PORT: u16 = 3306;

/// Asks, and writes the answer to `spool`.
pub(crate) async fn fetch(
    ask: &Ask,
    address: &Address,
    retry: &Retry,
    pace: &Pace,
    spool: Spool,
) -> Result<Fetched, CollectError> {
    let mut connection = ask.retrying(retry, || ask.within(connection::open(ask, address))).await?;
    let server = ask.within(Server::of(ask, &mut connection)).await?;
    ask.within(rights::refuse_writers(ask, &server, &mut connection)).await?;
    let facts = ask.within(begin(ask, &server, &mut connection)).await?;
    let counted = count(ask, &server, &mut connection, pace).await?;
    ask.turn(pace).await?;
    server.limit(ask, &mut connection).await?;
    let fetched = ask.within(rows(ask, &mut connection, counted, Beginning::new(ask, &facts, spool))).await?;
    // What only read has nothing to undo. Whether the server heard that we left is not ours to know.
    drop(connection.disconnect().await);
    Ok(fetched)
}

/// Which of the two it is.
struct Server {
    is_mariadb: bool,
    version: String,
}

impl Server {
    async fn of(ask: &Ask, connection: &mut Conn) -> Result<Self, CollectError> {
        let version: Option<String> =
            connection.query_first("SELECT VERSION()").await.map_err(|error| failed(ask, &error))?;
        let version = version.unwrap_or_default();
        Ok(Self { is_mariadb: version.contains("MariaDB"), version })
    }

    /// Tells the server how long the next statement may take.
    async fn limit(&self, ask: &Ask, connection: &mut Conn) -> Result<(), CollectError> {
        let left = ask.time_left();
        let set = match self.is_mariadb {
            true => format!("SET SESSION max_statement_time = {:.3}", left.as_secs_f64()),
            false => format!("SET SESSION max_execution_time = {}", left.as_millis()),
        };
        connection.query_drop(set).await.map_err(|error| failed(ask, &error))
    }

    fn read_only(&self) -> &'static str {
        if self.is_mariadb { "SELECT @@SESSION.tx_read_only" } else { "SELECT @@SESSION.transaction_read_only" }
    }
}

/// What every later statement stands on. A mode that takes backslashes or double quotes otherwise would make texts of a query mean something
/// else than was checked; a list that is cut at 1,024 bytes would be short without a word.
const BEGIN: [&str; 6] = [
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION time_zone = '+00:00', group_concat_max_len = 16777216",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
];

const FACTS: &str = "SELECT CURRENT_USER(), DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')";

async fn begin(ask: &Ask, server: &Server, connection: &mut Conn) -> Result<Facts, CollectError> {
    for statement in BEGIN {
        connection.query_drop(statement).await.map_err(|error| failed(ask, &error))?;
    }
    server.limit(ask, connection).await?;
    let read_only: Option<u8> =
        connection.query_first(server.read_only()).await.map_err(|error| failed(ask, &error))?;
    if read_only != Some(1) {
        return Err(ask.unusable("the session is not read only, though it was set so"));
    }
    let told: Option<(String, String)> = connection.query_first(FACTS).await.map_err(|error| failed(ask, &error))?;
    let (user, time) = told.unwrap_or_default();
    let engine = if server.is_mariadb { "MariaDB" } else { "MySQL" };
    Ok(Facts::from([
        ("user", user),
        ("engine_version", format!("{engine} {}", server.version)),
        ("isolation_level", "repeatable read, read only".to_owned()),
        ("server_time", time),
    ]))
}

async fn count(ask: &Ask, server: &Server, connection: &mut Conn, pace: &Pace) -> Result<Option<u64>, CollectError> {
    let Some(text) = &ask.statement.count else { return Ok(None) };
    ask.turn(pace).await?;
    server.limit(ask, connection).await?;
    let counting = async {
        let counted: Option<u64> =
            connection.exec_first(text.as_str(), bound(ask)).await.map_err(|error| failed(ask, &error))?;
        counted.ok_or_else(|| ask.unusable("it could not count its rows"))
    };
    ask.within(counting).await.map(Some)
}

fn bound(ask: &Ask) -> Params {
    let values: Vec<Value> = ask.parameters.of(&ask.statement.names).map(|(_, value)| sent(value)).collect();
    if values.is_empty() { Params::Empty } else { Params::Positional(values) }
}

/// A parameter as it is sent: instants as times of the session's zone, which is UTC.
fn sent(value: &Parameter) -> Value {
    match value {
        Parameter::Instant(instant) => instant.to_zoned(TimeZone::UTC).datetime().to_value(),
        Parameter::Declared(Cell::Null) => Value::NULL,
        Parameter::Declared(Cell::Boolean(value)) => Value::Int((*value).into()),
        Parameter::Declared(Cell::Integer(value)) => Value::Int(*value),
        Parameter::Declared(Cell::Real(value)) => Value::Double(*value),
        Parameter::Declared(Cell::Text(value)) => Value::Bytes(value.as_bytes().to_vec()),
    }
}

trait ToValue {
    fn to_value(self) -> Value;
}

impl ToValue for jiff::civil::DateTime {
    fn to_value(self) -> Value {
        // A civil time has no negative part.
        let part = |part: i8| part.unsigned_abs();
        Value::Date(
            self.year().unsigned_abs(),
            part(self.month()),
            part(self.day()),
            part(self.hour()),
            part(self.minute()),
            part(self.second()),
            self.subsec_nanosecond().unsigned_abs() / 1000,
        )
    }
}

async fn rows(
    ask: &Ask,
    connection: &mut Conn,
    counted: Option<u64>,
    beginning: Beginning,
) -> Result<Fetched, CollectError> {
    let statement: Statement =
        connection.prep(ask.statement.text.as_str()).await.map_err(|error| failed(ask, &error))?;
    let mut answer = connection.exec_iter(&statement, bound(ask)).await.map_err(|error| failed(ask, &error))?;
    let described = answer.columns().ok_or_else(|| ask.unusable("the statement gives no rows"))?;
    let names: Vec<_> = described.iter().map(mysql_async::Column::name_str).collect();
    let mut columns = Columns::find(ask, &names)?;
    let readers = readers(ask, &described, &columns)?;
    let mut stream = Stream::begin(beginning, columns.width());
    while let Some(row) = answer.next().await.map_err(|error| failed(ask, &error))? {
        columns.row(&mut stream.cells, |place| {
            let reader = readers.get(place).copied().flatten().ok_or("nobody asked for it")?;
            reader.read(row.as_ref(place).ok_or("the server sent no value for it")?)
        })?;
        stream.row().await?;
    }
    check_count(ask, counted, columns.rows())?;
    stream.finish(counted).await
}

/// How each column that is declared is read; none for one that nobody asked for.
fn readers(
    ask: &Ask,
    described: &[mysql_async::Column],
    columns: &Columns,
) -> Result<Vec<Option<Reader>>, CollectError> {
    let readers = described.iter().enumerate().map(|(place, column)| {
        if !columns.places.contains(&Some(place)) {
            return Ok(None);
        }
        let reader = Reader::of(column);
        reader.map(Some).map_err(|reason| ask.unusable(&format!("column {:?}: {reason}", column.name_str())))
    });
    readers.collect()
}
