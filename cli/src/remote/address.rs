//! Where a deployed Exhibit is, and which addresses it may send us to.

use super::RemoteError;
use std::net::IpAddr;
use ureq::http::{Uri, uri::Scheme};

/// The address of a deployed Exhibit's API: `https://…`, or `http://` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: String,
    is_loopback: bool,
}

impl Address {
    /// Reads an address as a person gives it.
    pub fn new(text: &str) -> Result<Self, RemoteError> {
        let wrong = |reason: &str| RemoteError::Address { address: text.to_owned(), reason: reason.to_owned() };
        let uri: Uri = text.parse().map_err(|_| wrong("it is none"))?;
        if uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(wrong("write it without user, password and query; the token goes into EXHIBIT_TOKEN"));
        }
        let is_loopback = is_loopback(&uri);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback => {}
            Some("http") => return Err(wrong("only https keeps the token secret on its way to another machine")),
            _ => return Err(wrong("write https://…")),
        }
        Ok(Self { base: text.trim_end_matches('/').to_owned(), is_loopback })
    }

    /// The address of `path`, which begins with a slash.
    pub(super) fn of(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Checks that a link of this Exhibit may be followed: only one on this machine may lead to this machine.
    pub(super) fn follow<'a>(&self, link: &'a str) -> Result<&'a str, RemoteError> {
        let is_followed = link.parse().is_ok_and(|target| may_lead(self.is_loopback, &target));
        if is_followed { Ok(link) } else { Err(RemoteError::Link { address: host_of(link) }) }
    }

    /// Where the answer of `from`, to which a link led, leads on to. It is checked as a link is, and a way that began with https goes on
    /// with https. Only who is on this machine may lead on to this machine.
    pub(super) fn follow_on(&self, from: &str, location: &str) -> Result<String, RemoteError> {
        let is_followed = |(before, target): &(Uri, Uri)| {
            let is_downgrade = before.scheme() == Some(&Scheme::HTTPS) && target.scheme() != Some(&Scheme::HTTPS);
            may_lead(self.is_loopback && is_loopback(before), target) && !is_downgrade
        };
        let followed = resolved(from, location).filter(is_followed);
        let refused = || RemoteError::Link { address: origin_led_to(from, location) };
        followed.map(|(_, target)| target.to_string()).ok_or_else(refused)
    }
}

fn may_lead(is_from_here: bool, target: &Uri) -> bool {
    match target.scheme_str() {
        Some("https") => is_from_here || !is_this_machine(target),
        Some("http") => is_from_here && is_loopback(target),
        _ => false,
    }
}

// Who answered, and the address that its `location` stands for: it is whole, or a path from the root.
fn resolved(from: &str, location: &str) -> Option<(Uri, Uri)> {
    let (from, target): (Uri, Uri) = (from.parse().ok()?, location.parse().ok()?);
    if target.scheme().is_some() {
        return Some((from, target));
    }
    let is_path = location.starts_with('/') && !location.starts_with("//");
    let path = target.into_parts().path_and_query.filter(|_| is_path);
    let mut parts = from.clone().into_parts();
    parts.path_and_query = Some(path?);
    Some((from, Uri::from_parts(parts).ok()?))
}

/// What may be shown of the address that `location`, in an answer of `from`, stands for: how and whom it asks.
pub(super) fn origin_led_to(from: &str, location: &str) -> String {
    let Some((_, target)) = resolved(from, location) else { return "an address without a host".to_owned() };
    let port = target.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", target.scheme_str().unwrap_or_default(), host_of(&target.to_string()))
}

/// The part of an address that may be shown: the rest of a link is as good as a password.
pub(super) fn host_of(address: &str) -> String {
    let uri: Option<Uri> = address.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or("an address without a host");
    host.chars().take(200).collect()
}

fn is_loopback(uri: &Uri) -> bool {
    let is_named = uri.host().is_some_and(|host| host.eq_ignore_ascii_case("localhost"));
    is_named || ip_of(uri).is_some_and(|address| address.is_loopback())
}

// Asked for the unspecified address, many systems ask themselves. That is nothing to rely on, so it permits nothing.
fn is_this_machine(uri: &Uri) -> bool {
    is_loopback(uri) || ip_of(uri).is_some_and(|address| address.is_unspecified())
}

