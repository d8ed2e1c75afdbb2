//! The tables of a report as HTML for WeasyPrint: the same rows and columns on the same paper.
//!
//! Only what is long is in it: every row examined and the evidence trail. It has no links, chart, attachment or PDF/A,
//! which the report's PDF has; that favours the peer.

use domain::{EvidenceEntry, EvidenceId, Finding, FindingRow, Report};

// A4, margins, type and fixed columns like the report's own template.
const STYLE: &str = "\
@page { size: A4; margin: 48pt }
body { font: 7.5pt sans-serif; line-height: 1.3 }
table { table-layout: fixed; width: 100%; border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: 2.5pt 4pt; border-bottom: 0.4pt solid #ccc; overflow-wrap: anywhere }
.code { font-family: monospace; font-size: 6pt }";

/// The document.
pub fn html(report: &Report) -> String {
    let findings: String = report.findings.iter().map(finding).collect();
    let entries: String = report.evidence.iter().map(evidence).collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Peer</title><style>{STYLE}</style>{findings}\
         <h2>Evidence</h2>{}{entries}</table></html>",
        head(&[("Evidence", 30), ("Asked", 30), ("Executed", 20), ("Rows", 8), ("SHA-256", 42)]),
    )
}

fn finding(finding: &Finding) -> String {
    let rows: String = finding.rows.iter().map(|row| examined(finding, row)).collect();
    let columns = head(&[("Outcome", 10), ("Subject", 25), ("What was seen", 32), ("Evidence", 33)]);
    format!("<h2>{}</h2><p>{}</p>{columns}{rows}</table>", escaped(&finding.title), escaped(&finding.description))
}

fn examined(finding: &Finding, row: &FindingRow) -> String {
    let values = finding.columns.iter().zip(&row.values).map(|(name, value)| format!("{name}: {value}"));
    let detail = std::iter::once(row.detail.clone()).filter(|detail| !detail.is_empty());
    let seen = escaped(&detail.chain(values).collect::<Vec<_>>().join(" · "));
    let ids: Vec<&str> = row.evidence.iter().map(EvidenceId::as_str).collect();
    let (outcome, subject, ids) = (format!("{:?}", row.outcome), escaped(&row.subject), escaped(&ids.join(" ")));
    format!("<tr><td>{outcome}<td>{subject}<td>{seen}<td class=\"code\">{ids}</tr>")
}

fn evidence(entry: &EvidenceEntry) -> String {
    let (id, asked) = (escaped(entry.evidence_id.as_str()), escaped(&entry.endpoint));
    let executed = format!("{} {}", entry.executed_at, escaped(&entry.executed_by.to_string()));
    let (rows, digest) = (entry.row_count, entry.digest);
    format!("<tr><td class=\"code\">{id}<td>{asked}<td>{executed}<td>{rows}<td class=\"code\">{digest}</tr>")
}

fn head(columns: &[(&str, u32)]) -> String {
    let widths: String = columns.iter().map(|(_, width)| format!("<col style=\"width:{width}%\">")).collect();
    let titles: String = columns.iter().map(|(title, _)| format!("<th>{title}")).collect();
    format!("<table>{widths}<thead><tr>{titles}</tr></thead>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_and_every_piece_of_evidence_is_in_the_peers_table() {
        let report = rendering::sample::report(100).unwrap();
        let rows = html(&report).matches("<tr><td").count();
        assert_eq!(rows, 100 + report.evidence.len());
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("<b> & co"), "&lt;b&gt; &amp; co");
    }
}
