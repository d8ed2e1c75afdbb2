//! Asking over HTTP: what is sent, how long is waited, how much is read, what is asked again.

use super::{
    RemoteError,
    address::{Address, host_of, origin_led_to},
    token::Token,
};
use api::{IdempotencyKey, Link, Problem};
use domain::Digest;
use runtime::random_token;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use ureq::{
    Agent, Body, Error, Proxy, RequestBuilder,
    config::ConfigBuilder,
    http::Response,
    tls::{RootCerts, TlsConfig},
    typestate::{AgentScope, WithBody},
};

/// Asks one deployed Exhibit.
pub(super) struct Client {
    address: Address,
    token: Token,
    asking: Agent,
    // Another agent for links, which never sees the token: they lead to other hosts.
    following: Agent,
    pause: Duration,
}

const LARGEST_ANSWER: u64 = 16 << 20;
const LARGEST_PROBLEM: u64 = 64 << 10;
const LARGEST_OBJECT: u64 = 2 << 30;
const ATTEMPTS: u32 = 5;
// S3 leads to the bucket's own region where the bucket is new.
const MOST_REDIRECTS: usize = 3;

impl Client {
    /// A client that waits `pause` before the second attempt, and twice as long before each further one.
    pub(super) fn new(address: Address, token: Token, pause: Duration) -> Self {
        let is_loopback = address.is_loopback();
        let asking = configuration(is_loopback).timeout_recv_body(Some(Duration::from_secs(60)));
        let following = configuration(is_loopback).timeout_recv_body(Some(Duration::from_secs(900)));
        Self {
            address,
            token,
            asking: Agent::new_with_config(asking.build()),
            following: Agent::new_with_config(following.build()),
            pause,
        }
    }

    /// The answer to `GET path`.
    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, RemoteError> {
        let address = self.address.of(path);
        self.retrying(|| {
            let request = self.asking.get(&address).header("authorization", self.token.header());
            answer(&address, request.header("accept", "application/json").call())
        })
    }

    /// The bytes that `GET path` answers.
    pub(super) fn get_bytes(&self, path: &str) -> Result<Vec<u8>, RemoteError> {
        let address = self.address.of(path);
        self.retrying(|| bytes(&address, self.asking.get(&address).header("authorization", self.token.header()).call()))
    }

    /// The answer to `POST path`. Sent again when no answer came: the key makes all of them one, or the thing itself does.
    pub(super) fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        key: &IdempotencyKey,
        body: &B,
    ) -> Result<T, RemoteError> {
        let address = self.address.of(path);
        self.retrying(|| {
            let request = self.asking.post(&address).header("authorization", self.token.header());
            let request = request.header(IdempotencyKey::HEADER, key.as_str()).header("accept", "application/json");
            answer(&address, request.send_json(body))
        })
    }

    /// The answer to `PUT path` with a body of that kind. Sent again when no answer came: it says how something is.
    pub(super) fn put<T: DeserializeOwned>(&self, path: &str, kind: &str, body: &[u8]) -> Result<T, RemoteError> {
        let address = self.address.of(path);
        self.retrying(|| answer(&address, self.putting(&address, kind).send(body)))
    }

    /// Sends bytes to `PUT path`, which answers nothing.
    pub(super) fn send(&self, path: &str, body: &[u8]) -> Result<(), RemoteError> {
        let address = self.address.of(path);
        self.retrying(|| bytes(&address, self.putting(&address, "application/octet-stream").send(body)).map(drop))
    }

    fn putting(&self, address: &str, kind: &str) -> RequestBuilder<WithBody> {
        let request = self.asking.put(address).header("authorization", self.token.header());
        request.header("accept", "application/json").header("content-type", kind)
    }

    /// The object that a link leads to, checked against its digest.
    pub(super) fn follow(&self, link: &Link) -> Result<Vec<u8>, RemoteError> {
        if link.length > LARGEST_OBJECT {
            let reason = format!("{} would be {} bytes long", link.name, link.length);
            return Err(RemoteError::Unreadable { address: host_of(&link.url), reason });
        }
        let url = self.address.follow(&link.url)?;
        let bytes = self.retrying(|| self.object(url, link.length))?;
        match Digest::of(&bytes) {
            found if found == link.digest => Ok(bytes),
            found => Err(RemoteError::Mismatch { name: link.name.clone(), expected: link.digest, found }),
        }
    }

    fn object(&self, link: &str, length: u64) -> Result<Vec<u8>, RemoteError> {
        let (mut address, mut before) = (link.to_owned(), String::new());
        for _ in 0..=MOST_REDIRECTS {
            let mut response = self.following.get(&address).call().map_err(|error| failed(&address, &error))?;
            let Some(location) = location(&response) else { return content(&address, &mut response, length) };
            let next = self.address.follow_on(&address, location)?;
            before = std::mem::replace(&mut address, next);
        }
        let reason = format!("a link is followed through {MOST_REDIRECTS} redirects at most");
        Err(RemoteError::Redirect { target: origin_led_to(&before, &address), address: host_of(&before), reason })
    }

    fn retrying<T>(&self, attempt: impl Fn() -> Result<T, RemoteError>) -> Result<T, RemoteError> {
        let mut pause = self.pause;
        for _ in 1..ATTEMPTS {
            match attempt() {
                Err(error) if error.is_transient() => std::thread::sleep(jittered(pause)),
                other => return other,
            }
            pause *= 2;
        }
        attempt()
    }
}

