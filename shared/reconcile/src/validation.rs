//! Checking finding queries before there is evidence.

use crate::{
    ReconcileError, finding,
    sandbox::first_line,
    shape,
    view::{self, Queries},
};
use catalog::{Catalog, FindingQuery, Problem, Problems};

/// Runs every finding query of `catalog` where nothing was collected, and tells what is wrong, with file and line: unknown
/// tables and columns, missing output columns, what a query must not do.
///
/// Without rows, `date('now')` may not be reached: that a query does not ask for the clock shows for certain when it runs.
/// A query is checked with the views of each control that uses it. One that no control uses may read every source query.
pub fn check(catalog: &Catalog) -> Vec<Problem> {
    let problems = catalog.finding_queries().flat_map(|query| of_query(catalog, query)).collect();
    Problems::new(problems).0
}

fn of_query(catalog: &Catalog, query: &FindingQuery) -> Vec<Problem> {
    let mut users = catalog.all_controls().filter(|control| control.finding == query.name).peekable();
    if users.peek().is_none() {
        let every = catalog.source_queries().map(|source_query| (source_query.table(), source_query)).collect();
        return problem(Ok(every), query).into_iter().collect();
    }
    users.filter_map(|control| problem(view::queries(catalog, control), query)).collect()
}

fn problem(queries: Result<Queries<'_>, ReconcileError>, query: &FindingQuery) -> Option<Problem> {
    let at = |line, message| Problem { file: format!("queries/{}.sql", query.name), line, message };
    match queries.and_then(|queries| finding::rehearse(queries, query)) {
        Ok(answer) => shape::columns_problem(&answer.columns).map(|message| at(first_line(&query.text), message)),
        Err(ReconcileError::Sql { line, message } | ReconcileError::Forbidden { line, what: message }) => {
            Some(at(line, message))
        }
        Err(other) => Some(at(first_line(&query.text), other.to_string())),
    }
}
