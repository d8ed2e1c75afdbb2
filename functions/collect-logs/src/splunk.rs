//! Splunk: one export, whose results come line by line.

use crate::{
    collector::Ask,
    gathered::{Document, Gathered, Rows},
    limits,
    reading::{at, is_true, text},
    text::fill,
};
use catalog::{FileFormat, LogsSearch};
use collecting::{Asking, CollectError, Json};
use domain::{Period, evidence::RawFile};
use http_source::{Call, CallBody, Conversation, Heard};
use std::collections::BTreeMap;

const EXPORT: &str = "/services/search/v2/jobs/export";

/// Exports the results of a search in the time of the slot.
pub(crate) async fn all<'a>(ask: Ask<'_>, asking: &Asking<'a>) -> Result<Gathered<'a>, CollectError> {
    let LogsSearch::Text(template) = &ask.question.search else {
        let reason = format!("the query {}: Splunk takes no body: write \"text\"", ask.order.query.name);
        return Err(CollectError::Source { reason });
    };
    let mut conversation = ask.source.converse(&ask.order.slot, ask.access, asking).await?;
    let search = command(&fill(template, conversation.values())?);
    let call = export(&search, &ask.order.slot.period);
    let endpoint = conversation.endpoint(&call);
    let sent = call.parameters.iter().map(|(name, value)| (format!("parameter.{name}"), value.clone()));
    let mut parameters: BTreeMap<String, String> = sent.collect();
    conversation.check_told(&endpoint, &parameters)?;
    parameters.extend(version(&mut conversation).await?.map(|version| ("engine".to_owned(), version)));
    let rows = conversation.ask(&call, move |heard| read(heard, &search)).await?.unwrap_or_default();
    conversation.take(rows.len() as u64).await;
    let (raw, held) = conversation.end().await;
    let name = raw.last().map(|file| file.name.clone()).unwrap_or_default();
    let rows = Rows::Composed(FileFormat::JsonLines, vec![RawFile { name, bytes: rows }]);
    let document = Document { endpoint, parameters, raw, rows, source_count: None };
    Ok(Gathered { document, held })
}

/// `splunk 9.3.1`, where it says so.
async fn version(conversation: &mut Conversation<'_>) -> Result<Option<String>, CollectError> {
    let call = Call::new("GET", "/services/server/info").with("output_mode", "json").or_absent(&[403, 404]);
    let told = conversation.ask(&call, |heard| {
        let json = heard.json()?;
        let entry = at(heard, json, &["entry"])?.and_then(|entries| entries.elements().next());
        entry.map(|entry| text(heard, entry, &["content", "version"])).transpose()
    });
    Ok(told.await?.flatten().flatten().map(|version| format!("splunk {version}")))
}

// A search begins with a command; the one that is meant when none is named is `search`.
fn command(text: &str) -> String {
    let text = text.trim();
    let is_search = text.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("search"))
        && text.get(6..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    if text.starts_with('|') || is_search { text.to_owned() } else { format!("search {text}") }
}

// The end is no part of the time that Splunk searches. Peers that are lost are a failure, not a part of the results.
fn export(search: &str, period: &Period) -> Call {
    let call = Call { format: FileFormat::JsonLines, ..Call::new("POST", EXPORT) };
    call.with("search", search)
        .with("earliest_time", period.start().as_second().to_string())
        .with("latest_time", period.end().as_second().to_string())
        .with("output_mode", "json")
        .with("preview", "false")
        .with("allow_partial_results", "false")
        .sending(CallBody::Form)
}

/// The results as lines of JSON.
fn read(heard: &Heard<'_>, search: &str) -> Result<Vec<u8>, CollectError> {
    let mut lines = Lines::default();
    for line in heard.bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        lines.take(heard, Json::read(heard.name, line)?)?;
    }
    lines.check_end(heard)?;
    match limits::SPL.doubt(lines.rows, search) {
        Some(doubt) => Err(heard.refuse(doubt)),
        None => Ok(lines.results),
    }
}

#[derive(Default)]
struct Lines {
    results: Vec<u8>,
    rows: u64,
    previews: u64,
    /// Whether the last line of the final results said that it is the last.
    is_over: bool,
}

impl Lines {
    fn take(&mut self, heard: &Heard<'_>, line: Json<'_>) -> Result<(), CollectError> {
        if let Some(messages) = at(heard, line, &["messages"])? {
            messages.elements().try_for_each(|message| check_message(heard, message))?;
        }
        let result = at(heard, line, &["result"])?;
        if is_true(heard, line, &["preview"])? {
            self.previews += 1;
            return Ok(());
        }
        let is_last = is_true(heard, line, &["lastrow"])?;
        if let Some(result) = result {
            self.rows += 1;
            self.results.extend_from_slice(result.as_str().as_bytes());
            self.results.push(b'\n');
        }
        self.is_over = is_last || self.is_over && result.is_none();
        Ok(())
    }

    fn check_end(&self, heard: &Heard<'_>) -> Result<(), CollectError> {
        if self.is_over || self.rows == 0 && self.previews == 0 && heard.has_an_end {
            return Ok(());
        }
        let rows = self.rows;
        Err(heard.refuse(if rows == 0 {
            "it ends before its final results: only previews came, or nothing".to_owned()
        } else {
            format!("it ends after {rows} results without saying that the last one is the last: it was cut; ask again")
        }))
    }
}

// How Splunk says that results are not all, when it is not an error to it.
const SHORT: [&str; 16] = [
    "cancel",
    "could not",
    "exceed",
    "fail",
    "finalized",
    "incomplete",
    "limit",
    "maximum",
    "missing",
    "not all",
    "partial",
    "skipped",
    "terminated",
    "timed out",
    "truncat",
    "unable",
];

fn check_message(heard: &Heard<'_>, message: Json<'_>) -> Result<(), CollectError> {
    let kind = text(heard, message, &["type"])?.unwrap_or_default().to_ascii_uppercase();
    let says = text(heard, message, &["text"])?.unwrap_or_default();
    let lower = says.to_ascii_lowercase();
    let is_short = SHORT.iter().any(|word| lower.contains(word));
    match kind.as_str() {
        "DEBUG" => Ok(()),
        "INFO" | "WARN" | "WARNING" if !is_short => Ok(()),
        _ => Err(heard.refuse(format!("Splunk says of it ({kind:.20}): {:?}", heard.quote(&says)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_begins_with_a_command() {
        for (text, sent) in [
            ("\n| tstats count\n", "| tstats count"),
            ("index=main error", "search index=main error"),
            ("search index=main", "search index=main"),
            ("SEARCH\tindex=main", "SEARCH\tindex=main"),
            ("searching=1", "search searching=1"),
            ("é", "search é"),
        ] {
            assert_eq!(command(text), sent);
        }
    }
}
