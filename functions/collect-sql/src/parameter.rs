//! What is bound to the parameters of a statement.

use domain::{Period, Timestamp, evidence::Cell};
use std::collections::BTreeMap;

/// The parameters that a statement may name.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(BTreeMap<String, Parameter>);

/// A value that is bound, never pasted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parameter {
    /// The beginning or the end of the period.
    Instant(Timestamp),
    /// What the query declares.
    Declared(Cell),
}

impl Parameters {
    /// Those of a period, and those that a query declares.
    pub(crate) fn new(period: &Period, declared: &BTreeMap<String, Cell>) -> Self {
        let declared = declared.iter().map(|(name, cell)| (name.clone(), Parameter::Declared(cell.clone())));
        let own = [("period_start", period.start()), ("period_end", period.end())];
        let own = own.map(|(name, instant)| (name.to_owned(), Parameter::Instant(instant)));
        Self(declared.chain(own).collect())
    }

    /// The one of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.get(name)
    }

    /// The names, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Those that a statement names, in its order.
    pub(crate) fn of<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = (&'a str, &'a Parameter)> {
        names.iter().filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }
}

impl Parameter {
    /// As it stands in the evidence, and as a text for a database: `2026-07-01T00:00:00Z`, `true`.
    pub(crate) fn text(&self) -> String {
        match self {
            Parameter::Instant(instant) => instant.to_string(),
            Parameter::Declared(Cell::Boolean(value)) => value.to_string(),
            Parameter::Declared(cell) => cell.to_string(),
        }
    }

    /// The type of its placeholder in ClickHouse.
    pub(crate) fn clickhouse_type(&self) -> &'static str {
        match self {
            Parameter::Declared(Cell::Boolean(_)) => "Bool",
            Parameter::Declared(Cell::Integer(_)) => "Int64",
            Parameter::Declared(Cell::Real(_)) => "Float64",
            Parameter::Instant(_) | Parameter::Declared(_) => "String",
        }
    }
}
