//! Trying a finding query on the small evidence of its cases.

use crate::{ReconcileError, Staging, run_finding};
use catalog::{Case, CaseEvidence, CaseRow, Catalog, Control, SourceQuery};
use domain::{
    Digest, Outcome, Period, QueryName, Slot, SourceId, TenantId,
    evidence::{Asked, Cell, Collected, Collector, EvidenceWriter, Preamble},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// How a finding query judged its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The query.
    pub finding: QueryName,
    /// How many cases there are.
    pub cases: usize,
    /// The outcomes that its rows showed.
    pub outcomes: BTreeSet<Outcome>,
    /// What was not as its case says, each for a person.
    pub problems: Vec<String>,
}

// Each is shown by the cases of a query that is tried enough.
const OUTCOMES: [Outcome; 3] = [Outcome::Pass, Outcome::Partial, Outcome::Fail];

/// Tries every finding query that a control uses on its cases. `workspace` is an empty folder; what is made there is the caller's to remove.
pub fn try_cases(catalog: &Catalog, workspace: &Path) -> Vec<Tried> {
    let used: BTreeSet<&QueryName> = catalog.all_controls().map(|control| &control.finding).collect();
    used.into_iter().map(|finding| try_finding(catalog, finding, workspace)).collect()
}

fn try_finding(catalog: &Catalog, finding: &QueryName, workspace: &Path) -> Tried {
    let cases = catalog.cases().get(finding).map(Vec::as_slice).unwrap_or_default();
    let mut tried =
        Tried { finding: finding.clone(), cases: cases.len(), outcomes: BTreeSet::new(), problems: Vec::new() };
    let controls: Vec<&Control> = catalog.all_controls().filter(|control| control.finding == *finding).collect();
    for (at, case) in (1..).zip(cases) {
        // Controls that share a finding may be collected in periods of other lengths: a case is one of those that can have such evidence.
        let fitting = controls.iter().filter(|control| fits(catalog, control, case));
        let mut fitting = (1..).zip(fitting).peekable();
        if let (None, Some(control)) = (fitting.peek(), controls.first()) {
            let reason = case.evidence.iter().find_map(|evidence| asked(catalog, control, evidence).err());
            tried.problems.extend(reason.map(|reason| format!("{:?}: {reason}", case.name)));
        }
        for (number, control) in fitting {
            let path = workspace.join(format!("{finding}-{at}-{number}.db"));
            match judged(catalog, control, case, &path) {
                Ok(rows) => tried.compare(case, rows),
                Err(error) => tried.problems.push(format!("{:?}: {error}", case.name)),
            }
        }
    }
    let missing = OUTCOMES.iter().filter(|outcome| !tried.outcomes.contains(outcome));
    let missing: Vec<String> = missing.map(|outcome| format!("no case shows {outcome:?}")).collect();
    tried.problems.extend(missing);
    tried
}

fn fits(catalog: &Catalog, control: &Control, case: &Case) -> bool {
    case.evidence.iter().all(|evidence| asked(catalog, control, evidence).is_ok())
}

impl Tried {
    fn compare(&mut self, case: &Case, mut given: Vec<CaseRow>) {
        self.outcomes.extend(given.iter().map(|row| row.outcome));
        let mut wanted = case.rows.clone();
        wanted.sort();
        given.sort();
        let told = |row: &CaseRow| format!("{} {:?}", row.subject, row.outcome);
        let without = |these: &[CaseRow], those: &[CaseRow]| -> Vec<String> {
            these.iter().filter(|row| !those.contains(row)).map(told).collect()
        };
        if wanted != given {
            let (missing, surplus) = (without(&wanted, &given), without(&given, &wanted));
            let text = |rows: Vec<String>| if rows.is_empty() { "nothing".to_owned() } else { rows.join(", ") };
            let message = format!("{:?}: wanted {}, given instead {}", case.name, text(missing), text(surplus));
            self.problems.push(message);
        }
    }
}

fn judged(catalog: &Catalog, control: &Control, case: &Case, path: &Path) -> Result<Vec<CaseRow>, ReconcileError> {
    let mut documents = BTreeMap::new();
    for evidence in &case.evidence {
        let (slot, query) = asked(catalog, control, evidence)?;
        let document = document(&slot, query, evidence).map_err(|reason| ReconcileError::Case { reason })?;
        if documents.insert(slot.evidence_id(), (slot, query, document)).is_some() {
            return Err(ReconcileError::Case { reason: format!("{} is there twice in one period", evidence.query) });
        }
    }
    let mut staging = Staging::create(path)?;
    for (id, (slot, query, document)) in &documents {
        staging.add(id, &control.id, &slot.period, query, &slot.source, document)?;
    }
    staging.finish()?;
    let rows = run_finding(path, control, catalog, &case.period)?.rows;
    Ok(rows.into_iter().map(|row| CaseRow { subject: row.subject, outcome: row.outcome }).collect())
}

// The slot that the evidence fills, and the query of the control that fills that table.
fn asked<'c>(
    catalog: &'c Catalog,
    control: &Control,
    evidence: &CaseEvidence,
) -> Result<(Slot, &'c SourceQuery), ReconcileError> {
    let refused = |reason: String| ReconcileError::Case { reason };
    let table = |name: &QueryName| catalog.source_query(name).map(SourceQuery::table);
    let fits = |collection: &&catalog::Collection| table(&collection.query) == table(&evidence.query);
    let collection = control.collect.iter().find(fits);
    let collection =
        collection.ok_or_else(|| refused(format!("{} does not collect {}", control.id, evidence.query)))?;
    let query = catalog.source_query(&collection.query);
    let query = query.ok_or_else(|| ReconcileError::UnknownQuery(collection.query.clone()))?;
    let periods = evidence.period.divide(control.period).unwrap_or_default();
    if periods != [evidence.period] {
        return Err(refused(format!("{} is not collected for the period {}", control.id, evidence.period)));
    }
    let tenant = TenantId::new("acme").map_err(|error| refused(error.to_string()))?;
    let (control, source) = (control.id.clone(), SourceId::clone(&collection.source));
    Ok((Slot { tenant, control, source, period: evidence.period }, query))
}

fn document(slot: &Slot, query: &SourceQuery, evidence: &CaseEvidence) -> Result<Vec<u8>, String> {
    let preamble = preamble(query, &evidence.period)?;
    let mut writer = EvidenceWriter::begin(Vec::new(), &preamble).map_err(|error| error.to_string())?;
    for row in &evidence.rows {
        let cell = |declared: &catalog::QueryColumn| row.get(&declared.column.name).cloned().unwrap_or(Cell::Null);
        let cells: Vec<Cell> = query.columns.iter().map(cell).collect();
        writer.row(&cells).map_err(|error| error.to_string())?;
    }
    writer.finish(slot, None).map(|written| written.out).map_err(|error| error.to_string())
}

fn preamble(query: &SourceQuery, period: &Period) -> Result<Preamble, String> {
    let asked = Asked {
        endpoint: "case".to_owned(),
        pages: Vec::new(),
        parameters: BTreeMap::new(),
        query: query.name.clone(),
        query_digest: Digest::of(query.text.as_bytes()),
        query_text: query.text.clone(),
        query_version: query.version,
    };
    let executed_by = "case@localhost".parse().map_err(|error: domain::IdentifierError| error.to_string())?;
    Ok(Preamble {
        asked,
        collected: Collected { executed_at: period.end(), executed_by },
        collector: Collector { name: "case".to_owned(), version: "1".to_owned() },
        columns: query.evidence_columns(),
    })
}
