//! Which network addresses a source may have: a catalog must not lead a collector to where only its own machine should reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    let real = embedded(address);
    let (never, inner) = match real {
        IpAddr::V4(four) => (is_never_v4(four), is_private_v4(four)),
        IpAddr::V6(six) => (is_never_v6(six), is_private_v6(six)),
    };
    match (never, inner) {
        (true, _) => Err(Forbidden::Always(address)),
        (_, true) if !private => Err(Forbidden::Private(address)),
        _ => Ok(()),
    }
}

/// The IPv4 address inside one of IPv6, where it leads there: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let [a, b, c, d, e, f, g, h] = six.segments();
    let four = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => four(g, h),
        (0, 0, 0, 0, 0, 0) if g != 0 => four(g, h),
        (0x2002, ..) => four(b, c),
        _ => address,
    }
}

fn is_never_v4(address: Ipv4Addr) -> bool {
    address.is_link_local() || address.is_multicast() || address.octets().first() == Some(&0) || address.is_broadcast()
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // Carrier-grade NAT (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544), reserved (RFC 1112).
    let shared =
        a == 100 && (64..128).contains(&b) || (a, b, c) == (192, 0, 0) || a == 198 && (b & 254) == 18 || a >= 240;
    address.is_private() || address.is_loopback() || shared
}

// AWS has its machines' credentials at an address of a private network, too.
const CREDENTIALS_OF_AWS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

fn is_never_v6(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local()
        || address.is_multicast()
        || address.is_unspecified()
        || address == CREDENTIALS_OF_AWS
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, ..] = address.segments();
    // Site-local addresses (RFC 3879) are deprecated, and some networks still have them.
    address.is_loopback() || address.is_unique_local() || first & 0xffc0 == 0xfec0
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
