//! Tokens for client credentials (RFC 6749, section 4.4).

use super::basic;
use crate::{
    address::{form, origin},
    concealed::Concealed,
    exchange::{Proof, Reply},
    filling::Sent,
};
use collecting::{CollectError, Secret};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use url::form_urlencoded::byte_serialize;

/// How a token is asked for.
pub(crate) struct TokenRequest {
    /// What is sent, to an origin that gets nothing but this.
    pub(crate) sent: Sent,
    /// Who asks for it.
    pub(crate) proof: Proof,
}

/// A token, and until when it is good.
pub(crate) struct Token {
    value: String,
    until: Option<Instant>,
}

// A token that is about to end may have ended when it arrives.
const MARGIN: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<serde_json::Value>,
}

impl TokenRequest {
    pub(crate) fn new(
        address: &str,
        private: bool,
        client: &str,
        secret: &Secret,
        scope: Option<&str>,
        concealed: &mut Concealed,
    ) -> Result<Self, CollectError> {
        let (origin, path) = origin(address, private)?;
        let mut parameters = BTreeMap::from([("grant_type".to_owned(), "client_credentials".to_owned())]);
        parameters.extend(scope.map(|scope| ("scope".to_owned(), scope.to_owned())));
        let headers = BTreeMap::from([
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ]);
        let address = format!("{}{path}", origin.as_str());
        let name = address.clone();
        let body = Some(form(&parameters).into_bytes());
        // Both are encoded before they are put together (section 2.3.1).
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let value = basic(&encoded(client), &encoded(secret.expose()), concealed);
        let proof = Proof { name: "authorization".to_owned(), value };
        Ok(Self { sent: Sent { method: "POST".to_owned(), address, headers, body, name }, proof })
    }
}

impl Token {
    /// The token in an answer that came at `now`.
    pub(crate) fn read(reply: &Reply, now: Instant, concealed: &mut Concealed) -> Result<Self, &'static str> {
        let answer: Answer = serde_json::from_slice(&reply.body)
            .map_err(|_| "it is no token: JSON with \"access_token\" is expected")?;
        concealed.add(&answer.access_token);
        if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err("it is not a token of type bearer");
        }
        let seconds = answer.expires_in.and_then(|given| given.as_u64().or_else(|| given.as_str()?.parse().ok()));
        let lasts = seconds.map(Duration::from_secs).map(|lasts| lasts - MARGIN.min(lasts / 2));
        Ok(Self { value: answer.access_token, until: lasts.and_then(|lasts| now.checked_add(lasts)) })
    }

    /// Whether it has not ended by `now`.
    pub(crate) fn is_good(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The header that shows it.
    pub(crate) fn proof(&self) -> Proof {
        Proof { name: "authorization".to_owned(), value: format!("Bearer {}", self.value) }
    }
}
