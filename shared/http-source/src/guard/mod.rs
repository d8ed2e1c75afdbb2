//! Where connections may lead. Names are resolved once, what comes out is checked, and only that is connected to.

mod ranges;

use ranges::{Place, place};
use std::{
    fmt,
    net::SocketAddr,
};
use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// Resolves names for connections, and refuses addresses that a source may not have.
#[derive(Debug)]
pub(crate) struct Guard<R = DefaultResolver> {
    resolver: R,
    private: bool,
}

/// An address that a source may not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forbidden {
    host: String,
    address: SocketAddr,
    place: Place,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address, place } = self;
        let address = address.ip();
        match place {
            Place::LinkLocal => write!(
                f,
                "{host} leads to {address}, a link-local address, where cloud machines keep their credentials: no source is there"
            ),
            Place::Private(what) => write!(
                f,
                "{host} leads to {address}, {what}; write private = true in the source if it is on a network of your own"
            ),
        }
    }
}

impl std::error::Error for Forbidden {}

impl Guard {
    /// A guard that lets connections lead to private networks if `private`.
    pub(crate) fn new(private: bool) -> Self {
        Self { resolver: DefaultResolver::default(), private }
    }
}

impl<R> Guard<R> {
    // One address that may not be is enough: a name of a public source has none.
    fn check(&self, host: &str, addresses: &[SocketAddr]) -> Result<(), Forbidden> {
        for address in addresses {
            match place(address.ip()) {
                None => {}
                Some(Place::Private(_)) if self.private => {}
                Some(place) => return Err(Forbidden { host: host.to_owned(), address: *address, place }),
            }
        }
        Ok(())
    }
}

impl<R: Resolver> Resolver for Guard<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        self.check(host, &found).map_err(|forbidden| Error::Other(Box::new(forbidden)))?;
        Ok(found)
    }
}

/// The refusal inside an error of a connection, when it is one.
pub(crate) fn refusal(error: &Error) -> Option<&Forbidden> {
    match error {
        Error::Other(inner) => inner.downcast_ref(),
        _ => None,
    }
}
