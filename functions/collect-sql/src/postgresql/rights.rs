//! What the account may do beside reading. An account that can write is refused, whatever the transaction forbids it.

use super::failed::failed;
use crate::ask::Ask;
use collecting::CollectError;
use tokio_postgres::Client;

/// One row for each right to write that the account has, itself or by a role that it may become: what it is, and how it is taken away.
const RIGHTS: &str = include_str!("rights.sql");

// How many rights a message names.
const NAMED: usize = 3;

/// Refuses an account that can write. The message names rights and how to revoke them.
pub(super) async fn refuse_writers(ask: &Ask, client: &Client) -> Result<(), CollectError> {
    let rows = client.query(RIGHTS, &[]).await.map_err(|error| failed(ask, &error))?;
    let mut told = Vec::new();
    for row in rows.iter().take(NAMED) {
        let text = |place: usize| row.try_get::<_, String>(place).map_err(|error| failed(ask, &error));
        told.push(format!("{} ({})", text(0)?, text(1)?));
    }
    if told.is_empty() {
        return Ok(());
    }
    let more = rows.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(ask
        .refused(&format!("the account can write, and evidence is read by one that cannot: {}{more}", told.join("; "))))
}
