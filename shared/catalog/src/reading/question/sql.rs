//! `[sql]`

use crate::{
    SqlEngine, SqlQuestion,
    reading::document::{Document, Members},
};
use domain::evidence::Cell;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};

const TIMEOUT_SECONDS: u64 = 60;
// A function of AWS ends after fifteen minutes, and has to tell of it.
const LONGEST_SECONDS: u64 = 600;
const OF_PERIOD: [&str; 2] = ["period_start", "period_end"];

pub(super) fn read<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<SqlQuestion> {
    let text = text(document, &mut table);
    let parameters = parameters(document, &mut table);
    let timeout = table.optional::<u64>(document, "timeout_seconds");
    table.finish(document);
    if let Some(timeout) = timeout.as_ref().filter(|timeout| !(1..=LONGEST_SECONDS).contains(&timeout.value)) {
        document.problem(timeout.at, format!("a database may think for 1 to {LONGEST_SECONDS} seconds"));
    }
    let timeout = Duration::from_secs(timeout.map_or(TIMEOUT_SECONDS, |given| given.value));
    Some(SqlQuestion { text: text?, parameters, timeout })
}

fn text<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<BTreeMap<SqlEngine, String>> {
    let inner = table.table(document, "text")?;
    let at = inner.at();
    let mut texts = BTreeMap::new();
    for (name, text) in inner.rest::<String>(document) {
        let deserializer = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(&name.value);
        match SqlEngine::deserialize(deserializer) {
            Ok(engine) => {
                document.filled(&text, engine.name());
                texts.insert(engine, text.value);
            }
            Err(error) => document.problem(name.at, format!("there is no engine {:?}: {error}", name.value)),
        }
    }
    if texts.is_empty() {
        document.problem(at, "[sql.text] has no statement: write one for an engine at least");
    }
    Some(texts)
}

fn parameters<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> BTreeMap<String, Cell> {
    let Some(inner) = table.optional_table(document, "parameters") else { return BTreeMap::new() };
    let mut parameters = BTreeMap::new();
    for (name, value) in inner.rest::<toml::Value>(document) {
        if OF_PERIOD.contains(&name.value.as_str()) {
            document.problem(name.at, format!("{:?} is the period's already: choose another name", name.value));
        }
        let cell = match value.value {
            toml::Value::String(text) => Cell::Text(text),
            toml::Value::Integer(number) => Cell::Integer(number),
            toml::Value::Float(number) => Cell::Real(number),
            toml::Value::Boolean(value) => Cell::Boolean(value),
            other => {
                let message = format!("a parameter is a text, a number or true and false, not a {}", other.type_str());
                document.problem(value.at, message);
                continue;
            }
        };
        parameters.insert(name.value, cell);
    }
    parameters
}
