//! Which addresses lead where a source may not be.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is, where that is not the public network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where cloud machines keep their credentials, and machines of the same wire: never a source.
    LinkLocal,
    /// A network of one's own: a source that says so.
    Private(&'static str),
}

const PRIVATE: [(&str, &str); 26] = [
    ("0.0.0.0/8", "an unspecified address"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "an address behind a carrier's translation"),
    ("127.0.0.0/8", "a loopback address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "a reserved address"),
    ("192.0.2.0/24", "an address of documentation"),
    ("192.31.196.0/24", "a reserved address"),
    ("192.52.193.0/24", "a reserved address"),
    ("192.88.99.0/24", "a reserved address"),
    ("192.168.0.0/16", "a private address"),
    ("192.175.48.0/24", "a reserved address"),
    ("198.18.0.0/15", "an address of benchmarks"),
    ("198.51.100.0/24", "an address of documentation"),
    ("203.0.113.0/24", "an address of documentation"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved or broadcast address"),
    ("::/128", "an unspecified address"),
    ("::1/128", "a loopback address"),
    ("100::/64", "an address that discards"),
    ("2001::/23", "a reserved address"),
    ("2001:db8::/32", "an address of documentation"),
    ("3fff::/20", "an address of documentation"),
    ("fc00::/7", "a private address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
];

// The second is where AWS keeps credentials for machines that speak IPv6 alone, inside a private range.
const LINK_LOCAL: [&str; 3] = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"];

/// What kind of place `address` is; none for the public network.
///
/// An IPv6 address that stands for an IPv4 address is what that is: mapped, compatible, translated (NAT64) or tunnelled (6to4).
pub fn place(address: IpAddr) -> Option<Place> {
    let address = meant(address);
    let is_in = |network: &str| network.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
    if LINK_LOCAL.into_iter().any(is_in) {
        return Some(Place::LinkLocal);
    }
    PRIVATE.into_iter().find(|(network, _)| is_in(network)).map(|(_, what)| Place::Private(what))
}

/// The IPv4 address that an IPv6 address stands for, or the address itself.
pub(super) fn meant(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => within(six).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// The IPv4 address inside an IPv6 address, where it has one.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let last = || four(g, h);
    match [a, b, c, d, e, f] {
        // ::ffff:0:0/96, ::ffff:0:0:0/96 and ::/96, but for :: and ::1.
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] => Some(last()),
        [0, 0, 0, 0, 0, 0] if (g, h) != (0, 0) && (g, h) != (0, 1) => Some(last()),
        // NAT64 (RFC 6052), and the same for networks of one's own (RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0] | [0x64, 0xff9b, 1, _, _, _] => Some(last()),
        // 6to4 (RFC 3056).
        [0x2002, ..] => Some(four(b, c)),
        _ => None,
    }
}

fn four(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Place> {
        place(text.parse().unwrap())
    }

    #[test]
    fn every_network_that_is_written_here_is_one() {
        let all = PRIVATE.iter().map(|(network, _)| *network).chain(LINK_LOCAL);
        assert!(all.into_iter().all(|network| network.parse::<IpNet>().is_ok()));
    }

    #[test]
    fn addresses_of_ones_own_networks_are_told_from_public_ones() {
        for own in [
            "127.0.0.1",
            "127.255.0.9",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.9",
            "198.19.0.1",
            "240.0.0.1",
            "::",
            "::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:c0a8:101::5",
            "::10.0.0.1",
            "fec0::1",
        ] {
            assert!(matches!(of(own), Some(Place::Private(_))), "{own}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2002:808:808::1",
            "64:ff9b::808:808",
        ] {
            assert_eq!(of(public), None, "{public}");
        }
    }

    #[test]
    fn addresses_where_clouds_keep_credentials_are_link_local_in_every_form() {
        for local in [
            "169.254.169.254",
            "169.254.170.2",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
        ] {
            assert_eq!(of(local), Some(Place::LinkLocal), "{local}");
        }
    }
}
