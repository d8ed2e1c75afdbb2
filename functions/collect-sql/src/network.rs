//! Where a database is: its address, checked, and how the way there is kept private.

use collecting::{CollectError, guard};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// `db.acme.example:5432/payments`, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The name of the machine, or its IP address without brackets.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: u16,
    /// The database there.
    pub(crate) database: String,
}

impl Address {
    /// Reads an address; `port` where it has none.
    pub(crate) fn parse(text: &str, port: u16) -> Result<Self, CollectError> {
        let wrong = || CollectError::Source {
            reason: format!("{text:?} is no address of a database: write host:port/database"),
        };
        let (place, database) = text.split_once('/').unwrap_or((text, ""));
        let bracketed = place.strip_prefix('[').and_then(|inner| inner.split_once(']'));
        let (host, given) = match bracketed {
            Some((host, rest)) => (host, rest.strip_prefix(':')),
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = given.map_or(Ok(port), str::parse).map_err(|_| wrong())?;
        if host.is_empty() {
            Err(wrong())
        } else {
            Ok(Self { host: host.to_owned(), port, database: database.to_owned() })
        }
    }

    /// As a person addresses it, behind its scheme: `db.acme.example:5432/payments`.
    pub(crate) fn told(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}/{}", self.host, self.port, self.database),
            false => format!("{}:{}/{}", self.host, self.port, self.database),
        }
    }

    /// The IP addresses of the machine, each of which may be asked. Connect to these, not to the name again.
    pub(crate) async fn resolve(&self, private: bool) -> Result<Place, CollectError> {
        let endpoint = self.told();
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found
            .map_err(|error| CollectError::Unanswered { endpoint: endpoint.clone(), reason: error.to_string() })?;
        checked(found, private, endpoint)
    }

    /// As [`Address::resolve`], on this thread.
    pub(crate) fn resolve_here(&self, private: bool) -> Result<Place, CollectError> {
        use std::net::ToSocketAddrs as _;
        let endpoint = self.told();
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let found = found
            .map_err(|error| CollectError::Unanswered { endpoint: endpoint.clone(), reason: error.to_string() })?;
        checked(found, private, endpoint)
    }
}

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// At least one.
    pub(crate) addresses: Vec<IpAddr>,
    /// Whether all of them are this machine: what is sent there leaves it not, and needs no TLS.
    pub(crate) is_here: bool,
}

fn checked(found: impl Iterator<Item = SocketAddr>, private: bool, endpoint: String) -> Result<Place, CollectError> {
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    for address in &addresses {
        guard::check(*address, private)
            .map_err(|forbidden| CollectError::Refused { endpoint: endpoint.clone(), reason: forbidden.to_string() })?;
    }
    match addresses.is_empty() {
        true => Err(CollectError::Unanswered { endpoint, reason: "its name has no address".to_owned() }),
        false => Ok(Place { is_here: addresses.iter().all(IpAddr::is_loopback), addresses }),
    }
}

/// TLS with the certificates that this machine trusts; further ones in the file that `SSL_CERT_FILE` names.
pub(crate) fn tls() -> Result<ClientConfig, CollectError> {
    let wrong = |error: rustls::Error| CollectError::Source { reason: format!("TLS cannot be used here: {error}") };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(wrong)?;
    Ok(versions.with_platform_verifier().map_err(wrong)?.with_no_client_auth())
}

/// The certificates that this machine trusts, each in DER, for a library that checks them itself.
pub(crate) fn roots() -> Result<Vec<Vec<u8>>, CollectError> {
    let found = rustls_native_certs::load_native_certs();
    match (found.certs.is_empty(), found.errors.first()) {
        (false, _) => Ok(found.certs.into_iter().map(|certificate| certificate.to_vec()).collect()),
        (true, error) => {
            let why = error.map_or_else(|| "there are none".to_owned(), ToString::to_string);
            Err(CollectError::Source {
                reason: format!("the certificates that this machine trusts cannot be had: {why}"),
            })
        }
    }
}

/// Lets libraries that ask the process which cryptography it uses use ring, as everything here.
pub(crate) fn use_ring() {
    // Whoever said so before said the same.
    drop(rustls::crypto::ring::default_provider().install_default());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_and_a_database() {
        for (text, told) in [
            ("db.acme.example:5433/payments", "db.acme.example:5433/payments"),
            ("db.acme.example/payments", "db.acme.example:5432/payments"),
            ("[2001:db8::1]:5433/payments", "[2001:db8::1]:5433/payments"),
        ] {
            assert_eq!(Address::parse(text, 5432).unwrap().told(), told);
        }
        for text in ["", ":5432/x", "db:x/y", "db:70000/y"] {
            assert!(Address::parse(text, 5432).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_machine_on_a_private_network_is_asked_only_where_the_source_says_so() {
        let address = Address::parse("127.0.0.1/x", 5432).unwrap();
        assert!(address.resolve(true).await.unwrap().is_here);
        let refused = address.resolve(false).await.unwrap_err().to_string();
        assert!(refused.contains("private = true"), "{refused}");
        let credentials = Address::parse("169.254.169.254/x", 80).unwrap();
        assert!(credentials.resolve(true).await.is_err());
        assert!(credentials.resolve_here(true).is_err());
    }
}
