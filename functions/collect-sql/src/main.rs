//! The collector of databases as a Lambda function.

use collect_sql::{NAME, SqlCollector};
use collecting::{Retry, serve};
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-sql", NAME, |prepared| {
        let (secrets, pace) = (prepared.secrets, prepared.pace);
        // A function has no folder of sources: SQLite files are collected where they are.
        Ok(SqlCollector { secrets, pace, root: None, folder_for_each_tenant: true, retry: Retry::default() })
    })
    .await
}
