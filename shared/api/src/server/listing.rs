//! A page of records as a page of a list.

use super::Refused;
use crate::{Cursor, CursorError, Limit, Listing, Scope};
use domain::TenantId;
use serde::de::DeserializeOwned;
use storage::Table;

/// The page of `partition` after `cursor`, each record as `T`: those with sort keys from `range.0`, included, to `range.1`,
/// excluded; open when empty. `path` and the range make the list that cursors are bound to.
pub async fn page<R: DeserializeOwned, T: From<R>>(
    table: &Table,
    tenant: &TenantId,
    path: &str,
    partition: &str,
    range: (&str, &str),
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Listing<T>, Refused> {
    let (from, to) = range;
    let list = Scope::new(tenant, path, &[partition, from, to]);
    let after = cursor.map(|cursor| cursor.sort_key(&list)).transpose()?;
    // A store may refuse to go on outside of what it is asked for.
    if after.as_deref().is_some_and(|after| after < from || (!to.is_empty() && after >= to)) {
        return Err(CursorError::Malformed.into());
    }
    let page = table.query(partition, from, to, after.as_deref(), limit.get()).await?;
    let items: Result<Vec<T>, _> = page.records.iter().map(|record| record.read::<R>().map(T::from)).collect();
    Ok(Listing { items: items?, next: page.next.map(|sort| Cursor::after(&list, &sort)) })
}
