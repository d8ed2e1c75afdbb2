//! What the account may do beside reading. An account that can write is refused, whatever the transaction forbids it.

use super::{Server, failed::failed};
use crate::{ask::Ask, grant::Grant};
use collecting::CollectError;
use mysql_async::{Conn, prelude::Queryable as _};
use std::collections::BTreeSet;

// Rights that change nothing, beside all that begin with SHOW.
const READING: [&str; 7] =
    ["USAGE", "SELECT", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR", "REPLICA MONITOR"];

/// Refuses an account that can write. The message names rights and how to revoke them.
pub(super) async fn refuse_writers(ask: &Ask, server: &Server, connection: &mut Conn) -> Result<(), CollectError> {
    let lines = lines(ask, connection, "SHOW GRANTS").await?;
    let mut roles = BTreeSet::new();
    for line in &lines {
        roles.extend(checked(ask, line)?);
    }
    if server.is_mariadb {
        refuse_everybody(ask, connection).await?;
        return refuse_roles(ask, connection, &roles).await;
    }
    if roles.is_empty() {
        return Ok(());
    }
    // MySQL follows roles of roles itself.
    let roles: Vec<String> = roles.into_iter().collect();
    refuse_lines(ask, connection, &format!("SHOW GRANTS FOR CURRENT_USER() USING {}", roles.join(", "))).await
}

/// What an account of MariaDB may do as each of its roles: it sees that only when it takes them. It ends as the role that it had.
async fn refuse_roles(ask: &Ask, connection: &mut Conn, roles: &BTreeSet<String>) -> Result<(), CollectError> {
    let wrong = |error: mysql_async::Error| failed(ask, &error);
    let own: Option<Option<String>> = connection.query_first("SELECT CURRENT_ROLE()").await.map_err(wrong)?;
    for role in roles {
        connection.query_drop(format!("SET ROLE {role}")).await.map_err(wrong)?;
        refuse_lines(ask, connection, "SHOW GRANTS").await?;
    }
    let own = own.flatten().map_or("NONE".to_owned(), |role| format!("`{}`", role.replace('`', "``")));
    connection.query_drop(format!("SET ROLE {own}")).await.map_err(wrong)
}

async fn refuse_lines(ask: &Ask, connection: &mut Conn, statement: &str) -> Result<(), CollectError> {
    lines(ask, connection, statement).await?.iter().try_for_each(|line| checked(ask, line).map(drop))
}

async fn lines(ask: &Ask, connection: &mut Conn, statement: &str) -> Result<Vec<String>, CollectError> {
    connection.query(statement).await.map_err(|error| failed(ask, &error))
}

// What MariaDB gives everybody. Versions before 10.11 have no such role, and say so.
async fn refuse_everybody(ask: &Ask, connection: &mut Conn) -> Result<(), CollectError> {
    let lines: Vec<String> = connection.query("SHOW GRANTS FOR PUBLIC").await.unwrap_or_default();
    lines.iter().try_for_each(|line| checked(ask, line).map(drop))
}

/// The roles that a line names, or why the account is refused. The line itself may hold the hash of a password.
fn checked(ask: &Ask, line: &str) -> Result<Vec<String>, CollectError> {
    match Grant::read(line) {
        Some(Grant::Nothing) => Ok(Vec::new()),
        Some(Grant::Roles(roles)) => Ok(roles),
        Some(Grant::Rights { rights, on, with_grant_option }) => {
            let writing = rights.iter().find(|right| !reads(right)).map(String::as_str);
            match writing.or(with_grant_option.then_some("GRANT OPTION")) {
                None => Ok(Vec::new()),
                Some(right) => Err(ask.refused(&format!(
                    "the account can write, and evidence is read by one that cannot: {right} on {on} (REVOKE {right} ON {on} FROM it, or from the role or PUBLIC that it has it by)"
                ))),
            }
        }
        None => {
            Err(ask
                .refused("its answer to SHOW GRANTS has a line that is not understood: give the account SELECT alone"))
        }
    }
}

fn reads(right: &str) -> bool {
    READING.contains(&right) || right.starts_with("SHOW ")
}
