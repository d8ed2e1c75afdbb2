//! The report as one value.

use crate::{FindingsError, Trail, evaluate};
use catalog::{Catalog, Control, FindingQuery, Framework};
use domain::{
    Coverage, CoverageOfControl, Finding, Outcome, QueryEntry, Report, ReportId, ReportInputs, ReportSummary,
    RequirementEntry, Severity, Snapshot,
};

/// The report `report_id` of `inputs`: what `trail` and `findings`, one of each control of the snapshot and in its order, show together.
/// Fails when the catalog does not have the snapshot's framework.
pub fn assemble(
    report_id: ReportId,
    inputs: &ReportInputs,
    catalog: &Catalog,
    snapshot: Snapshot,
    trail: Trail,
    findings: Vec<Finding>,
) -> Result<Report, FindingsError> {
    let absent = || FindingsError::NotInCatalog(format!("the framework {}", snapshot.framework));
    let framework = catalog.framework(&snapshot.framework).ok_or_else(absent)?;
    let requirements = requirements(catalog, framework, &findings);
    let findings = with_requirements(findings, &requirements);
    let Trail { evidence, mut queries } = trail;
    queries.extend(finding_queries(catalog, &findings));
    queries.sort_by(|left, right| left.name.cmp(&right.name));
    queries.dedup_by(|left, right| left.name == right.name);
    let evidence_rows = evidence.iter().map(|entry| entry.row_count).sum();
    Ok(Report {
        report_id,
        inputs: inputs.clone(),
        framework_title: framework.title.clone(),
        framework_version: framework.version.clone(),
        summary: summary(&findings, evidence_rows),
        requirements,
        coverage: coverage(catalog, snapshot),
        findings,
        evidence,
        queries,
    })
}

fn requirements(catalog: &Catalog, framework: &Framework, findings: &[Finding]) -> Vec<RequirementEntry> {
    let satisfied = |control: &Control, requirement: &catalog::Requirement| {
        control.satisfies.get(&framework.id).is_some_and(|ids| ids.contains(&requirement.id))
    };
    let entry = |requirement: &catalog::Requirement| {
        let answering: Vec<_> = findings
            .iter()
            .filter(|finding| catalog.control(&finding.control).is_some_and(|control| satisfied(control, requirement)))
            .collect();
        RequirementEntry {
            requirement: requirement.id.clone(),
            title: requirement.title.clone(),
            controls: answering.iter().map(|finding| finding.control.clone()).collect(),
            outcome: worst(answering.iter().map(|finding| finding.outcome)),
        }
    };
    framework.requirements.iter().map(entry).collect()
}

/// The conclusion on a requirement: a control without a conclusion does not hide one that fails.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let (concluded, open): (Vec<_>, Vec<_>) = outcomes.partition(|outcome| *outcome != Outcome::NotEvaluated);
    match concluded.into_iter().max() {
        None => Outcome::NotEvaluated,
        // Some controls conclude and others do not: in part.
        Some(Outcome::Pass) if !open.is_empty() => Outcome::Partial,
        Some(outcome) => outcome,
    }
}

fn with_requirements(findings: Vec<Finding>, requirements: &[RequirementEntry]) -> Vec<Finding> {
    let of = |finding: &Finding| {
        requirements.iter().filter(|entry| entry.controls.contains(&finding.control)).cloned().collect()
    };
    findings.into_iter().map(|finding| Finding { requirements: of(&finding), ..finding }).collect()
}

fn finding_queries(catalog: &Catalog, findings: &[Finding]) -> Vec<QueryEntry> {
    let entry = |query: &FindingQuery| QueryEntry {
        name: format!("{}.sql@{}", query.name, query.version),
        query: query.name.clone(),
        version: query.version,
        answers: query.answers.clone(),
        digest: query.digest,
        text: query.text.clone(),
        columns: Vec::new(),
    };
    let queries = findings.iter().filter_map(|finding| catalog.control(&finding.control));
    queries.filter_map(|control| catalog.finding_query(&control.finding)).map(entry).collect()
}

fn coverage(catalog: &Catalog, snapshot: Snapshot) -> Coverage {
    let of_control = |control: &Control| {
        let evaluate::Slots { expected, collected } = evaluate::slots(&snapshot, &control.id);
        CoverageOfControl {
            control: control.id.clone(),
            sources: control.collect.iter().map(|collection| collection.source.clone()).collect(),
            schedule: control.schedule.clone(),
            expected,
            collected,
        }
    };
    let controls = snapshot.controls.iter().filter_map(|id| catalog.control(id)).map(of_control).collect();
    Coverage {
        due_since: snapshot.due_since,
        expected: snapshot.expected,
        collected: snapshot.evidence.len() as u64,
        gaps: snapshot.gaps,
        controls,
    }
}

fn summary(findings: &[Finding], evidence_rows: u64) -> ReportSummary {
    let concluded = |outcome| findings.iter().filter(|finding| finding.outcome == outcome).count() as u64;
    let exceptions = || findings.iter().flat_map(|finding| &finding.rows).filter(|row| row.outcome != Outcome::Pass);
    let grave = |severity| exceptions().filter(|row| row.severity == severity).count() as u64;
    ReportSummary {
        controls: findings.len() as u64,
        pass: concluded(Outcome::Pass),
        partial: concluded(Outcome::Partial),
        fail: concluded(Outcome::Fail),
        not_evaluated: concluded(Outcome::NotEvaluated),
        examined: findings.iter().map(|finding| finding.examined).sum(),
        exceptions: exceptions().count() as u64,
        critical: grave(Severity::Critical),
        high: grave(Severity::High),
        medium: grave(Severity::Medium),
        low: grave(Severity::Low),
        evidence_rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_as_good_as_the_worst_control_that_answers_for_it() {
        use Outcome::{Fail, NotEvaluated, Partial, Pass};
        for (outcomes, expected) in [
            (vec![], NotEvaluated),
            (vec![Pass, Pass], Pass),
            (vec![Pass, NotEvaluated], Partial),
            (vec![NotEvaluated], NotEvaluated),
            (vec![NotEvaluated, Fail], Fail),
            (vec![Pass, Partial], Partial),
        ] {
            assert_eq!(worst(outcomes.into_iter()), expected);
        }
    }
}
