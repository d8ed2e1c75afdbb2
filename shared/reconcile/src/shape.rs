//! Whether the answer to a finding query is one: its columns, its outcomes, its evidence.

use crate::{Answer, FindingRows, ReconcileError};
use domain::{EvidenceId, FindingRow, Outcome, QueryName, Severity, canonical, evidence::Cell};
use std::{cmp::Reverse, collections::BTreeSet};

/// The columns that every finding has, in the order of [`Places`].
pub(crate) const REQUIRED: [&str; 4] = ["subject", "outcome", "detail", "evidence_ids"];
const SEVERITY: &str = "severity";

/// What is wrong with the columns of an answer, if anything is.
pub(crate) fn columns_problem(columns: &[String]) -> Option<String> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = columns.iter().find(|column| !seen.insert(column.as_str())) {
        return Some(format!("it gives the column {twice:?} twice: name each differently with AS"));
    }
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|column| !seen.contains(column)).collect();
    (!missing.is_empty())
        .then(|| format!("it does not give {}: it has to give {}", missing.join(", "), REQUIRED.join(", ")))
}

/// The findings in `answer`, sorted. Each has to name evidence that is in `evidence`.
pub(crate) fn findings(
    query: &QueryName,
    severity: Severity,
    answer: Answer,
    evidence: &BTreeSet<String>,
) -> Result<FindingRows, ReconcileError> {
    let shape = |message| ReconcileError::Shape { query: query.clone(), message };
    if let Some(problem) = columns_problem(&answer.columns) {
        return Err(shape(problem));
    }
    let reader = Reader { columns: &answer.columns, severity, evidence };
    let mut rows = Vec::with_capacity(answer.rows.len());
    for (index, cells) in answer.rows.into_iter().enumerate() {
        rows.push(reader.row(cells).map_err(|why| shape(format!("row {}: {why}", index + 1)))?);
    }
    rows.sort_by_cached_key(|row: &FindingRow| {
        // Everything in a row has a canonical form, or it would have been refused above.
        let bytes = canonical::to_bytes(row).unwrap_or_default();
        (Reverse(row.outcome), row.severity, row.subject.clone(), bytes)
    });
    let columns = answer.columns.iter().filter(|column| is_further(column)).cloned().collect();
    Ok(FindingRows { columns, rows })
}

fn is_further(column: &str) -> bool {
    column != SEVERITY && !REQUIRED.contains(&column)
}

struct Reader<'a> {
    columns: &'a [String],
    severity: Severity,
    evidence: &'a BTreeSet<String>,
}

impl Reader<'_> {
    fn row(&self, cells: Vec<Cell>) -> Result<FindingRow, String> {
        let (mut subject, mut outcome, mut detail, mut evidence) = (None, None, None, None);
        let mut severity = self.severity;
        let mut values = Vec::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            match column.as_str() {
                "subject" => subject = Some(filled(column, cell)?),
                "outcome" => outcome = Some(outcome_of(&text(column, cell)?)?),
                "detail" => detail = Some(text(column, cell)?),
                "evidence_ids" => evidence = Some(self.evidence_of(&text(column, cell)?)?),
                SEVERITY => severity = severity_of(cell, self.severity)?,
                _ => values.push(cell),
            }
        }
        let missing = || "a column is missing".to_owned();
        Ok(FindingRow {
            subject: subject.ok_or_else(missing)?,
            outcome: outcome.ok_or_else(missing)?,
            severity,
            detail: detail.ok_or_else(missing)?,
            evidence: evidence.ok_or_else(missing)?,
            values,
        })
    }

    fn evidence_of(&self, text: &str) -> Result<Vec<EvidenceId>, String> {
        let mut ids: Vec<EvidenceId> = Vec::new();
        for word in text.split(' ') {
            let id: EvidenceId = word.parse().map_err(|error| format!("evidence_ids is {text:?}: {error}"))?;
            if !self.evidence.contains(word) {
                return Err(format!("evidence_ids names {word}, which is no evidence of this control in the window"));
            }
            // The first and the last piece are the same where there is one.
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

fn text(column: &str, cell: Cell) -> Result<String, String> {
    match cell {
        Cell::Text(text) => Ok(text),
        other => Err(format!("{column} has to be text, and is {}", crate::cell::name_of(&other))),
    }
}

fn filled(column: &str, cell: Cell) -> Result<String, String> {
    let text = text(column, cell)?;
    if text.trim().is_empty() { Err(format!("{column} is empty: say what was examined")) } else { Ok(text) }
}

fn outcome_of(text: &str) -> Result<Outcome, String> {
    match text {
        "pass" => Ok(Outcome::Pass),
        "partial" => Ok(Outcome::Partial),
        "fail" => Ok(Outcome::Fail),
        other => Err(format!("outcome is {other:?}: it has to be pass, partial or fail")),
    }
}

/// The severity of a row; the control's where the query gives none.
fn severity_of(cell: Cell, otherwise: Severity) -> Result<Severity, String> {
    match cell {
        Cell::Null => Ok(otherwise),
        cell => match text(SEVERITY, cell)?.as_str() {
            "critical" => Ok(Severity::Critical),
            "high" => Ok(Severity::High),
            "medium" => Ok(Severity::Medium),
            "low" => Ok(Severity::Low),
            other => Err(format!("severity is {other:?}: it has to be critical, high, medium or low")),
        },
    }
}
