//! Which network addresses a source may have: a catalog must not lead a collector to where only its own machine should reach.

mod ranges;

pub use ranges::{Place, place};

use ranges::meant;
use std::net::IpAddr;

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Where cloud machines keep their credentials, or what is no address of one machine.
    #[error("{0} is never asked: it is link-local, where machines keep credentials, or not the address of one machine")]
    Always(IpAddr),
    /// An address of a private network, and the source does not say that it is on one.
    #[error("{0} is on a private network: write private = true in the source if that is meant")]
    Private(IpAddr),
}

/// Whether a source at `address` may be asked; `private` is what the source says of itself in the catalog.
///
/// Check each address that a name resolves to, and connect to the address that was checked, not to the name again.
pub fn check(address: IpAddr, private: bool) -> Result<(), Forbidden> {
    match place(address) {
        Some(Place::LinkLocal) => Err(Forbidden::Always(address)),
        Some(Place::Private(_)) if is_no_machine(meant(address)) => Err(Forbidden::Always(address)),
        Some(Place::Private(_)) if !private => Err(Forbidden::Private(address)),
        _ => Ok(()),
    }
}

// Everybody, or nobody.
fn is_no_machine(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_multicast() || four.octets().first() == Some(&0) || four.is_broadcast(),
        IpAddr::V6(six) => six.is_multicast() || six.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn link_local_addresses_are_refused_however_they_are_written_and_whatever_the_source_says() {
        for address in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(check(address, true), Err(Forbidden::Always(address)));
        }
    }

    #[test]
    fn private_addresses_are_asked_only_where_the_source_says_so() {
        for address in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1", "::ffff:10.0.0.1"]
        {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(check(address, false), Err(Forbidden::Private(address)));
            assert_eq!(check(address, true), Ok(()));
        }
        for address in ["93.184.216.34", "2606:2800:220:1::1", "172.32.0.1"] {
            assert_eq!(check(address.parse().unwrap(), false), Ok(()), "{address}");
        }
    }
}
