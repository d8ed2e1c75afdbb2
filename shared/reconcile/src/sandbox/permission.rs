//! What a statement may do, asked by SQLite while it prepares it (<https://www.sqlite.org/c3ref/set_authorizer.html>).

use super::watch::Watch;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::collections::BTreeSet;

/// What a query may read.
pub(crate) enum Reach {
    /// These views in the schema `temp`, each over the table of its name, and not the `tables` themselves.
    Views {
        /// The schema of the tables.
        schema: String,
        /// The views.
        views: BTreeSet<String>,
        /// The tables of the file.
        tables: BTreeSet<String>,
    },
    /// These tables of the file, and its schema.
    Tables(BTreeSet<String>),
}

/// Tables that SQLite makes of their arguments alone.
const TABLE_FUNCTIONS: [&str; 2] = ["json_each", "json_tree"];

/// Tables that tell about the connection or the file instead of evidence.
const INTERNAL: [&str; 6] = ["pragma_", "sqlite_", "dbstat", "bytecode", "tables_used", "fts"];

/// Functions whose result follows from their arguments alone, on every machine. The functions of date and time are
/// replaced by ones that refuse the clock. Not among them, because their last digits are the C library's: exp, ln, sin …
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "->", "->>", "abs", "avg", "char", "coalesce", "concat", "concat_ws", "count", "cume_dist", "date", "datetime",
    "dense_rank", "first_value", "format", "glob", "group_concat", "hex", "if", "ifnull", "iif", "instr", "json",
    "json_array", "json_array_length", "json_each", "json_extract", "json_group_array", "json_group_object", "json_object",
    "json_patch", "json_quote", "json_remove", "json_replace", "json_set", "json_tree", "json_type", "json_valid",
    "julianday", "lag", "last_value", "lead", "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min",
    "nth_value", "ntile", "nullif", "octet_length", "percent_rank", "printf", "quote", "rank", "replace", "round",
    "row_number", "rtrim", "sign", "strftime", "string_agg", "substr", "substring", "sum", "time", "timediff", "total",
    "trim", "typeof", "unhex", "unicode", "unixepoch", "unlikely", "upper",
];

/// Whether a statement may do what `context` says. What it may not is noted in `watch`.
pub(super) fn decide(reach: &Reach, watch: &Watch, context: &AuthContext<'_>) -> Authorization {
    let refusal = match context.action {
        AuthAction::Select | AuthAction::Recursive => None,
        AuthAction::Read { table_name, .. } => {
            let allowed = reach.holds(table_name, context.database_name, context.accessor);
            (!allowed).then(|| (table_name.to_owned(), reach.refusal(table_name)))
        }
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            (!FUNCTIONS.contains(&name.as_str())).then(|| (name, function_refusal(function_name)))
        }
        other => Some(action_refusal(&other)),
    };
    match refusal {
        None => Authorization::Allow,
        Some((word, what)) => {
            watch.refuse(&word, what);
            Authorization::Deny
        }
    }
}

impl Reach {
    /// `database` is not known where a table is named and none of its columns is read; then it may be a WITH table too.
    fn holds(&self, table: &str, database: Option<&str>, accessor: Option<&str>) -> bool {
        if TABLE_FUNCTIONS.contains(&table) {
            return true;
        }
        let internal = || INTERNAL.iter().any(|prefix| table.starts_with(prefix));
        match (self, database) {
            (Reach::Views { views, .. }, Some("temp")) => views.contains(table),
            (Reach::Views { schema, views, .. }, Some(database)) if database == schema => {
                views.contains(table) && accessor == Some(table)
            }
            (Reach::Views { views, tables, .. }, None) => {
                views.contains(table) || (!tables.contains(table) && !internal())
            }
            (Reach::Tables(tables), Some("main")) => tables.contains(table) || table == "sqlite_master",
            (Reach::Tables(tables), None) => tables.contains(table) || !internal(),
            _ => false,
        }
    }

    fn refusal(&self, table: &str) -> String {
        let readable = match self {
            Reach::Views { views, .. } => views,
            Reach::Tables(tables) => tables,
        };
        let readable: Vec<&str> = readable.iter().map(String::as_str).collect();
        format!("it must not read {table:?}: it can read {}", readable.join(", "))
    }
}

fn function_refusal(name: &str) -> String {
    if name.to_ascii_lowercase().starts_with("current_") {
        return super::clock::refusal(name);
    }
    format!("it must not call {name}(): a query calls only functions whose result follows from their arguments")
}

fn action_refusal(action: &AuthAction<'_>) -> (String, String) {
    let word = match action {
        AuthAction::Pragma { .. } => "pragma",
        AuthAction::Attach { .. } => "attach",
        AuthAction::Detach { .. } => "detach",
        AuthAction::Insert { .. } => "insert",
        AuthAction::Update { .. } => "update",
        AuthAction::Delete { .. } => "delete",
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "transaction",
        _ => "statement",
    };
    (word.to_owned(), format!("it must not change or reach anything ({word}): a query is one SELECT"))
}
