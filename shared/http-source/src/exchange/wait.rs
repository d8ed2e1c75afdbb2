//! How long a source wants to be left alone.

use std::time::{Duration, SystemTime};
use ureq::http::HeaderMap;

// Larger numbers are instants, in seconds since 1970, and smaller ones are seconds from now.
const INSTANTS: u64 = 100_000_000;

/// Whether a refusal is one of asking too much.
pub(crate) fn is_limited(headers: &HeaderMap) -> bool {
    headers.contains_key("retry-after") || text(headers, "x-ratelimit-remaining") == Some("0")
}

/// How long, if it says so: by `retry-after` (RFC 9110, section 10.2.3), or by when its limit begins anew.
pub(crate) fn wanted(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    text(headers, "retry-after").and_then(|text| after(text, now)).or_else(|| reset(headers, now))
}

fn after(text: &str, now: SystemTime) -> Option<Duration> {
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let names = ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"];
    let seconds: u64 = names.into_iter().find_map(|name| text(headers, name)?.parse().ok())?;
    if seconds < INSTANTS {
        return Some(Duration::from_secs(seconds));
    }
    let instant = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    Some(instant.duration_since(now).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_dates_and_instants_are_understood() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (name, value, seconds) in [
            ("retry-after", "120", Some(120)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("retry-after", "soon", None),
            ("x-ratelimit-reset", "784111780", Some(10)),
            ("x-rate-limit-reset", "784111700", Some(0)),
            ("ratelimit-reset", "30", Some(30)),
        ] {
            let headers = [(name.parse().unwrap(), value.parse().unwrap())].into_iter().collect();
            assert_eq!(wanted(&headers, now), seconds.map(Duration::from_secs), "{name}: {value}");
        }
    }
}
