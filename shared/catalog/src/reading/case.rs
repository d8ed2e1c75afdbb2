//! `cases/<finding>.toml`

use super::{
    document::{Document, Members, Placed},
    reference::Target,
};
use crate::{Case, CaseEvidence, CaseRow};
use domain::{Outcome, Period, QueryName, evidence::Cell};
use std::collections::BTreeMap;
use toml::Value;

pub(super) fn read<'a>(document: &mut Document<'a>, finding: &QueryName) -> Option<Vec<Case>> {
    document.refer(0, Target::FindingQuery(finding.clone()));
    let mut members = document.members()?;
    let tables = members.tables(document, "case");
    members.finish(document);
    Some(tables.into_iter().filter_map(|table| case(document, table)).collect())
}

fn case<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<Case> {
    let name = table.words(document, "name");
    let period = period(document, &mut table);
    let evidence = table.optional_tables(document, "evidence");
    let evidence = evidence.into_iter().filter_map(|table| read_evidence(document, table)).collect();
    let rows = table.optional_tables(document, "row");
    let rows = rows.into_iter().filter_map(|table| row(document, table)).collect();
    table.finish(document);
    Some(Case { name: name?, period: period?, evidence, rows })
}

fn read_evidence<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<CaseEvidence> {
    let query = table.required::<QueryName>(document, "query");
    let period = period(document, &mut table);
    let rows = table.required::<Vec<BTreeMap<String, Value>>>(document, "rows");
    table.finish(document);
    let (query, rows) = (query?, rows?);
    document.refer(query.at, Target::SourceQuery(query.value.clone()));
    for column in rows.value.iter().flat_map(BTreeMap::keys) {
        document.refer(rows.at, Target::Column(query.value.clone(), column.clone()));
    }
    let at = rows.at;
    let rows = rows.value.into_iter().map(|row| cells(document, at, row)).collect::<Option<_>>()?;
    Some(CaseEvidence { query: query.value, period: period?, rows })
}

fn period<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Period> {
    let period = table.required::<String>(document, "period")?;
    let read = period.value.parse::<Period>();
    if let Err(error) = &read {
        document.problem(period.at, error.to_string());
    }
    read.ok()
}

fn cells(document: &mut Document<'_>, at: usize, row: BTreeMap<String, Value>) -> Option<BTreeMap<String, Cell>> {
    let mut cells = BTreeMap::new();
    for (column, value) in row {
        let cell = match value {
            Value::String(text) => Cell::Text(text),
            Value::Integer(number) => Cell::Integer(number),
            Value::Float(number) => Cell::Real(number),
            Value::Boolean(value) => Cell::Boolean(value),
            // A time is a text of evidence. A table or a list stands for the JSON that a column of that kind holds.
            Value::Datetime(time) => Cell::Text(time.to_string()),
            other => match serde_json::to_string(&other) {
                Ok(json) => Cell::Text(json),
                Err(error) => {
                    document.problem(at, format!("{column:?} cannot be JSON: {error}"));
                    return None;
                }
            },
        };
        cells.insert(column, cell);
    }
    Some(cells)
}

fn row<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<CaseRow> {
    let subject = table.required::<String>(document, "subject");
    let outcome: Option<Placed<Outcome>> = table.required(document, "outcome");
    table.finish(document);
    Some(CaseRow { subject: subject?.value, outcome: outcome?.value })
}
