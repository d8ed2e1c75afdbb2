//! A synthetic report of any size: for tests and the benchmark, never for people who look for facts.

mod controls;
mod rows;

use controls::{CONTROLS, REQUIREMENTS, SampleControl};
use domain::{
    Actor, Coverage, CoverageOfControl, Digest, EvidenceEntry, EvidenceId, Finding, FrameworkId, Gap, GapReason,
    Granularity, Outcome, Period, QueryEntry, QueryName, Report, ReportInputs, ReportSummary, RequirementEntry,
    Severity, Slot, SourceId, TenantId,
    evidence::{Column, ColumnKind, RawSummary},
};
use std::{collections::BTreeMap, error::Error};

type Built<T> = Result<T, Box<dyn Error>>;

/// A report on SOC 2 for the third quarter of 2026 with exactly `rows` examined rows over nine controls.
///
/// The same `rows` give the same report. One control was not evaluated, some slots are missing. Errors come from the
/// domain's own checks and would be faults of this generator.
pub fn report(rows: usize) -> Built<Report> {
    let period: Period = "2026-Q3".parse()?;
    let mut collected = Vec::new();
    let mut gaps = Vec::new();
    for control in &CONTROLS {
        collect(control, &period, &mut collected, &mut gaps)?;
    }
    collected.sort_by(|a: &EvidenceEntry, b| a.evidence_id.cmp(&b.evidence_id));
    let findings = findings(rows, &collected)?;
    let inputs = inputs(period)?;
    Ok(Report {
        report_id: inputs.report_id()?,
        inputs,
        framework_title: "SOC 2".to_owned(),
        framework_version: "2017 Trust Services Criteria (revised points of focus 2022)".to_owned(),
        summary: summary(&findings, &collected),
        requirements: requirements(&findings)?,
        coverage: coverage(&collected, gaps)?,
        queries: queries()?,
        evidence: collected,
        findings,
    })
}

fn inputs(period: Period) -> Built<ReportInputs> {
    Ok(ReportInputs {
        format: ReportInputs::FORMAT.to_owned(),
        report_type: "controls".to_owned(),
        tenant: TenantId::new("acme")?,
        framework: FrameworkId::new("soc2")?,
        period,
        snapshot: Digest::of(b"sample snapshot"),
        catalog: Digest::of(b"sample catalog"),
        templates: Digest::of(b"sample templates"),
        parameters: BTreeMap::new(),
    })
}

fn collect(
    control: &SampleControl,
    period: &Period,
    collected: &mut Vec<EvidenceEntry>,
    gaps: &mut Vec<Gap>,
) -> Built<()> {
    let unit = if control.every == 7 { Granularity::Week } else { Granularity::Day };
    for (index, due) in period.divide(unit)?.into_iter().enumerate() {
        let slot = slot(control, due)?;
        match gap_reason(control, index) {
            Some(reason) => gaps.push(Gap {
                evidence_id: slot.evidence_id(),
                control: slot.control,
                source: slot.source,
                period: due,
                reason,
            }),
            None => collected.push(evidence(control, &slot)?),
        }
    }
    Ok(())
}

fn slot(control: &SampleControl, period: Period) -> Built<Slot> {
    Ok(Slot { tenant: TenantId::new("acme")?, control: control.id.parse()?, source: control.source.parse()?, period })
}

/// The backup service never answered; the source control system had a bad week.
fn gap_reason(control: &SampleControl, index: usize) -> Option<GapReason> {
    let failed =
        |message: &str| GapReason::Failed { error: "SourceUnavailable".to_owned(), message: message.to_owned() };
    match (control.id, index) {
        ("backup-tests", 12) => Some(GapReason::Pending),
        ("backup-tests", _) => Some(failed("no file matches backup-service/restores-2026-W*.csv")),
        ("change-review", 40..=46) => Some(failed("source-control/changes.json ends inside a record, at byte 1048576")),
        ("access-keys", 17) => Some(GapReason::Missing),
        _ => None,
    }
}

