//! Where a deployed Exhibit is, and which addresses it may send us to.

use super::RemoteError;
use std::net::IpAddr;
use ureq::http::Uri;

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
        let wrong = || RemoteError::Link { address: host_of(link) };
        let uri: Uri = link.parse().map_err(|_| wrong())?;
        let followed = match uri.scheme_str() {
            Some("https") => self.is_loopback || !is_loopback(&uri),
            Some("http") => self.is_loopback && is_loopback(&uri),
            _ => false,
        };
        if followed { Ok(link) } else { Err(wrong()) }
    }
}

/// The part of an address that may be shown: the rest of a link is as good as a password.
pub(super) fn host_of(address: &str) -> String {
    let uri: Option<Uri> = address.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or("an address without a host");
    host.chars().take(200).collect()
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_travels_in_clear_to_another_machine() {
        for address in
            ["https://api.example.com", "https://api.example.com/prod/", "http://127.0.0.1:8080", "http://[::1]:1"]
        {
            assert!(Address::new(address).is_ok(), "{address}");
        }
        for address in [
            "http://api.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://169.254.169.254",
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
        for link in
            ["http://127.0.0.1/x", "https://127.0.0.1/x", "file:///etc/passwd", "http://bucket.example/x", "x", ""]
        {
            assert!(far.follow(link).is_err(), "{link}");
        }
        assert!(here.follow("file:///etc/passwd").is_err());
        assert!(here.follow("http://localhost:4566/bucket/x?versionId=1").is_ok());
        assert!(here.follow("http://169.254.169.254/x").is_err());
    }

    #[test]
    fn a_refused_link_is_told_without_its_secret() {
        let error =
            Address::new("https://a.example").unwrap().follow("http://b.example/x?X-Amz-Signature=secret").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
