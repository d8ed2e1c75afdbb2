//! An answer: its status, what it says about itself, and its message when it refuses.

use super::{aws, wait};
use crate::concealed::Concealed;
use catalog::FileFormat;
use serde_json::Value;
use std::time::{Duration, SystemTime};
use ureq::http::HeaderMap;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As received, unpacked.
    pub(crate) body: Vec<u8>,
}

/// What an answer means for its request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is what was asked for.
    Answered,
    /// It is elsewhere: where the header says.
    Elsewhere(String),
    /// The source wants to be asked again, not before so long, if it says so.
    Again(Option<Duration>),
    /// Whoever asks is not known, or may not ask that.
    Denied,
    /// What proved who asks has ended; something fresh may do.
    Ended,
    /// It will not be had so.
    Refused,
}

// A message is as long as a line.
const LONGEST_MESSAGE: usize = 200;

impl Reply {
    /// What it means, at `now`.
    pub(crate) fn meaning(&self, now: SystemTime) -> Meaning {
        match self.status {
            200..=299 => Meaning::Answered,
            301 | 302 | 303 | 307 | 308 => {
                self.header("location").map_or(Meaning::Refused, |to| Meaning::Elsewhere(to.to_owned()))
            }
            429 | 500 | 502 | 503 | 504 => Meaning::Again(wait::wanted(&self.headers, now)),
            // How GitHub says that it is asked too much.
            403 if wait::is_limited(&self.headers) => Meaning::Again(wait::wanted(&self.headers, now)),
            401 | 403 => Meaning::Denied,
            _ => Meaning::Refused,
        }
    }

    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The text of every header of that name.
    pub(crate) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// The status, and what the answer says about it if that is short and shows no secret: for messages.
    pub(crate) fn told(&self, concealed: &Concealed) -> String {
        let status = self.status;
        let json = serde_json::from_slice::<Value>(&self.body).ok();
        let own = || json.as_ref().and_then(|json| message(json, concealed));
        match aws::message(self).and_then(|text| line(&text, concealed)).or_else(own) {
            Some(message) => format!("it answered with status {status}: {message:?}"),
            None => format!("it answered with status {status}"),
        }
    }

    /// Refuses an answer that says it is written otherwise than `format`: a page to log in at comes with status 200.
    pub(crate) fn check_type(&self, format: FileFormat, concealed: &Concealed) -> Result<(), String> {
        let Some(whole) = self.header("content-type") else { return Ok(()) };
        let kind = whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if fits(format, &kind) {
            return Ok(());
        }
        let kind = if concealed.is_in_text(&kind) { "something else" } else { &kind };
        Err(format!(
            "it is of type {kind:.80?}, which is not how {format:?} is written; is the address right, and who asks known to it?"
        ))
    }

    /// Whether its end can be told from a connection that was cut.
    pub(crate) fn has_an_end(&self) -> bool {
        ["content-length", "transfer-encoding", "content-encoding"]
            .into_iter()
            .any(|name| self.headers.contains_key(name))
    }
}

fn fits(format: FileFormat, kind: &str) -> bool {
    const ANY: [&str; 7] = [
        "",
        "text/plain",
        "application/octet-stream",
        "binary/octet-stream",
        "application/gzip",
        "application/x-gzip",
        "application/zip",
    ];
    let own = match format {
        FileFormat::Csv => {
            kind.ends_with("/csv")
                || ["application/vnd.ms-excel", "text/comma-separated-values", "text/tab-separated-values"]
                    .contains(&kind)
        }
        _ => kind.contains("json") || kind.contains("ndjson"),
    };
    own || ANY.contains(&kind)
}

/// What a JSON value says is wrong, on one short line; nothing if that shows a secret.
pub(crate) fn message(json: &Value, concealed: &Concealed) -> Option<String> {
    line(in_json(json)?, concealed)
}

/// A text of somebody else on one short line; nothing if it shows a secret, or says nothing.
pub(crate) fn line(text: &str, concealed: &Concealed) -> Option<String> {
    if concealed.is_in_text(text) {
        return None;
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line: String = words.collect::<Vec<_>>().join(" ").chars().take(LONGEST_MESSAGE).collect();
    (!line.is_empty()).then_some(line)
}

// Where sources say what is wrong.
const NAMES: [&str; 10] = [
    "message",
    "error_description",
    "errorSummary",
    "detail",
    "title",
    "errorMessages",
    "messages",
    "errors",
    "error",
    "reason",
];

/// The first message in a JSON value, where sources put them.
fn in_json(json: &Value) -> Option<&str> {
    match json {
        Value::String(text) => Some(text),
        Value::Array(items) => items.iter().find_map(in_json),
        Value::Object(members) => {
            let mut named = NAMES.into_iter().filter_map(|name| members.get(name));
            named.find_map(in_json).or_else(|| members.get("text").and_then(Value::as_str))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_refusal_is_told_on_one_short_line_without_secrets() {
        let mut concealed = Concealed::default();
        concealed.add("hunter2");
        let told = |body: &str| reply(404, &[], body).told(&concealed);
        assert_eq!(told(r#"{"message":"Not\n\u0007 Found"}"#), "it answered with status 404: \"Not Found\"");
        assert!(told(r#"{"errors":[{"message":"no such field"}]}"#).contains("no such field"));
        for hidden in [r#"{"error":"bad token hunter2"}"#, "<html>hunter2</html>", "{}", "", "7"] {
            assert_eq!(told(hidden), "it answered with status 404");
        }
        assert!(told(&format!("{{\"detail\":{:?}}}", "x".repeat(9000))).len() < 300);
    }

    #[test]
    fn a_page_to_log_in_at_is_no_answer() {
        let check =
            |kind, format| reply(200, &[("content-type", kind)], "").check_type(format, &Concealed::default()).is_ok();
        for kind in
            ["application/json; charset=utf-8", "application/vnd.github+json", "application/x-ndjson", "text/plain"]
        {
            assert!(check(kind, FileFormat::Json), "{kind}");
        }
        assert!(check("text/CSV", FileFormat::Csv) && !check("application/json", FileFormat::Csv));
        for kind in ["text/html", "text/html; charset=utf-8", "application/xml", "image/png", "text/csv"] {
            assert!(!check(kind, FileFormat::Json), "{kind}");
        }
        assert!(reply(200, &[], "").check_type(FileFormat::Json, &Concealed::default()).is_ok());
    }

    #[test]
    fn statuses_mean_what_sources_mean_by_them() {
        let meaning = |status, headers: &[(&'static str, &'static str)]| {
            reply(status, headers, "").meaning(SystemTime::UNIX_EPOCH)
        };
        assert_eq!(meaning(204, &[]), Meaning::Answered);
        assert_eq!(meaning(302, &[("location", "/a")]), Meaning::Elsewhere("/a".to_owned()));
        assert_eq!(meaning(429, &[("retry-after", "3")]), Meaning::Again(Some(Duration::from_secs(3))));
        assert_eq!(meaning(403, &[("retry-after", "3")]), Meaning::Again(Some(Duration::from_secs(3))));
        let limited = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")];
        assert_eq!(meaning(403, &limited), Meaning::Again(Some(Duration::from_secs(60))));
        assert_eq!(meaning(403, &[("x-ratelimit-remaining", "17")]), Meaning::Denied);
        assert_eq!(
            (meaning(401, &[]), meaning(404, &[]), meaning(304, &[])),
            (Meaning::Denied, Meaning::Refused, Meaning::Refused)
        );
    }
}