fn evidence(control: &SampleControl, slot: &Slot) -> Built<EvidenceEntry> {
    let id = slot.evidence_id();
    let digest = Digest::of(id.as_str().as_bytes());
    let rows = 200 + u64::from(digest.as_bytes().first().copied().unwrap_or_default());
    Ok(EvidenceEntry {
        endpoint: format!("files:{}/{}-{}.csv", control.source, control.query, slot.period),
        raw: raw(control, slot, rows * 98),
        parameters: parameters(control, slot),
        executed_at: "2026-07-01T03:00:00Z".parse::<domain::Timestamp>()?.max(slot.period.end()),
        executed_by: Actor::new("service:exhibit@acme")?,
        collector: "collect-files 0.1.0".to_owned(),
        query: format!("{}.toml@1", control.query),
        control: slot.control.clone(),
        source: slot.source.clone(),
        period: slot.period,
        row_count: rows,
        source_count: Some(rows),
        length: rows * 212,
        version: digest.short(),
        evidence_id: id,
        digest,
    })
}

fn parameters(control: &SampleControl, slot: &Slot) -> BTreeMap<String, String> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    BTreeMap::from([
        pair("files", format!("{}/{}-{{period}}.csv", control.source, control.query)),
        pair("period_start", slot.period.start().to_string()),
        pair("period_end", slot.period.end().to_string()),
    ])
}

/// One file a day, and one per day of a week.
fn raw(control: &SampleControl, slot: &Slot, length: u64) -> Vec<RawSummary> {
    let days = slot.period.divide(Granularity::Day).unwrap_or_default();
    let file = |day: &Period| {
        let name = format!("{}/{}-{day}.csv", control.source, control.query);
        RawSummary { digest: Digest::of(name.as_bytes()), length, name, withheld: false }
    };
    days.iter().map(file).collect()
}

fn findings(rows: usize, evidence: &[EvidenceEntry]) -> Built<Vec<Finding>> {
    let weights: usize = CONTROLS.iter().map(|control| control.weight).sum();
    let mut findings = Vec::new();
    let (mut weight, mut before) = (0, 0);
    for control in &CONTROLS {
        weight += control.weight;
        let until = rows * weight / weights;
        findings.push(finding(control, before, until, evidence)?);
        before = until;
    }
    Ok(findings)
}

fn finding(control: &SampleControl, first: usize, until: usize, evidence: &[EvidenceEntry]) -> Built<Finding> {
    let own: Vec<&EvidenceId> =
        evidence.iter().filter(|entry| entry.control.as_str() == control.id).map(|entry| &entry.evidence_id).collect();
    let mut rows: Vec<_> = (first..until).map(|index| rows::row(control, index as u64, &own)).collect();
    rows.sort_by(|a, b| {
        let rank = |row: &domain::FindingRow| (std::cmp::Reverse(row.outcome), row.severity);
        rank(a).cmp(&rank(b)).then_with(|| a.subject.cmp(&b.subject))
    });
    let exceptions = rows.iter().filter(|row| row.outcome != Outcome::Pass).count() as u64;
    let missing = (0..92).filter(|index| gap_reason(control, *index).is_some()).count();
    let outcome = match rows.first().map_or(Outcome::Pass, |row| row.outcome) {
        _ if own.is_empty() => Outcome::NotEvaluated,
        Outcome::Pass if missing > 0 => Outcome::Partial,
        worst => worst,
    };
    Ok(Finding {
        control: control.id.parse()?,
        title: control.title.to_owned(),
        description: control.description.to_owned(),
        requirements: requirement_entries(control, outcome)?,
        severity: control.severity,
        outcome,
        reason: reason(outcome, exceptions, rows.len(), missing),
        query: format!("{}.sql@1", control.id),
        examined: rows.len() as u64,
        exceptions,
        remediation: control.remediation.to_owned(),
        columns: control.columns.iter().map(|name| (*name).to_owned()).collect(),
        rows,
    })
}

fn reason(outcome: Outcome, exceptions: u64, examined: usize, missing: usize) -> String {
    let gaps = if missing > 0 { format!("Missing pieces of evidence: {missing}.") } else { String::new() };
    let rows = match outcome {
        Outcome::NotEvaluated => return "No evidence of the period was collected.".to_owned(),
        Outcome::Fail => format!("{exceptions} of {examined} examined rows are exceptions. {gaps}"),
        _ if exceptions > 0 => format!("All of {exceptions} exceptions were remediated inside the period. {gaps}"),
        _ => format!("None of {examined} examined rows is an exception. {gaps}"),
    };
    rows.trim_end().to_owned()
}

fn requirement_entries(control: &SampleControl, outcome: Outcome) -> Built<Vec<RequirementEntry>> {
    let entry = |(id, title): &(&str, &str)| -> Built<RequirementEntry> {
        let controls = vec![control.id.parse()?];
        Ok(RequirementEntry { requirement: id.parse()?, title: (*title).to_owned(), controls, outcome })
    };
    REQUIREMENTS.iter().filter(|(id, _)| control.requirements.contains(id)).map(entry).collect()
}

