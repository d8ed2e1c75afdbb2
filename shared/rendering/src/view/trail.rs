//! The evidence trail: each query with its exact text, and the evidence that answers it.

use super::{TEXT_WIDTH, instant, soft, thousands};
use crate::{
    table::{Anchors, Kind, Table, TableColumn},
    typeface::Typeface,
    visible::{visible, visible_lines},
    wrapping::Measure,
};
use domain::{EvidenceEntry, QueryEntry, Report};
use serde::Serialize;
use std::collections::BTreeMap;

/// Font size of query text in points.
const QUERY_SIZE: f64 = 6.6;
/// Room for a line of query text in points.
const QUERY_WIDTH: f64 = TEXT_WIDTH - 20.0;

const EVIDENCE: [TableColumn; 5] = [
    TableColumn { title: "Evidence, what was asked, its file's SHA-256", kind: Kind::Target, width: 193.0 },
    TableColumn { title: "Period", kind: Kind::Text, width: 52.0 },
    TableColumn { title: "Executed at (UTC), by", kind: Kind::Text, width: 92.0 },
    TableColumn { title: "Rows", kind: Kind::Number, width: 38.0 },
    TableColumn { title: "SHA-256", kind: Kind::Code, width: TEXT_WIDTH - 375.0 },
];

#[derive(Debug, Serialize)]
pub(crate) struct TrailView {
    query_size: f64,
    queries: Vec<QueryView>,
}

#[derive(Debug, Default, Serialize)]
struct QueryView {
    name: String,
    answers: String,
    digest: String,
    /// Wrapped lines.
    text: String,
    columns: String,
    /// The controls whose finding it is.
    concludes: String,
    sources: String,
    collectors: String,
    parameters: String,
    count: String,
    evidence: Table,
}

/// The place of each piece of evidence.
pub(super) fn anchors(report: &Report) -> Anchors<'_> {
    report.evidence.iter().enumerate().map(|(index, entry)| (entry.evidence_id.as_str(), index)).collect()
}

pub(super) fn trail(report: &Report, anchors: &Anchors<'_>) -> TrailView {
    let mut answered: BTreeMap<&str, Vec<&EvidenceEntry>> = BTreeMap::new();
    for entry in &report.evidence {
        answered.entry(entry.query.as_str()).or_default().push(entry);
    }
    let entries = |query: &QueryEntry| answered.get(query.name.as_str()).map_or(&[][..], Vec::as_slice);
    let mut queries: Vec<_> = report.queries.iter().map(|query| view(report, query, entries(query), anchors)).collect();
    let is_known = |name: &str| report.queries.iter().any(|query| query.name == name);
    queries.extend(answered.iter().filter(|(name, _)| !is_known(name)).map(|(name, entries)| QueryView {
        name: soft(name),
        answers: "The text of this query is not in the report.".to_owned(),
        evidence: table(entries, anchors),
        count: thousands(entries.len() as u64),
        ..QueryView::default()
    }));
    TrailView { query_size: QUERY_SIZE, queries }
}

fn table(evidence: &[&EvidenceEntry], anchors: &Anchors<'_>) -> Table {
    let mut table = Table::new(&EVIDENCE);
    for entry in evidence {
        table.row(&cells(entry), anchors);
    }
    table
}

fn view(report: &Report, query: &QueryEntry, evidence: &[&EvidenceEntry], anchors: &Anchors<'_>) -> QueryView {
    let concludes = report.findings.iter().filter(|finding| finding.query == query.name);
    QueryView {
        name: soft(&query.name),
        answers: soft(&query.answers),
        digest: query.digest.to_string(),
        text: text(query),
        columns: soft(&columns(query)),
        concludes: concludes.map(|finding| finding.control.to_string()).collect::<Vec<_>>().join(", "),
        sources: distinct(evidence.iter().map(|entry| entry.source.to_string())),
        collectors: distinct(evidence.iter().map(|entry| visible(&entry.collector).into_owned())),
        parameters: soft(&parameters(report, query, evidence)),
        count: thousands(evidence.len() as u64),
        evidence: table(evidence, anchors),
    }
}

fn cells(entry: &EvidenceEntry) -> [String; 5] {
    let rows = match entry.source_count {
        Some(count) if count != entry.row_count => format!("{}\nof {}", thousands(entry.row_count), thousands(count)),
        _ => thousands(entry.row_count),
    };
    [
        format!("{}\n{}{}", entry.evidence_id, visible(&entry.endpoint), file(entry)),
        entry.period.to_string(),
        format!("{}\n{}", instant(entry.executed_at).trim_end_matches(" UTC"), visible(entry.executed_by.as_str())),
        rows,
        entry.digest.to_string(),
    ]
}

/// The SHA-256 of the source's own file in two lines; where it gave several, how many.
fn file(entry: &EvidenceEntry) -> String {
    match entry.raw.as_slice() {
        [] => String::new(),
        [only] if only.withheld => "\nits file is withheld: it holds what was redacted".to_owned(),
        [only] => {
            let digest = only.digest.to_string();
            let (first, second) = digest.split_at(digest.len() / 2);
            format!("\n{first}\n{second}")
        }
        several => format!("\n{} files: their SHA-256 are in report.json", thousands(several.len() as u64)),
    }
}

/// What was handed to the query: to a finding query the window, to a source what is the same for all its evidence.
fn parameters(report: &Report, query: &QueryEntry, evidence: &[&EvidenceEntry]) -> String {
    let window = report.inputs.period;
    if query.name.contains(".sql@") {
        let known = [("period_start", window.start()), ("period_end", window.end())];
        let asked = known.into_iter().filter(|(name, _)| query.text.contains(&format!(":{name}")));
        return asked.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
    }
    let Some((first, others)) = evidence.split_first() else { return String::new() };
    let is_shared =
        |name: &String, value: &String| others.iter().all(|other| other.parameters.get(name) == Some(value));
    let shared = first.parameters.iter().filter(|(name, value)| !is_period(name) && is_shared(name, value));
    shared.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// The column `Period` says it.
fn is_period(name: &str) -> bool {
    matches!(name, "period_start" | "period_end")
}

fn columns(query: &QueryEntry) -> String {
    query.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn text(query: &QueryEntry) -> String {
    let measure = Measure { typeface: Typeface::Mono, size: QUERY_SIZE, width: QUERY_WIDTH };
    let lines = visible_lines(&query.text).into_iter().flat_map(|line| measure.wrap(&line));
    lines.collect::<Vec<_>>().join("\n")
}

fn distinct(values: impl Iterator<Item = String>) -> String {
    let values: std::collections::BTreeSet<String> = values.collect();
    values.into_iter().collect::<Vec<_>>().join(", ")
}
