//! Asking ClickHouse over HTTP: the statement in the body, parameters and settings beside it (<https://clickhouse.com/docs/interfaces/http>).

use super::{Server, answer::Answer, failed};
use crate::{
    ask::{Ask, Facts, GRACE},
    network,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use collecting::CollectError;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use ureq::{
    Agent,
    config::Config,
    http::Uri,
    tls::{RootCerts, TlsConfig},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

const CONNECT: Duration = Duration::from_secs(15);
// How many addresses of a name are tried.
const ADDRESSES: usize = 8;

/// Asks one server as one account.
pub(super) struct Client {
    pub(super) ask: Arc<Ask>,
    /// What the server told of itself.
    pub(super) facts: Facts,
    /// The account's own setting: 0 it may write, 1 it may only read, 2 it may only read and change settings.
    pub(super) readonly: u8,
    agent: Agent,
    url: String,
    database: String,
}

/// Always leads to the addresses that were checked.
#[derive(Debug)]
struct Checked(Vec<SocketAddr>);

impl Resolver for Checked {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        self.0.iter().take(ADDRESSES).for_each(|address| addresses.push(*address));
        Ok(addresses)
    }
}

impl Client {
    /// A client for `server`, whose addresses may be asked. Blocks, as everything here.
    pub(super) fn new(ask: Arc<Ask>, server: &Server) -> Result<Self, CollectError> {
        let place = server.address.resolve_here(ask.access.private)?;
        if !server.is_encrypted && !place.is_here {
            return Err(ask.refused("http:// is for this machine alone: write https://, the port is mostly 8443"));
        }
        network::use_ring();
        let addresses = place.addresses.iter().map(|ip| SocketAddr::new(*ip, server.address.port)).collect();
        let told = server.told();
        let url = told.strip_suffix(&server.address.database).unwrap_or(&told).to_owned();
        let agent = Agent::with_parts(configuration(), DefaultConnector::new(), Checked(addresses));
        let database = server.address.database.clone();
        Ok(Self { ask, facts: Facts::new(), readonly: 0, agent, url, database })
    }

    /// Asks the server who it is and who asks.
    pub(super) fn begin(mut self) -> Result<Self, CollectError> {
        let row = self
            .one_row("SELECT version(), currentUser(), toString(now64(6, 'UTC')), toString(getSetting('readonly'))")?;
        let [version, user, time, readonly] = row.as_slice() else {
            return Err(self.ask.unusable("it does not say who it is"));
        };
        self.readonly =
            readonly.parse().map_err(|_| self.ask.unusable("it does not say whether the account may write"))?;
        self.facts = Facts::from([
            ("user", user.clone()),
            ("engine_version", format!("ClickHouse {version}")),
            ("isolation_level", "one statement, read only".to_owned()),
            ("server_time", format!("{}Z", time.replace(' ', "T"))),
        ]);
        Ok(self)
    }

    /// The settings of the statement: nothing is written, and it ends in time. An account that may only read may not set everything.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let longest = ("max_execution_time", self.ask.time_left().as_secs().max(1).to_string());
        match self.readonly {
            0 => vec![("readonly", "1".to_owned()), longest],
            1 => Vec::new(),
            _ => vec![longest],
        }
    }

    /// Asks `text`, a statement, with the parameters that it may name.
    pub(super) fn ask(&self, text: &str, settings: &[(&'static str, String)]) -> Result<Answer, CollectError> {
        let patience = self.ask.time_left() + GRACE;
        let account = format!("{}:{}", self.ask.access.user.as_deref().unwrap_or_default(), self.ask.secret());
        let mut request = self.agent.post(&self.url).config().timeout_global(Some(patience)).build();
        request = request
            .header("authorization", format!("Basic {}", STANDARD.encode(account)))
            .query("default_format", "JSONCompactEachRowWithNamesAndTypes")
            // The server answers when it is done: an error is one, and rows are counted.
            .query("wait_end_of_query", "1");
        if !self.database.is_empty() {
            request = request.query("database", &self.database);
        }
        for (name, value) in settings {
            request = request.query(*name, value);
        }
        for (name, value) in self.ask.parameters.of(&self.ask.statement.names) {
            request = request.query(format!("param_{name}"), escaped(&value.text()));
        }
        let response = request.send(text).map_err(|error| failed::transport(&self.ask, &error))?;
        match response.status().as_u16() {
            200 => Answer::begin(&self.ask, response),
            _ => Err(failed::told_by_server(&self.ask, response)),
        }
    }

    /// The texts of the one row that `text`, our own, gives.
    fn one_row(&self, text: &str) -> Result<Vec<String>, CollectError> {
        let mut answer = self.ask(text, &[])?;
        let row = answer.next_row(&self.ask)?.unwrap_or_default();
        row.iter()
            .map(|value| serde_json::from_str(value.get()).map_err(|error| self.ask.unusable(&error.to_string())))
            .collect()
    }

    /// The first text of each row that `text`, our own, gives.
    pub(super) fn texts(&self, text: &str) -> Result<Vec<String>, CollectError> {
        let mut answer = self.ask(text, &[])?;
        let mut texts = Vec::new();
        while let Some(row) = answer.next_row(&self.ask)? {
            let first = row.first().and_then(|value| serde_json::from_str::<String>(value.get()).ok());
            texts.push(first.ok_or_else(|| self.ask.unusable("it gave no text where there is one"))?);
        }
        Ok(texts)
    }
}

fn configuration() -> Config {
    Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        // A proxy would be led to names, not to the addresses that were checked.
        .proxy(None)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("exhibit/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .build()
}

/// A parameter as the server reads it: in its format TabSeparated, where a backslash begins an escape.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            other => escaped.push(other),
        }
    }
    escaped
}
