//! Where requests go: one origin, whatever an answer says.

use collecting::CollectError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Url, form_urlencoded};

// What RFC 3986 calls unreserved stays as it is.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Scheme, host and port of a source. Requests leave for nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `https://api.github.com`, as a browser writes it.
    text: String,
    url: Url,
}

/// A source's origin, and the path that its declared address begins with.
pub(crate) fn origin(address: &str, private: bool) -> Result<(Origin, String), CollectError> {
    let refuse = |reason: &str| CollectError::Source { reason: format!("the address {address:?} {reason}") };
    let url = Url::parse(address).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    let is_allowed = url.scheme() == "https" || url.scheme() == "http" && private;
    if !is_allowed {
        return Err(refuse("is not encrypted: write https://…; http:// is taken with private = true only"));
    }
    if !url.has_host() || !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("has to be a host, without a user"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has parameters: they belong into [request.parameters]"));
    }
    let (text, path) = (url.origin().ascii_serialization(), url.path().to_owned());
    Ok((Origin { text, url }, path))
}

impl Origin {
    /// `https://api.github.com`
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address that `reference` means in an answer from `address`: it has to be here. Else it is told where it leads.
    pub(crate) fn follow(&self, address: &str, reference: &str) -> Result<String, String> {
        let there = Url::parse(address).and_then(|address| address.join(reference));
        let there = there.map_err(|error| format!("what cannot be read as an address: {error}"))?;
        let is_here = there.origin() == self.url.origin() && there.username().is_empty() && there.password().is_none();
        if !is_here {
            return Err(there.origin().ascii_serialization());
        }
        let query = there.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(format!("{}{}{query}", self.text, there.path()))
    }
}

/// A value as one part of a path: nothing in it divides paths or begins parameters.
pub(crate) fn segment(value: &str) -> String {
    utf8_percent_encode(value, &SEGMENT).to_string()
}

/// Whether a part of a path leads up, or would be dropped, however its dots are written.
pub(crate) fn leads_up(path: &str) -> bool {
    let dots = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    path.split('/').any(dots)
}

/// Names and values as `application/x-www-form-urlencoded`.
pub(crate) fn form<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_leads_to_is_at_the_same_origin_or_nowhere() {
        let (origin, path) = origin("https://api.acme.example/v1/", false).unwrap();
        assert_eq!((origin.as_str(), path.as_str()), ("https://api.acme.example", "/v1/"));
        let from = "https://api.acme.example/v1/users?a=1";
        for (reference, address) in [
            ("?page=2", "/v1/users?page=2"),
            ("/x?y={z}", "/x?y={z}"),
            ("https://API.acme.example:443/a%2Fb#c", "/a%2Fb"),
            ("../other", "/other"),
        ] {
            assert_eq!(origin.follow(from, reference).unwrap(), format!("https://api.acme.example{address}"));
        }
        for elsewhere in [
            "http://api.acme.example/v1",
            "//evil.example/v1",
            "https://evil.example",
            "https://api.acme.example:8443/",
            "https://api.acme.example@evil.example/",
            "https://user:word@api.acme.example/",
            "\\\\evil.example\\x",
            "https://api.acme.example.evil.example/",
            "https:///evil.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://169.254.169.254/latest/meta-data",
        ] {
            assert!(origin.follow(from, elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for address in [
            "http://a.example",
            "ftp://a.example",
            "https://u@a.example",
            "https://a.example?b",
            "a.example",
            "https://",
        ] {
            assert!(origin(address, false).is_err(), "{address}");
        }
        assert!(origin("http://a.example", true).is_ok());
    }

    #[test]
    fn a_value_is_one_part_of_a_path() {
        assert_eq!(segment("a/b?c#d%2e;é {}"), "a%2Fb%3Fc%23d%252e%3B%C3%A9%20%7B%7D");
        assert!(leads_up("/a/../b") && leads_up("/a/%2E%2e") && leads_up("/./") && leads_up("/.%2E/x"));
        assert!(!leads_up("/a/..b/c..") && !leads_up("/%252e%252e/"));
    }
}
