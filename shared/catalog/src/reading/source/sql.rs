//! A database.

use super::{http, is_private, limit};
use crate::{
    SqlAccess, SqlEngine,
    reading::{
        document::{Document, Members, Placed},
        pattern,
    },
};

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<SqlAccess> {
    let engine = members.required::<SqlEngine>(document, "engine").map(|engine| engine.value);
    let private = is_private(document, members);
    let address = members.required::<String>(document, "address");
    let account = account(document, members, engine);
    let limit = limit(document, members);
    let (engine, address) = (engine?, address?);
    check_address(document, engine, &address, private);
    let (user, secret) = account.map_or((None, None), |(user, secret)| (Some(user), Some(secret)));
    Some(SqlAccess { engine, address: address.value, user, secret, limit, private })
}

fn account<'a>(
    document: &mut Document<'a>,
    members: &mut Members<'a>,
    engine: Option<SqlEngine>,
) -> Option<(String, domain::SecretName)> {
    if engine == Some(SqlEngine::Sqlite) {
        return None;
    }
    let mut table = members.table(document, "authentication")?;
    let (user, secret) = (table.words(document, "user"), http::secret(document, &mut table));
    table.finish(document);
    Some((user?, secret?))
}

fn check_address(document: &mut Document<'_>, engine: SqlEngine, address: &Placed<String>, private: bool) {
    match engine {
        SqlEngine::Clickhouse => http::check_address(document, address, private),
        SqlEngine::Sqlite => {
            if let Err(why) = pattern::check(&address.value) {
                document.problem(address.at, format!("the file {:?} cannot be used: {why}", address.value));
            }
        }
        SqlEngine::Mysql | SqlEngine::Postgresql => {
            let database = address.value.split_once('/');
            let host = database.map(|(place, _)| place.rsplit_once(':').map_or(place, |(host, _)| host));
            let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._[]:".contains(c));
            let is_sound = host.is_some_and(|host| !host.is_empty() && plain(host))
                && database.is_some_and(|(_, name)| !name.is_empty() && !name.contains(['/', '?', ' ']));
            if !is_sound {
                let message = format!("{:?} is no address of a database: write host:port/database", address.value);
                document.problem(address.at, message);
            }
        }
    }
}
