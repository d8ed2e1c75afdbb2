//! What the account may do beside reading. An account that can write is refused, whatever `readonly` forbids the statement.

use super::client::Client;
use crate::grant::Grant;
use collecting::CollectError;

/// Refuses an account that can write: one that has other rights than to read, and whose profile does not say `readonly`.
pub(super) fn refuse_writers(client: &Client) -> Result<(), CollectError> {
    if client.readonly > 0 {
        return Ok(());
    }
    // FINAL has the rights of the account's roles among its own. Servers before 24 do not know the word.
    let (lines, has_roles) = match client.texts("SHOW GRANTS FINAL") {
        Ok(lines) => (lines, true),
        Err(CollectError::Answer { .. }) => (client.texts("SHOW GRANTS")?, false),
        Err(other) => return Err(other),
    };
    lines.iter().try_for_each(|line| check(client, line, has_roles))
}

fn check(client: &Client, line: &str, has_roles: bool) -> Result<(), CollectError> {
    let refused = |what: &str| {
        Err(client.ask.refused(&format!(
            "the account can write, and evidence is read by one that cannot: {what}; or give it a settings profile with readonly = 2"
        )))
    };
    match Grant::read(line) {
        Some(Grant::Nothing) => Ok(()),
        Some(Grant::Roles(_)) if has_roles => Ok(()),
        Some(Grant::Roles(roles)) => {
            refused(&format!("it has {}, and this server does not tell what roles may do", roles.join(", ")))
        }
        Some(Grant::Rights { rights, on, with_grant_option }) => {
            let writing = rights.iter().find(|right| !reads(right)).map(String::as_str);
            match writing.or(with_grant_option.then_some("GRANT OPTION FOR SELECT")) {
                None => Ok(()),
                Some(right) => refused(&format!(
                    "{right} on {on} (REVOKE {right} ON {on} FROM it, or from the role that it has it by)"
                )),
            }
        }
        None => refused("its answer to SHOW GRANTS has a line that is not understood"),
    }
}

fn reads(right: &str) -> bool {
    matches!(right, "SELECT" | "DICTGET" | "SHOW" | "USAGE" | "CHECK") || right.starts_with("SHOW ")
}