// An IPv4 address in the clothes of an IPv6 address is that IPv4 address.
fn ip_of(uri: &Uri) -> Option<IpAddr> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_travels_in_clear_to_another_machine() {
        for address in [
            "https://api.example.com",
            "https://api.example.com/prod/",
            "http://127.0.0.1:8080",
            "http://LocalHost:8080",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]:1",
        ] {
            assert!(Address::new(address).is_ok(), "{address}");
        }
        for address in [
            "http://api.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://169.254.169.254",
            "http://0.0.0.0:8080",
            "http://[::]:8080",
            "http://[::ffff:0.0.0.0]:8080",
            "http://[::ffff:10.0.0.1]:8080",
            "https://user:password@api.example.com",
            "https://api.example.com/?x=1",
            "ftp://127.0.0.1",
            "api.example.com",
            "file:///etc",
            "",
        ] {
            assert!(Address::new(address).is_err(), "{address}");
        }
        assert_eq!(
            Address::new("https://x.example/prod/").unwrap().of("/v1/reports"),
            "https://x.example/prod/v1/reports"
        );
    }

    #[test]
    fn only_an_exhibit_on_this_machine_may_lead_to_what_others_cannot_see() {
        let far = Address::new("https://api.example.com").unwrap();
        let here = Address::new("http://127.0.0.1:8080").unwrap();
        assert!(far.follow("https://bucket.s3.eu-central-1.amazonaws.com/x?X-Amz-Signature=1").is_ok());
        for link in [
            "http://127.0.0.1/x",
            "https://127.0.0.1/x",
            "https://LOCALHOST/x",
            "https://0.0.0.0/x",
            "https://[::]/x",
            "https://[::ffff:127.0.0.1]/x",
            "file:///etc/passwd",
            "http://bucket.example/x",
            "x",
            "",
        ] {
            assert!(far.follow(link).is_err(), "{link}");
        }
        assert!(here.follow("file:///etc/passwd").is_err());
        assert!(here.follow("http://localhost:4566/bucket/x?versionId=1").is_ok());
        assert!(here.follow("http://[::ffff:127.0.0.1]:4566/bucket/x").is_ok());
        assert!(here.follow("http://169.254.169.254/x").is_err());
        assert!(here.follow("http://0.0.0.0/x").is_err());
    }

    #[test]
    fn who_is_led_to_leads_on_as_far_as_a_link_does_and_never_out_of_https() {
        let far = Address::new("https://api.example.com").unwrap();
        let here = Address::new("http://127.0.0.1:8080").unwrap();
        let (bucket, store) = ("https://bucket.example/x?X-Amz-Signature=1", "http://127.0.0.1:4566/x");
        assert_eq!(far.follow_on(bucket, "https://bucket.eu.example/x?y").unwrap(), "https://bucket.eu.example/x?y");
        assert_eq!(far.follow_on(bucket, "/other?y").unwrap(), "https://bucket.example/other?y");
        assert_eq!(here.follow_on(store, "http://localhost:1/x").unwrap(), "http://localhost:1/x");
        assert_eq!(here.follow_on(store, "https://bucket.example/x").unwrap(), "https://bucket.example/x");
        for location in ["http://bucket.example/x", "https://127.0.0.1/x", "//bucket.example/x", "x", "../x", ""] {
            assert!(far.follow_on(bucket, location).is_err(), "{location}");
        }
        // Also from another machine back to this one, and on this one from https to http.
        assert!(here.follow_on(bucket, "https://127.0.0.1/x").is_err());
        assert!(here.follow_on("https://127.0.0.1:4566/x", store).is_err());
        assert!(here.follow_on("https://127.0.0.1:4566/x", "HTTPS://127.0.0.1:1/x").is_ok());
        assert!(!far.follow_on(bucket, "http://b.example/x?secret").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn where_an_answer_leads_is_told_without_path_query_and_password() {
        let told = |location| origin_led_to("https://api.example.com/v1/reports", location);
        assert_eq!(told("http://user:secret@b.example:81/secret?secret"), "http://b.example:81");
        assert_eq!(told("/secret"), "https://api.example.com");
        assert!(!told("secret").contains("secret"));
    }

    #[test]
    fn a_refused_link_is_told_without_its_secret() {
        let error =
            Address::new("https://a.example").unwrap().follow("http://b.example/x?X-Amz-Signature=secret").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
