//! From staging tables to findings: the conclusion on each control.

use crate::FindingsError;
use catalog::{Catalog, Control};
use domain::{ControlId, Finding, FindingRow, Outcome, Snapshot, SourceId};
use reconcile::{FindingRows, ReconcileError, run_finding};
use std::path::Path;

/// How much of what was due for a control was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) expected: u64,
    pub(crate) collected: u64,
}

/// The finding on one control. The finished staging database at `path` has its evidence; more does not matter.
///
/// A query that cannot be answered is a finding without a conclusion. Fails when the catalog does not have the control, or the
/// database cannot be read.
pub fn evaluate(
    catalog: &Catalog,
    snapshot: &Snapshot,
    control: &ControlId,
    path: &Path,
) -> Result<Finding, FindingsError> {
    let absent = || FindingsError::NotInCatalog(format!("the control {control}"));
    let control = catalog.control(control).ok_or_else(absent)?;
    let slots = slots(snapshot, &control.id);
    let silent = silent_sources(control, snapshot);
    let found = if slots.collected == 0 || !silent.is_empty() {
        Ok(FindingRows { columns: Vec::new(), rows: Vec::new() })
    } else {
        run(path, control, catalog, snapshot)?
    };
    Ok(finding(catalog, control, &slots, &silent, found))
}

type Answered = Result<FindingRows, String>;

// What a query makes of evidence may fail on evidence that nobody foresaw. That is said of its control and does not take the
// other controls' conclusions with it. A staging file that cannot be read is another matter.
fn run(path: &Path, control: &Control, catalog: &Catalog, snapshot: &Snapshot) -> Result<Answered, FindingsError> {
    match run_finding(path, control, catalog, &snapshot.period) {
        Ok(found) => Ok(Ok(found)),
        Err(
            error @ (ReconcileError::Sql { .. }
            | ReconcileError::Forbidden { .. }
            | ReconcileError::Limit { .. }
            | ReconcileError::Value { .. }
            | ReconcileError::Shape { .. }),
        ) => Ok(Err(error.to_string())),
        Err(error) => Err(FindingsError::reconcile(format!("the control {}", control.id))(error)),
    }
}

/// The sources of a control of which the snapshot has no evidence at all: a comparison with nothing concludes nothing.
fn silent_sources(control: &Control, snapshot: &Snapshot) -> Vec<SourceId> {
    let answered = |source: &SourceId| {
        let prefix = format!("{}.{source}.", control.id);
        snapshot.evidence.iter().any(|evidence| evidence.evidence_id.as_str().starts_with(&prefix))
    };
    let sources = control.collect.iter().map(|collection| &collection.source);
    sources.filter(|source| !answered(source)).cloned().collect()
}

pub(crate) fn slots(snapshot: &Snapshot, control: &ControlId) -> Slots {
    let prefix = format!("{control}.");
    let of_control = |evidence: &&domain::SnapshotEvidence| evidence.evidence_id.as_str().starts_with(&prefix);
    let collected = snapshot.evidence.iter().filter(of_control).count() as u64;
    let gaps = snapshot.gaps.iter().filter(|gap| gap.control == *control).count() as u64;
    Slots { expected: collected + gaps, collected }
}

fn finding(catalog: &Catalog, control: &Control, slots: &Slots, silent: &[SourceId], found: Answered) -> Finding {
    let (found, failed) = match found {
        Ok(found) => (found, None),
        Err(message) => (FindingRows { columns: Vec::new(), rows: Vec::new() }, Some(message)),
    };
    let open = open_question(control, slots, silent, failed, found.rows.len());
    let outcome = if open.is_some() { Outcome::NotEvaluated } else { conclude(&found.rows, *slots) };
    let reason = open.unwrap_or_else(|| reason(&found.rows, *slots));
    let query = catalog.finding_query(&control.finding);
    Finding {
        control: control.id.clone(),
        title: control.title.clone(),
        description: control.description.clone(),
        requirements: Vec::new(),
        severity: control.severity,
        outcome,
        reason,
        query: query.map(|query| format!("{}.sql@{}", query.name, query.version)).unwrap_or_default(),
        examined: found.rows.len() as u64,
        exceptions: found.rows.iter().filter(|row| row.outcome != Outcome::Pass).count() as u64,
        remediation: control.remediation.clone(),
        columns: found.columns,
        rows: found.rows,
    }
}

/// Why there is no conclusion, if there is none.
fn open_question(
    control: &Control,
    slots: &Slots,
    silent: &[SourceId],
    failed: Option<String>,
    examined: usize,
) -> Option<String> {
    let Slots { expected, collected } = slots;
    let named: Vec<&str> = silent.iter().map(SourceId::as_str).collect();
    match (expected, collected) {
        (0, _) => Some("No evidence was due in this period.".to_owned()),
        (expected, 0) => Some(format!("Nothing was collected of what was due: {expected} missing.")),
        _ if !silent.is_empty() => {
            Some(format!("There is no evidence of {}, and the control rests on it.", named.join(" and ")))
        }
        _ if failed.is_some() => failed.map(|message| format!("The finding query could not be answered: {message}.")),
        _ if examined == 0 && !control.population_may_be_empty => {
            Some("The evidence holds nothing to examine.".to_owned())
        }
        _ => None,
    }
}

