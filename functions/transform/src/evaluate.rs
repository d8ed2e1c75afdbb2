//! From staging tables to findings: the conclusion on each control.

use crate::TransformError;
use catalog::{Catalog, Control};
use domain::{ControlId, Finding, FindingRow, Outcome, Snapshot};
use reconcile::{FindingRows, run_finding};
use std::path::Path;

/// How much of what was due for a control was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) expected: u64,
    pub(crate) collected: u64,
}

pub(crate) fn evaluate(catalog: &Catalog, snapshot: &Snapshot, path: &Path) -> Result<Vec<Finding>, TransformError> {
    let control =
        |id: &ControlId| catalog.control(id).ok_or_else(|| TransformError::NotInCatalog(format!("the control {id}")));
    snapshot.controls.iter().map(|id| evaluate_control(catalog, control(id)?, snapshot, path)).collect()
}

fn evaluate_control(
    catalog: &Catalog,
    control: &Control,
    snapshot: &Snapshot,
    path: &Path,
) -> Result<Finding, TransformError> {
    let slots = slots(snapshot, &control.id);
    let found = if slots.collected == 0 {
        FindingRows { columns: Vec::new(), rows: Vec::new() }
    } else {
        run_finding(path, control, catalog, &snapshot.period)
            .map_err(TransformError::reconcile(format!("the control {}", control.id)))?
    };
    Ok(finding(catalog, control, found, slots))
}

pub(crate) fn slots(snapshot: &Snapshot, control: &ControlId) -> Slots {
    let prefix = format!("{control}.");
    let of_control = |evidence: &&domain::SnapshotEvidence| evidence.evidence_id.as_str().starts_with(&prefix);
    let collected = snapshot.evidence.iter().filter(of_control).count() as u64;
    let gaps = snapshot.gaps.iter().filter(|gap| gap.control == *control).count() as u64;
    Slots { expected: collected + gaps, collected }
}

fn finding(catalog: &Catalog, control: &Control, found: FindingRows, slots: Slots) -> Finding {
    let outcome = conclude(&found.rows, slots);
    let exceptions = found.rows.iter().filter(|row| row.outcome != Outcome::Pass).count() as u64;
    let query = catalog.finding_query(&control.finding);
    Finding {
        control: control.id.clone(),
        title: control.title.clone(),
        description: control.description.clone(),
        requirements: Vec::new(),
        severity: control.severity,
        outcome,
        reason: reason(outcome, &found.rows, slots),
        query: query.map(|query| format!("{}.sql@{}", query.name, query.version)).unwrap_or_default(),
        examined: found.rows.len() as u64,
        exceptions,
        remediation: control.remediation.clone(),
        columns: found.columns,
        rows: found.rows,
    }
}

/// The conclusion on a control: the worst of its rows, lowered by what is missing.
pub(crate) fn conclude(rows: &[FindingRow], slots: Slots) -> Outcome {
    let worst = rows.iter().map(|row| row.outcome).max().unwrap_or(Outcome::Pass);
    match worst {
        _ if slots.collected == 0 => Outcome::NotEvaluated,
        Outcome::Pass if slots.collected < slots.expected => Outcome::Partial,
        other => other,
    }
}

fn reason(outcome: Outcome, rows: &[FindingRow], slots: Slots) -> String {
    let count = |wanted| rows.iter().filter(|row| row.outcome == wanted).count();
    let (failed, remediated) = (count(Outcome::Fail), count(Outcome::Partial));
    let missing = slots.expected - slots.collected;
    let mut parts = Vec::new();
    match outcome {
        Outcome::NotEvaluated if slots.expected == 0 => return "No evidence was due in this period.".to_owned(),
        Outcome::NotEvaluated => {
            return format!("None of the {} pieces of evidence that were due was collected.", slots.expected);
        }
        _ if failed + remediated == 0 => parts.push(format!("No exception among {} examined", rows.len())),
        _ => {}
    }
    if failed > 0 {
        parts.push(format!("{failed} of {} examined stand as exceptions", rows.len()));
    }
    if remediated > 0 {
        parts.push(format!("{remediated} of {} were exceptions and were remediated inside the period", rows.len()));
    }
    if missing > 0 {
        parts.push(format!("{missing} of {} pieces of evidence are missing", slots.expected));
    }
    format!("{}.", parts.join("; "))
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

    #[test]
    fn a_control_is_as_good_as_its_worst_row_and_never_better_than_its_coverage() {
        use Outcome::{Fail, NotEvaluated, Partial, Pass};
        let full = Slots { expected: 3, collected: 3 };
        let short = Slots { expected: 3, collected: 2 };
        let none = Slots { expected: 3, collected: 0 };
        for (rows, slots, expected) in [
            (vec![Pass, Pass], full, Pass),
            (vec![], full, Pass),
            (vec![Pass, Partial], full, Partial),
            (vec![Partial, Fail], full, Fail),
            (vec![Pass], short, Partial),
            (vec![Fail], short, Fail),
            (vec![], none, NotEvaluated),
            (vec![], Slots { expected: 0, collected: 0 }, NotEvaluated),
        ] {
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            assert_eq!(conclude(&rows, slots), expected);
        }
    }

    #[test]
    fn the_reason_names_every_count() {
        let rows = [row(Outcome::Fail), row(Outcome::Partial), row(Outcome::Pass)];
        let slots = Slots { expected: 3, collected: 2 };
        let text = reason(conclude(&rows, slots), &rows, slots);
        assert_eq!(
            text,
            "1 of 3 examined stand as exceptions; 1 of 3 were exceptions and were remediated inside the period; \
             1 of 3 pieces of evidence are missing."
        );
    }
}
