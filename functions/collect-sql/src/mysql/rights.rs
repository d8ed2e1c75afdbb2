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
    let mut roles = BTreeSet::new();
    let mut waiting = vec!["SHOW GRANTS".to_owned()];
    while let Some(statement) = waiting.pop() {
        let lines: Vec<String> = connection.query(statement).await.map_err(|error| failed(ask, &error))?;
        for line in lines {
            for role in checked(ask, &line)? {
                if roles.insert(role.clone()) {
                    waiting.push(server.grants_of(&role));
                }
            }
        }
    }
    match server.is_mariadb {
        true => refuse_everybody(ask, connection).await,
        false => Ok(()),
    }
}

// What MariaDB gives everybody. Versions before 10.11 have no such role, and say so.
async fn refuse_everybody(ask: &Ask, connection: &mut Conn) -> Result<(), CollectError> {
    let lines: Vec<String> = connection.query("SHOW GRANTS FOR PUBLIC").await.unwrap_or_default();
    lines.iter().try_for_each(|line| checked(ask, line).map(|_| ()))
}

impl Server {
    fn grants_of(&self, role: &str) -> String {
        match self.is_mariadb {
            true => format!("SHOW GRANTS FOR {role}"),
            false => format!("SHOW GRANTS FOR CURRENT_USER() USING {role}"),
        }
    }
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
