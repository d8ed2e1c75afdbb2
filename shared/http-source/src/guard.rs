//! Where connections may lead. Names are resolved once, what comes out is checked, and only that is connected to.

use collecting::guard::{Place, place};
use std::{fmt, net::SocketAddr};
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };
    use ureq::{Agent, unversioned::transport::DefaultConnector};

    /// Names that mean another address each time.
    #[derive(Debug, Clone)]
    struct Rebinding {
        addresses: Vec<SocketAddr>,
        asked: Arc<AtomicUsize>,
    }

    impl Resolver for Rebinding {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            let mut found = self.empty();
            found.push(self.addresses[self.asked.fetch_add(1, Ordering::Relaxed)]);
            Ok(found)
        }
    }

    fn agent(private: bool, addresses: &[SocketAddr]) -> (Agent, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let resolver = Rebinding { addresses: addresses.to_vec(), asked: Arc::clone(&asked) };
        let config = Agent::config_builder().proxy(None).max_idle_connections(0).build();
        (Agent::with_parts(config, DefaultConnector::default(), Guard { resolver, private }), asked)
    }

    #[test]
    fn a_name_is_resolved_once_for_a_connection_and_what_it_means_later_is_checked_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok").unwrap();
            }
        });
        let (asking, asked) = agent(true, &[here, "169.254.169.254:80".parse().unwrap(), here]);
        let get = || asking.get("http://rebinding.example/").call();
        assert_eq!(get().unwrap().body_mut().read_to_string().unwrap(), "ok");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let refused = get().unwrap_err();
        assert!(refusal(&refused).unwrap().to_string().contains("link-local"), "{refused}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        let (asking, _) = agent(false, &[here]);
        let refused = asking.get("http://rebinding.example/").call().unwrap_err();
        assert!(refusal(&refused).unwrap().to_string().contains("private = true"), "{refused}");
    }

    #[test]
    fn one_address_that_may_not_be_is_enough() {
        let addresses = ["1.1.1.1:443".parse().unwrap(), "10.0.0.1:443".parse().unwrap()];
        let guard = |private| Guard { resolver: (), private };
        assert!(guard(false).check("mixed.example", &addresses).is_err());
        assert!(guard(true).check("mixed.example", &addresses).is_ok());
        assert!(guard(false).check("public.example", &addresses[..1]).is_ok());
    }
}