fn configuration(is_loopback: bool) -> ConfigBuilder<AgentScope> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    // A proxy leads to other machines: what is on this one is asked directly.
    let proxy = if is_loopback { None } else { Proxy::try_from_env() };
    Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .https_only(!is_loopback)
        .http_status_as_error(false)
        // Where an answer leads is checked before anybody is asked there.
        .max_redirects(0)
        .user_agent(concat!("exhibit/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_send_request(Some(Duration::from_secs(30)))
        .timeout_send_body(Some(Duration::from_secs(60)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
}

// Between half and all of it, so that many who were refused together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let random = u64::from_str_radix(&random_token(), 16).unwrap_or(0);
    let half = pause / 2;
    half + Duration::from_millis(random % u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1))
}

fn bytes(address: &str, asked: Result<Response<Body>, Error>) -> Result<Vec<u8>, RemoteError> {
    let mut response = asked.map_err(|error| failed(address, &error))?;
    if !response.status().is_success() {
        return Err(refused(address, &mut response));
    }
    read(address, response.body_mut(), LARGEST_ANSWER)
}

fn answer<T: DeserializeOwned>(address: &str, asked: Result<Response<Body>, Error>) -> Result<T, RemoteError> {
    let bytes = bytes(address, asked)?;
    let unreadable =
        |error: serde_json::Error| RemoteError::Unreadable { address: host_of(address), reason: error.to_string() };
    serde_json::from_slice(&bytes).map_err(unreadable)
}

// Where an answer leads, if it leads elsewhere.
fn location(response: &Response<Body>) -> Option<&str> {
    let leads = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    response.headers().get("location").filter(|_| leads).and_then(|location| location.to_str().ok())
}

fn content(address: &str, response: &mut Response<Body>, length: u64) -> Result<Vec<u8>, RemoteError> {
    if !response.status().is_success() {
        return Err(RemoteError::Status { address: host_of(address), status: response.status().as_u16() });
    }
    // One byte more than there may be: what is longer than it says is never read to its end.
    read(address, response.body_mut(), length + 1)
}

fn read(address: &str, body: &mut Body, limit: u64) -> Result<Vec<u8>, RemoteError> {
    body.with_config().limit(limit).read_to_vec().map_err(|error| failed(address, &error))
}

fn refused(address: &str, response: &mut Response<Body>) -> RemoteError {
    if let Some(location) = location(response) {
        let reason = "the token does not go there; give the address it leads to (--api, EXHIBIT_API)".to_owned();
        let target = origin_led_to(address, location);
        return RemoteError::Redirect { address: host_of(address), target, reason };
    }
    let status = response.status().as_u16();
    let told = response.body_mut().with_config().limit(LARGEST_PROBLEM).read_to_vec().unwrap_or_default();
    match serde_json::from_slice::<Problem>(&told) {
        Ok(problem) => {
            RemoteError::Problem { status, kind: problem.kind, failure: problem.failure, detail: problem.detail }
        }
        Err(_) => RemoteError::Status { address: host_of(address), status },
    }
}

// What a connection could not do is tried again; what it must not do is not.
fn failed(address: &str, error: &Error) -> RemoteError {
    let (address, reason) = (host_of(address), error.to_string());
    match error {
        Error::BodyExceedsLimit(_) => {
            RemoteError::Unreadable { address, reason: "the answer is longer than it may be".to_owned() }
        }
        Error::Json(_) | Error::BadUri(_) | Error::LargeResponseHeader(..) => {
            RemoteError::Unreadable { address, reason }
        }
        // A handshake that fails comes as a failure of the stream.
        Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            RemoteError::Untrusted { address, reason }
        }
        Error::Rustls(_) | Error::Tls(_) | Error::RequireHttpsOnly(_) => RemoteError::Untrusted { address, reason },
        _ => RemoteError::Unavailable { address, reason },
    }
}