/// The conclusion on a control: the worst of its rows, lowered by what is missing.
fn conclude(rows: &[FindingRow], slots: Slots) -> Outcome {
    match rows.iter().map(|row| row.outcome).max().unwrap_or(Outcome::Pass) {
        Outcome::Pass if slots.collected < slots.expected => Outcome::Partial,
        worst => worst,
    }
}

fn reason(rows: &[FindingRow], slots: Slots) -> String {
    let count = |wanted| rows.iter().filter(|row| row.outcome == wanted).count();
    let (failed, remediated) = (count(Outcome::Fail), count(Outcome::Partial));
    let missing = slots.expected - slots.collected;
    let mut parts = Vec::new();
    if failed + remediated == 0 {
        parts.push(format!("No exception among {} examined", rows.len()));
    }
    if failed > 0 {
        parts.push(format!(
            "{failed} of {} examined {} as {}",
            rows.len(),
            verb(failed, "stands", "stand"),
            verb(failed, "an exception", "exceptions")
        ));
    }
    if remediated > 0 {
        let text = verb(remediated, "was an exception that no longer stands", "were exceptions that no longer stand");
        parts.push(format!("{remediated} of {} {text}", rows.len()));
    }
    if missing > 0 {
        let is = verb(usize::try_from(missing).unwrap_or(usize::MAX), "is", "are");
        parts.push(format!("of {} pieces of evidence {missing} {is} missing", slots.expected));
    }
    format!("{}.", parts.join("; "))
}

fn verb(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Severity;

    fn row(outcome: Outcome) -> FindingRow {
        let evidence = vec!["a.b.2026".parse().unwrap()];
        let (subject, detail, values) = (String::new(), String::new(), Vec::new());
        FindingRow { subject, outcome, severity: Severity::Low, detail, evidence, values }
    }

    const FULL: Slots = Slots { expected: 3, collected: 3 };
    const SHORT: Slots = Slots { expected: 3, collected: 2 };

    #[test]
    fn a_control_is_as_good_as_its_worst_row_and_never_better_than_its_coverage() {
        use Outcome::{Fail, Partial, Pass};
        for (rows, slots, expected) in [
            (vec![Pass, Pass], FULL, Pass),
            (vec![], FULL, Pass),
            (vec![Pass, Partial], FULL, Partial),
            (vec![Partial, Fail], FULL, Fail),
            (vec![Pass], SHORT, Partial),
            (vec![Fail], SHORT, Fail),
        ] {
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            assert_eq!(conclude(&rows, slots), expected);
        }
    }

    #[test]
    fn the_reason_names_every_count() {
        let rows = [row(Outcome::Fail), row(Outcome::Partial), row(Outcome::Pass)];
        assert_eq!(
            reason(&rows, SHORT),
            "1 of 3 examined stands as an exception; 1 of 3 was an exception that no longer stands; \
             of 3 pieces of evidence 1 is missing."
        );
        assert_eq!(reason(&rows[2..], FULL), "No exception among 1 examined.");
    }

    fn control(may_be_empty: bool) -> Control {
        Control {
            id: "leavers".parse().unwrap(),
            title: String::new(),
            description: String::new(),
            severity: Severity::High,
            schedule: String::new(),
            period: domain::Granularity::Day,
            retention: domain::RetentionClass::OneYear,
            finding: "leavers".parse().unwrap(),
            remediation: String::new(),
            population_may_be_empty: may_be_empty,
            satisfies: Default::default(),
            collect: Vec::new(),
        }
    }

    #[test]
    fn a_control_without_a_source_an_answer_or_a_population_has_no_conclusion() {
        let none = Slots { expected: 3, collected: 0 };
        let unexpected = Slots { expected: 0, collected: 0 };
        let people = ["hr-people".parse().unwrap()];
        let asked = |may_be_empty, slots: &Slots, silent: &[SourceId], failed: Option<&str>, examined| {
            open_question(&control(may_be_empty), slots, silent, failed.map(str::to_owned), examined)
        };
        assert!(asked(false, &unexpected, &[], None, 0).unwrap().contains("due"));
        assert!(asked(false, &none, &people, None, 0).unwrap().contains("3 missing"));
        assert!(asked(true, &FULL, &people, None, 0).unwrap().contains("hr-people"));
        assert!(asked(true, &FULL, &[], Some("malformed JSON"), 0).unwrap().contains("malformed JSON"));
        assert!(asked(false, &FULL, &[], None, 0).unwrap().contains("nothing to examine"));
        assert_eq!(asked(true, &FULL, &[], None, 0), None);
        assert_eq!(asked(false, &SHORT, &[], None, 4), None);
    }
}
