//! `controls/<id>.toml`

use super::{
    document::{Document, Members, Placed},
    reference::Target,
};
use crate::{Collection, Control, Schedule};
use domain::{ControlId, FrameworkId, Granularity, QueryName, RequirementId, RetentionClass, Severity, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<Control> {
    let mut members = document.members()?;
    let id = members.required::<ControlId>(document, "id");
    if let Some(id) = &id {
        document.same_name(id, stem);
        document.not_taken(id);
    }
    let title = members.words(document, "title");
    let description = members.words(document, "description");
    let severity = members.required::<Severity>(document, "severity");
    let schedule = schedule(document, &mut members);
    let period = members.required::<Granularity>(document, "period");
    let retention = members.required::<RetentionClass>(document, "retention");
    let finding = finding(document, &mut members);
    let may_be_empty = members.optional::<bool>(document, "population_may_be_empty");
    let remediation = members.words(document, "remediation");
    let satisfies = satisfies(document, &mut members);
    let collect = collect(document, &mut members);
    members.finish(document);
    Some(Control {
        id: id?.value,
        title: title?,
        description: description?,
        severity: severity?.value,
        schedule: schedule?,
        period: period?.value,
        retention: retention?.value,
        finding: finding?,
        population_may_be_empty: may_be_empty.is_some_and(|given| given.value),
        remediation: remediation?,
        satisfies: satisfies?,
        collect,
    })
}

fn schedule<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<String> {
    let schedule = members.required::<String>(document, "schedule")?;
    if let Err(error) = schedule.value.parse::<Schedule>() {
        document.problem(schedule.at, error.to_string());
    }
    Some(schedule.value)
}

fn finding<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<QueryName> {
    let finding = members.required::<QueryName>(document, "finding")?;
    document.refer(finding.at, Target::FindingQuery(finding.value.clone()));
    Some(finding.value)
}

type Satisfies = BTreeMap<FrameworkId, Vec<RequirementId>>;

fn satisfies<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<Satisfies> {
    let table = members.table(document, "satisfies")?;
    let at = table.at();
    let lists = table.rest::<Vec<Spanned<RequirementId>>>(document);
    if lists.is_empty() {
        document.problem(at, "[satisfies] names no framework: a control that satisfies nothing is in no report");
    }
    let mut satisfies = BTreeMap::new();
    for (framework, requirements) in lists {
        match FrameworkId::new(framework.value) {
            Ok(id) => {
                document.refer(framework.at, Target::Framework(id.clone()));
                satisfies.insert(id.clone(), requirements_of(document, &id, requirements));
            }
            Err(error) => document.problem(framework.at, error.to_string()),
        }
    }
    Some(satisfies)
}

fn requirements_of(
    document: &mut Document<'_>,
    framework: &FrameworkId,
    list: Placed<Vec<Spanned<RequirementId>>>,
) -> Vec<RequirementId> {
    if list.value.is_empty() {
        document.problem(list.at, format!("no requirement of {framework} is named: name one, or remove the line"));
    }
    let mut requirements = Vec::new();
    for requirement in list.value {
        let (at, id) = (requirement.span().start, requirement.into_inner());
        document.refer(at, Target::Requirement(framework.clone(), id.clone()));
        if requirements.contains(&id) {
            document.problem(at, format!("{:?} is named twice: remove one", id.as_str()));
        }
        requirements.push(id);
    }
    requirements
}

fn collect<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Vec<Collection> {
    let mut seen = BTreeSet::new();
    let mut collect = Vec::new();
    for mut table in members.tables(document, "collect") {
        let source = table.required::<SourceId>(document, "source");
        let query = table.required::<QueryName>(document, "query");
        table.finish(document);
        let (Some(source), Some(query)) = (source, query) else { continue };
        document.refer(source.at, Target::Source(source.value.clone()));
        document.refer(query.at, Target::SourceQuery(query.value.clone()));
        document.refer(query.at, Target::Asked(source.value.clone(), query.value.clone()));
        if !seen.insert(source.value.clone()) {
            let message =
                format!("the source {:?} is asked twice: a slot has one query per source", source.value.as_str());
            document.problem(source.at, message);
        }
        collect.push(Collection { source: source.value, query: query.value });
    }
    collect
}
