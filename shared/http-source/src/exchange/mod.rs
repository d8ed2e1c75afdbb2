//! One request and its answer, as bytes: nothing is followed, nothing is asked again.

pub(crate) mod aws;
mod reply;
mod wait;

pub(crate) use reply::{Meaning, Reply, line, message};

use crate::{
    filling::Sent,
    guard::{Guard, refusal},
    source::Bounds,
};
use flate2::read::MultiGzDecoder;
use std::{io::Read, time::Duration};
use ureq::{
    Agent, Body, Error,
    http::{HeaderName, HeaderValue, Request, Response},
    tls::{RootCerts, TlsConfig},
    unversioned::transport::DefaultConnector,
};

/// A header that proves who asks.
#[derive(Clone)]
pub(crate) struct Proof {
    /// In lower case.
    pub(crate) name: String,
    /// With the secret in it.
    pub(crate) value: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoReply {
    /// Asking again may help: the connection, or the answer, was cut or did not come in time.
    Cut(String),
    /// The source is described otherwise than it may be.
    Source(String),
    /// More bytes than are left.
    TooLarge,
}

/// What asks one source. Its connections lead to addresses that the guard let through, and never through a proxy: a proxy would resolve the
/// name again, and connect to what nobody checked.
pub(crate) fn agent(private: bool, bounds: &Bounds) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .https_only(!private)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("exhibit/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(bounds.connect))
        .timeout_connect(Some(bounds.connect))
        .timeout_recv_response(Some(bounds.first_byte))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Guard::new(private))
}

/// Sends a request and reads its answer, at most `most` bytes, within `time`.
pub(crate) fn exchange(
    agent: &Agent,
    sent: &Sent,
    proofs: &[Proof],
    time: Duration,
    most: u64,
) -> Result<Reply, NoReply> {
    let request = request(sent, proofs)?;
    let request = agent.configure_request(request).timeout_global(Some(time)).build();
    let response = agent.run(request).map_err(|error| no_reply(&error))?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = body(response, most)?;
    Ok(Reply { status, headers, body })
}

fn request(sent: &Sent, proofs: &[Proof]) -> Result<Request<Vec<u8>>, NoReply> {
    let mut request = Request::builder().method(sent.method.as_str()).uri(&sent.address);
    if let Some(headers) = request.headers_mut() {
        // Undone here, where what the answer may unpack to is counted.
        headers.insert("accept-encoding", HeaderValue::from_static("gzip"));
        for (name, value) in &sent.headers {
            headers.insert(header_name(name)?, header_value(name, value)?);
        }
        for Proof { name, value } in proofs {
            let mut proof = header_value(name, value)?;
            proof.set_sensitive(true);
            headers.insert(header_name(name)?, proof);
        }
    }
    let unsound = |_| NoReply::Source(format!("{} cannot be an address of a request", sent.name));
    request.body(sent.body.clone().unwrap_or_default()).map_err(unsound)
}

fn header_name(name: &str) -> Result<HeaderName, NoReply> {
    name.parse().map_err(|_| NoReply::Source(format!("{name:?} cannot be the name of a header")))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, NoReply> {
    let refuse =
        |_| NoReply::Source(format!("the value of the header {name:?} has characters that a header cannot have"));
    HeaderValue::from_str(value).map_err(refuse)
}

fn body(response: Response<Body>, most: u64) -> Result<Vec<u8>, NoReply> {
    let is_packed = response.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
    let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    if is_packed { read(MultiGzDecoder::new(reader), most) } else { read(reader, most) }
}

fn read(from: impl Read, most: u64) -> Result<Vec<u8>, NoReply> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| no_reply(&error.into()))?;
    if bytes.len() as u64 > most { Err(NoReply::TooLarge) } else { Ok(bytes) }
}

fn no_reply(error: &Error) -> NoReply {
    if let Some(forbidden) = refusal(error) {
        return NoReply::Source(forbidden.to_string());
    }
    match error {
        // A certificate that is not trusted is not trusted the next time.
        Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => NoReply::Source(untrusted(error)),
        Error::Rustls(_) | Error::Tls(_) | Error::TlsRequired | Error::RequireHttpsOnly(_) => {
            NoReply::Source(untrusted(error))
        }
        Error::BadUri(_) => NoReply::Source("its address cannot be asked".to_owned()),
        Error::HostNotFound => NoReply::Cut("its name is not known".to_owned()),
        Error::Timeout(_) => NoReply::Cut(format!("it took too long ({error})")),
        _ => NoReply::Cut(error.to_string()),
    }
}

fn untrusted(error: &Error) -> String {
    format!("its connection cannot be trusted: {error}")
}
