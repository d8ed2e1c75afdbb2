//! What a statement may do, asked by SQLite while it prepares it (<https://www.sqlite.org/c3ref/set_authorizer.html>).

use rusqlite::{
    Connection,
    config::DbConfig,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};

// Functions that reach out of the database, in builds of SQLite that have them.
const REACHING_OUT: [&str; 5] = ["load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"];

/// From here on, a statement may read tables and call functions, and nothing else.
pub(super) fn close_doors(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        // A misspelt column in double quotes would otherwise be a text.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    connection.authorizer(Some(decide))
}

fn decide(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => true,
        AuthAction::Function { function_name } => {
            !REACHING_OUT.iter().any(|reaching| reaching.eq_ignore_ascii_case(function_name))
        }
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}