fn requirements(findings: &[Finding]) -> Built<Vec<RequirementEntry>> {
    let entry = |(id, title): &(&str, &str)| -> Built<RequirementEntry> {
        let answers = |finding: &&Finding| finding.requirements.iter().any(|entry| entry.requirement.as_str() == *id);
        let findings: Vec<&Finding> = findings.iter().filter(answers).collect();
        Ok(RequirementEntry {
            requirement: id.parse()?,
            title: (*title).to_owned(),
            controls: findings.iter().map(|finding| finding.control.clone()).collect(),
            outcome: findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::NotEvaluated),
        })
    };
    REQUIREMENTS.iter().map(entry).collect()
}

fn coverage(collected: &[EvidenceEntry], gaps: Vec<Gap>) -> Built<Coverage> {
    let mut controls = Vec::new();
    for control in &CONTROLS {
        let filled = collected.iter().filter(|entry| entry.control.as_str() == control.id).count() as u64;
        let missing = gaps.iter().filter(|gap| gap.control.as_str() == control.id).count() as u64;
        controls.push(CoverageOfControl {
            control: control.id.parse()?,
            sources: vec![SourceId::new(control.source)?],
            schedule: if control.every == 7 { "cron(0 4 ? * MON *)" } else { "cron(0 3 * * ? *)" }.to_owned(),
            expected: filled + missing,
            collected: filled,
        });
    }
    let expected = collected.len() as u64 + gaps.len() as u64;
    Ok(Coverage { due_since: None, expected, collected: collected.len() as u64, gaps, controls })
}

fn summary(findings: &[Finding], evidence: &[EvidenceEntry]) -> ReportSummary {
    let controls = |wanted| findings.iter().filter(|finding| finding.outcome == wanted).count() as u64;
    let exceptions = || findings.iter().flat_map(|finding| &finding.rows).filter(|row| row.outcome != Outcome::Pass);
    let graded = |wanted| exceptions().filter(|row| row.severity == wanted).count() as u64;
    ReportSummary {
        controls: findings.len() as u64,
        pass: controls(Outcome::Pass),
        partial: controls(Outcome::Partial),
        fail: controls(Outcome::Fail),
        not_evaluated: controls(Outcome::NotEvaluated),
        examined: findings.iter().map(|finding| finding.examined).sum(),
        exceptions: exceptions().count() as u64,
        critical: graded(Severity::Critical),
        high: graded(Severity::High),
        medium: graded(Severity::Medium),
        low: graded(Severity::Low),
        evidence_rows: evidence.iter().map(|entry| entry.row_count).sum(),
    }
}

fn queries() -> Built<Vec<QueryEntry>> {
    let mut queries = BTreeMap::new();
    for control in &CONTROLS {
        let source = format!(
            "name = \"{}\"\nversion = 1\nanswers = \"Everything that {} knows about it, as it stands at the end of the \
             period.\"\nformat = \"csv\"\n\n[[column]]\nname = \"subject\"\nkind = \"text\"\n",
            control.query, control.source
        );
        let finding = format!(
            "-- name: {}\n-- version: 1\n-- answers: {}.\nselect subject,\n       case when exception then 'fail' else \
             'pass' end as outcome,\n       case when exception then '{}' else '' end as detail,\n       \
             min(evidence_id) || ' ' || max(evidence_id) as evidence_ids\n  from {}\n where period_start >= \
             :period_start and period_end <= :period_end\n group by subject\n order by subject;\n",
            control.id,
            control.title,
            control.exception,
            control.query.replace('-', "_")
        );
        for (name, answers, text) in [(control.query, control.title, source), (control.id, control.title, finding)] {
            queries.insert(name, query(name, answers, text, control)?);
        }
    }
    Ok(queries.into_values().collect())
}

fn query(name: &str, answers: &str, text: String, control: &SampleControl) -> Built<QueryEntry> {
    let column = |name: &&str| Column { kind: ColumnKind::Text, name: (*name).to_owned() };
    let is_source = name == control.query;
    Ok(QueryEntry {
        name: format!("{name}.{}@1", if is_source { "toml" } else { "sql" }),
        query: QueryName::new(name)?,
        version: 1,
        answers: format!("{answers}."),
        digest: Digest::of(text.as_bytes()),
        columns: if is_source { control.columns.iter().map(column).collect() } else { Vec::new() },
        text,
    })
}
