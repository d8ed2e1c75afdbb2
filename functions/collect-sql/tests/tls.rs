//! On the way to another machine everything is encrypted, and the other end proves who it is.
#![cfg(test)]

mod support;

use catalog::{SqlAccess, SqlEngine};
use domain::Failure;
use std::{env, path::Path, process::Command};
use support::{
    Place, SECRET, access, order,
    server::{self, mariadb_sql, own_address, psql},
};

const ADDRESS: &str = "EXHIBIT_TEST_ADDRESS";
const ENGINE: &str = "EXHIBIT_TEST_ENGINE";
const TRUSTED: &str = "EXHIBIT_TEST_TRUSTED";

/// Asks the server at `address` in a program of its own, because what a machine trusts is read once.
fn ask(engine: &str, address: &str, authority: &Path, trusted: bool) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "child", "--ignored", "--nocapture"]).env(ADDRESS, address).env(ENGINE, engine);
    child.env(TRUSTED, trusted.to_string());
    if trusted {
        child.env("SSL_CERT_FILE", authority);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{engine}: {output:?}");
}

#[test]
fn postgresql_elsewhere_is_asked_with_tls_and_only_when_its_certificate_is_trusted() {
    let Some(server) = server::postgresql() else { return };
    let Some(own) = own_address().filter(|_| server.folder.join("server.crt").exists()) else {
        return println!("skipped: this machine has no network, or no openssl");
    };
    psql(server, "postgres", &format!("CREATE ROLE reader LOGIN PASSWORD '{}'", SECRET.replace('\'', "''"))).unwrap();
    let address = format!("{own}:{}/postgres", server.port);
    ask("postgresql", &address, &server.folder.join("authority.crt"), true);
    ask("postgresql", &address, &server.folder.join("authority.crt"), false);
}

#[test]
fn mariadb_elsewhere_is_asked_with_tls_and_only_when_its_certificate_is_trusted() {
    let Some(server) = server::mariadb() else { return };
    let Some(own) = own_address().filter(|_| server.folder.join("server.crt").exists()) else {
        return println!("skipped: this machine has no network, or no openssl");
    };
    let secret = SECRET.replace('\\', "\\\\").replace('\'', "''");
    let user = format!(
        "CREATE DATABASE postgres; CREATE USER reader@'%' IDENTIFIED BY '{secret}' REQUIRE SSL; GRANT SELECT ON postgres.* TO reader@'%'"
    );
    mariadb_sql(server, "", &user).unwrap();
    let address = format!("{own}:{}/postgres", server.port);
    ask("mysql", &address, &server.folder.join("authority.crt"), true);
    ask("mysql", &address, &server.folder.join("authority.crt"), false);
}

#[tokio::test]
#[ignore = "run by the tests above"]
async fn child() {
    let (Ok(address), Ok(engine)) = (env::var(ADDRESS), env::var(ENGINE)) else { return };
    let engine = if engine == "mysql" { SqlEngine::Mysql } else { SqlEngine::Postgresql };
    let encrypted = match engine {
        SqlEngine::Mysql => {
            "SELECT VARIABLE_VALUE <> '' AS encrypted FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER'"
        }
        _ => "SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    };
    let access: SqlAccess = access(engine, &address, Some("reader"));
    let question = order(&access, encrypted, &["encrypted:boolean"]);
    let place = Place::new();
    if env::var(TRUSTED).unwrap() == "true" {
        let rows = place.answer(&question).await.1;
        assert_eq!(rows, [[domain::evidence::Cell::Boolean(true)]]);
    } else {
        let error = place.refusal(&question).await;
        assert_eq!(error.failure(), Failure::SourceDenied, "{error}");
        assert!(error.to_string().contains("SSL_CERT_FILE"), "{error}");
    }
}
