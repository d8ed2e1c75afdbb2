//! File patterns: placeholders for the slot's period, then a glob.

use collecting::CollectError;
use domain::Period;
use globset::{GlobBuilder, GlobMatcher};
use jiff::{ToSpan, civil::Date, tz::TimeZone};

fn refuse(pattern: &str, reason: impl Into<String>) -> CollectError {
    CollectError::Pattern { pattern: pattern.to_owned(), reason: reason.into() }
}

/// `pattern` for `period`: one text, or with `{each_day}` one for each day of it.
pub(super) fn expand(pattern: &str, period: &Period) -> Result<Vec<String>, CollectError> {
    let days = days(period);
    let last = days.last().map(Date::to_string).unwrap_or_default();
    let once = pattern.replace("{last_day}", &last).replace("{period}", &period.to_string());
    let texts = match once.contains("{each_day}") {
        true => days.iter().map(|day| once.replace("{each_day}", &day.to_string())).collect(),
        false => vec![once],
    };
    texts.iter().try_for_each(|text| check(pattern, text))?;
    Ok(texts)
}

fn check(pattern: &str, text: &str) -> Result<(), CollectError> {
    if text.contains(['{', '}']) {
        return Err(refuse(pattern, "the placeholders are {last_day}, {each_day} and {period}"));
    }
    if text.contains(['\\', '\0']) {
        return Err(refuse(pattern, "write / between folders, and no backslash"));
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(refuse(pattern, "write a relative path below the sources' root, without empty parts, . or .."));
    }
    Ok(())
}

/// The days that `period` touches, in order.
fn days(period: &Period) -> Vec<Date> {
    let first = TimeZone::UTC.to_datetime(period.start()).date();
    let is_inside = |day: &Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).is_ok_and(|start| start < period.end());
    // The first day counts also when the period begins in the middle of it.
    std::iter::once(first).chain(first.series(1.day()).skip(1).take_while(is_inside)).collect()
}

/// A checked glob: `*` and `?` stay within one folder, `**` crosses folders.
pub(super) struct Pattern {
    text: String,
    folder: String,
    matcher: GlobMatcher,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, CollectError> {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        let matcher = glob.map_err(|error| refuse(text, error.kind().to_string()))?.compile_matcher();
        let folders = text.rsplit_once('/').map_or("", |(folders, _)| folders);
        let plain: Vec<&str> = folders.split('/').take_while(|part| !is_glob(part)).collect();
        Ok(Self { text: text.to_owned(), folder: plain.join("/"), matcher })
    }

    /// Whether it can only mean one name.
    pub(super) fn is_literal(&self) -> bool {
        !is_glob(&self.text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The folder below which everything that matches lies; empty for the root.
    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// What every name that matches begins with.
    #[cfg(feature = "aws")]
    pub(super) fn literal_head(&self) -> &str {
        self.text.split(GLOB).next().unwrap_or_default()
    }

    /// Whether a match can lie in another folder than that of the literal head.
    #[cfg(feature = "aws")]
    pub(super) fn crosses_folders(&self) -> bool {
        let rest = self.text.get(self.literal_head().len()..).unwrap_or_default();
        rest.contains('/') || rest.contains("**")
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// Whether something below the folder `name` can match.
    pub(super) fn reaches_below(&self, name: &str) -> bool {
        self.text.contains("**") || name.matches('/').count() < self.text.matches('/').count()
    }
}

const GLOB: [char; 3] = ['*', '?', '['];

fn is_glob(text: &str) -> bool {
    text.contains(GLOB)
}

#[cfg(all(test, feature = "aws"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_begins_with_the_literal_head_and_stays_in_its_folder_where_the_pattern_does() {
        for (text, head, crosses) in [
            ("in/a.csv", "in/a.csv", false),
            ("in/a-*.csv", "in/a-", false),
            ("*", "", false),
            ("in/*/a.csv", "in/", true),
            ("in/**", "in/", true),
            ("in/[ab]?.csv", "in/", false),
        ] {
            let pattern = Pattern::new(text).unwrap();
            assert_eq!((pattern.literal_head(), pattern.crosses_folders()), (head, crosses), "{text}");
        }
    }
}
