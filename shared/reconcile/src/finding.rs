//! Running a finding query.

use crate::{
    Answer, Limits, ReconcileError,
    sandbox::{Reach, Sandbox},
    shape,
    view::{self, Queries},
};
use catalog::{Catalog, Control, FindingQuery};
use domain::{FindingRow, Period};
use std::{collections::BTreeSet, path::Path};

/// What a finding query gave, checked and sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRows {
    /// Names of [`FindingRow::values`], in order.
    pub columns: Vec<String>,
    /// Every row examined: worst outcome first, then severity, subject and the rest of the row.
    pub rows: Vec<FindingRow>,
}

/// Runs the finding query of `control` over the finished staging file at `path`, which is only read.
///
/// The query sees a view per source query of the control, with the rows of the control's own evidence inside `window`; a
/// query that nothing was collected for is a view without rows. Fails when the query breaks the rules, reaches a limit, or
/// gives rows that are no findings.
pub fn run_finding(
    path: &Path,
    control: &Control,
    catalog: &Catalog,
    window: &Period,
) -> Result<FindingRows, ReconcileError> {
    let finding = finding_query(catalog, control)?;
    let queries = view::queries(catalog, control)?;
    // A WITH table that is named as a view may read what the view reads. A name that follows from the query's own digest
    // cannot stand in the query, so that nothing but the views leads to the rows of other controls.
    let schema = format!("staging {}", finding.digest);
    let mut sandbox = Sandbox::open_as(path, &schema, Limits::FINDING)?;
    let own = view::own_rows(control, window);
    let evidence = sandbox.texts(&format!("SELECT evidence_id FROM \"{schema}\".evidence WHERE {own}"))?;
    let tables = sandbox.tables(&schema)?;
    sandbox.prepare_room(&view::statements(&queries, &schema, &tables, &own))?;
    sandbox.close_doors(Reach::Views { schema, views: queries.into_keys().collect(), tables })?;
    let answer = sandbox.answer(&finding.text, &parameters(window))?;
    shape::findings(&finding.name, control.severity, answer, &evidence)
}

/// The lines that give the rows of [`run_finding`] in a stock `sqlite3` shell, opened on a copy of the staging file.
///
/// The rows come as the query orders them; the columns are the query's.
pub fn shell_script(
    path: &Path,
    control: &Control,
    catalog: &Catalog,
    window: &Period,
) -> Result<String, ReconcileError> {
    let finding = finding_query(catalog, control)?;
    let tables = Sandbox::open(path, Limits::FINDING)?.tables("main")?;
    let views = view::statements(&view::queries(catalog, control)?, "main", &tables, &view::own_rows(control, window));
    let mut lines: Vec<String> = views.into_iter().map(|view| view + ";").collect();
    lines.extend(parameters(window).map(|(name, value)| format!(".parameter set {name} \"'{value}'\"")));
    lines.extend([finding.text.trim_end().to_owned(), ";\n".to_owned()]);
    Ok(lines.join("\n"))
}

/// What `finding` gives where nothing was collected for any of `queries`.
pub(crate) fn rehearse(queries: Queries<'_>, finding: &FindingQuery) -> Result<Answer, ReconcileError> {
    let nothing = BTreeSet::new();
    let mut sandbox = Sandbox::empty(Limits::FINDING)?;
    sandbox.prepare_room(&view::statements(&queries, "main", &nothing, "0"))?;
    sandbox.close_doors(Reach::Views {
        schema: "main".to_owned(),
        views: queries.into_keys().collect(),
        tables: nothing,
    })?;
    let instant = |name| (name, "2000-01-01T00:00:00Z".to_owned());
    sandbox.answer(&finding.text, &PARAMETERS.map(instant))
}

const PARAMETERS: [&str; 2] = [":period_start", ":period_end"];

fn parameters(window: &Period) -> [(&'static str, String); 2] {
    let [start, end] = PARAMETERS;
    [(start, window.start().to_string()), (end, window.end().to_string())]
}

fn finding_query<'c>(catalog: &'c Catalog, control: &Control) -> Result<&'c FindingQuery, ReconcileError> {
    catalog.finding_query(&control.finding).ok_or_else(|| ReconcileError::UnknownQuery(control.finding.clone()))
}
