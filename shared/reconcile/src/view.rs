//! The views that a finding query reads: of each source query of its control, the rows of the control's own evidence.

use crate::{ReconcileError, staging};
use catalog::{Catalog, Control, SourceQuery};
use domain::{Granularity, Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Source queries by the name of their table.
pub(crate) type Queries<'c> = BTreeMap<String, &'c SourceQuery>;

/// The source queries of `control`, by the name of their table.
pub(crate) fn queries<'c>(catalog: &'c Catalog, control: &Control) -> Result<Queries<'c>, ReconcileError> {
    let named = |name: &domain::QueryName| {
        let query = catalog.source_query(name).ok_or_else(|| ReconcileError::UnknownQuery(name.clone()))?;
        Ok((query.table(), query))
    };
    control.collect.iter().map(|collection| named(&collection.query)).collect()
}

/// The statements that make the view of each of `queries` over the tables in `schema`. A view without a table in `tables` has its columns and no rows.
pub(crate) fn statements(queries: &Queries<'_>, schema: &str, tables: &BTreeSet<String>, own: &str) -> Vec<String> {
    let view = |(table, query): (&String, &&SourceQuery)| {
        if tables.contains(table) {
            let columns = joined(staging::columns(query).map(|(name, _)| format!("\"{name}\"")));
            format!("CREATE TEMP VIEW \"{table}\" AS SELECT {columns} FROM \"{schema}\".\"{table}\" WHERE {own}")
        } else {
            let columns = joined(staging::columns(query).map(|(name, _)| format!("NULL AS \"{name}\"")));
            format!("CREATE TEMP VIEW \"{table}\" AS SELECT {columns} WHERE 0")
        }
    };
    queries.iter().map(view).collect()
}

/// The condition that holds for the rows of the evidence of `control` inside `window`.
///
/// It is written out, not bound: a view has no parameters. Identifiers and instants cannot hold a quote.
pub(crate) fn own_rows(control: &Control, window: &Period) -> String {
    let (start, end) = (whole_second(window.start(), true), whole_second(window.end(), false));
    // A week that began before the window belongs to it all the same (`Period::divide`).
    let begin = if control.period == Granularity::Week { "\"period_end\" >" } else { "\"period_start\" >=" };
    format!("\"control_id\" = '{}' AND {begin} '{start}' AND \"period_end\" <= '{end}'", control.id)
}

// Instants without a fraction compare as their texts do. Slots start and end on whole seconds, so that none is lost or won.
fn whole_second(instant: Timestamp, up: bool) -> Timestamp {
    let second = instant.as_second();
    let down = Timestamp::from_second(second).unwrap_or(instant);
    let (before, after) = if down > instant { (second - 1, second) } else { (second, second + 1) };
    let whole = if down == instant {
        second
    } else if up {
        after
    } else {
        before
    };
    Timestamp::from_second(whole).unwrap_or(instant)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
