//! `cases/<finding>.toml`: small evidence, and what a finding query has to make of it.

use domain::{Outcome, Period, QueryName, evidence::Cell};
use std::collections::BTreeMap;

/// A situation, and how it is to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What it is, for a person.
    pub name: String,
    /// What is reported on.
    pub period: Period,
    /// What was collected.
    pub evidence: Vec<CaseEvidence>,
    /// Every row that the query has to give, in any order.
    pub rows: Vec<CaseRow>,
}

/// What one source answered for one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvidence {
    /// The question.
    pub query: QueryName,
    /// The slot's period.
    pub period: Period,
    /// Its rows, by column; what is not named is null.
    pub rows: Vec<BTreeMap<String, Cell>>,
}

/// A row of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseRow {
    /// What was examined.
    pub subject: String,
    /// How it is to be judged.
    pub outcome: Outcome,
}
