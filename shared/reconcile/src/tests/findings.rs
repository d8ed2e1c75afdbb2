use super::fixture::*;
use crate::{ReconcileError, run_finding, shell_script};
use catalog::Catalog;
use domain::{Outcome, Severity, evidence::Cell};
use std::process::Command;

fn error_of(catalog: &Catalog) -> String {
    let staged = stage(catalog, &some_evidence());
    match run_finding(&staged.path(), control(catalog), catalog, &july()) {
        Err(error @ ReconcileError::Shape { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn findings_come_worst_first_with_their_evidence_and_further_columns() {
    let catalog = catalog();
    let staged = stage(&catalog, &some_evidence());
    let found = run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap();
    assert_eq!(found.columns, ["attempts"]);
    let rows: Vec<_> = found.rows.iter().map(|row| (row.subject.as_str(), row.outcome, row.severity)).collect();
    assert_eq!(rows, [("bo", Outcome::Fail, Severity::High), ("ana", Outcome::Pass, Severity::High)]);
    assert_eq!(found.rows[0].detail, "bo has one factor.");
    assert_eq!(found.rows[0].values, [Cell::Integer(4)]);
    let evidence: Vec<&str> = found.rows[0].evidence.iter().map(domain::EvidenceId::as_str).collect();
    assert_eq!(evidence, ["access-mfa.aws-iam.2026-07-01", "access-mfa.aws-iam.2026-07-02"]);
}

#[test]
fn rows_are_sorted_by_outcome_severity_subject_and_the_rest() {
    let finding = "-- name: access-mfa\n-- version: 1\n-- answers: x\n\
        WITH e AS (SELECT min(evidence_id) AS id FROM sign_ins)\n\
        SELECT column1 AS subject, column2 AS outcome, '' AS detail, id AS evidence_ids, column3 AS severity, column4 AS n\n\
        FROM e, (VALUES ('b', 'pass', NULL, 1), ('a', 'partial', 'low', 1), ('z', 'fail', 'critical', 1), ('b', 'fail', 'low', 2),\n\
        ('a', 'fail', 'low', 3), ('a', 'fail', 'low', 1))";
    let catalog = catalog_with(finding);
    let staged = stage(&catalog, &some_evidence());
    let found = run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap();
    let n = |row: &domain::FindingRow| row.values[0].to_string();
    let rows: Vec<String> = found.rows.iter().map(|row| format!("{}{}", row.subject, n(row))).collect();
    assert_eq!(rows, ["z1", "a1", "a3", "b2", "a1", "b1"]);
    assert_eq!(found.rows[5].severity, Severity::High, "no severity is the control's");
}

#[test]
fn where_nothing_was_collected_there_are_views_without_rows() {
    let catalog = catalog_with(&FINDING.replace("WHERE", "WHERE person IN (SELECT person FROM people) AND"));
    let staged = stage(&catalog, &[]);
    let found = run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap();
    assert!(found.rows.is_empty());
    assert_eq!(found.columns, ["attempts"]);
}

#[test]
fn a_window_with_fractions_of_seconds_holds_the_same_slots() {
    let catalog = catalog();
    let staged = stage(&catalog, &some_evidence());
    for (window, people) in [
        ("2026-06-30T23:59:59.5Z--2026-07-02T00:00:00.5Z", 2),
        ("2026-07-01T00:00:00.5Z--2026-07-03T00:00:00Z", 2),
        ("2026-07-01T00:00:00.5Z--2026-07-02T23:59:59.5Z", 0),
    ] {
        let found = run_finding(&staged.path(), control(&catalog), &catalog, &window.parse().unwrap()).unwrap();
        assert_eq!(found.rows.len(), people, "{window}");
    }
}

#[test]
fn an_answer_that_is_no_finding_is_refused_with_the_row() {
    let shaped = |from: &str, to: &str| {
        let finding = finding_of("''");
        assert!(finding.contains(from), "{from}");
        catalog_with(&finding.replace(from, to))
    };
    for (from, to, gist) in [
        (", '' AS detail", "", "it does not give detail"),
        ("person AS subject, ", "", "it does not give subject"),
        ("'' AS detail", "'' AS detail, 1 AS detail", "gives the column \"detail\" twice"),
        ("person AS subject", "NULL AS subject", "row 1: subject has to be text, and is nothing"),
        ("person AS subject", "1 AS subject", "subject has to be text, and is an integer"),
        ("person AS subject", "' ' AS subject", "subject is empty"),
        ("'pass' AS outcome", "'passed' AS outcome", "outcome is \"passed\""),
        ("'pass' AS outcome", "'not_evaluated' AS outcome", "outcome is \"not_evaluated\""),
        ("'pass' AS outcome", "NULL AS outcome", "outcome has to be text"),
        ("'' AS detail", "NULL AS detail", "detail has to be text"),
        ("'' AS detail", "'' AS detail, 'urgent' AS severity", "severity is \"urgent\""),
        ("evidence_id AS", "'' AS", "evidence_ids is \"\""),
        ("evidence_id AS", "'../../etc' AS", "is not an evidence id"),
        ("evidence_id AS", "evidence_id || '  ' || evidence_id AS", "is not an evidence id"),
        ("evidence_id AS", "'access-mfa.aws-iam.2026-07-09' AS", "which is no evidence of this control in the window"),
        ("evidence_id AS", "'other.aws-iam.2026-07-01' AS", "which is no evidence of this control"),
        ("evidence_id AS", "'access-mfa.aws-iam.2026-08-01' AS", "in the window"),
    ] {
        let error = error_of(&shaped(from, to));
        assert!(error.starts_with("the finding query access-mfa: ") && error.contains(gist), "{to}: {error}");
    }
}

#[test]
fn a_finding_is_the_same_every_time() {
    let catalog = catalog();
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let staged = stage(&catalog, &some_evidence());
            run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap()
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[1], runs[2]);
}

#[test]
fn a_stock_sqlite_shell_gives_the_same_rows() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        println!("skipped: there is no sqlite3 shell on this machine");
        return;
    }
    let catalog = catalog();
    let staged = stage(&catalog, &some_evidence());
    let script = staged.folder.path().join("script.sql");
    std::fs::write(&script, shell_script(&staged.path(), control(&catalog), &catalog, &july()).unwrap()).unwrap();
    let read = format!(".read {}", script.display());
    let output = Command::new("sqlite3").args(["-readonly", "-list"]).arg(staged.path()).arg(read).output().unwrap();
    let found = run_finding(&staged.path(), control(&catalog), &catalog, &july()).unwrap();
    let line = |row: &domain::FindingRow| {
        let evidence: Vec<&str> = row.evidence.iter().map(domain::EvidenceId::as_str).collect();
        let outcome = if row.outcome == Outcome::Pass { "pass" } else { "fail" };
        format!("{}|{outcome}|{}|{}|{}", row.subject, row.detail, evidence.join(" "), row.values[0])
    };
    let mut expected: Vec<String> = found.rows.iter().map(line).collect();
    expected.sort();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut actual: Vec<&str> = text.lines().collect();
    actual.sort_unstable();
    assert_eq!(actual, expected, "{}", String::from_utf8_lossy(&output.stderr));
}
