//! `exhibit coverage`

use super::{Output, catalog::Place};
use crate::{CommandError, ExitCode};
use ::catalog::{Catalog, Control, Framework, Reporting};
use clap::Args;
use domain::FrameworkId;
use serde::Serialize;

#[derive(Debug, Args)]
pub(super) struct Coverage {
    #[command(flatten)]
    place: Place,
    /// Only this framework; may be given several times.
    #[arg(long, value_name = "ID")]
    framework: Vec<FrameworkId>,
    /// Only requirements that no control covers.
    #[arg(long)]
    uncovered: bool,
}

/// A framework, and what answers for it.
#[derive(Serialize)]
struct Covered<'c> {
    framework: &'c str,
    title: &'c str,
    version: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reporting: Option<Wanted<'c>>,
    requirements: Vec<Requirement<'c>>,
}

#[derive(Serialize)]
struct Wanted<'c> {
    frequency: &'c str,
    retention: &'c str,
    critical_areas: &'c [String],
    source: &'c str,
}

#[derive(Serialize)]
struct Requirement<'c> {
    id: &'c str,
    title: &'c str,
    /// Operated.
    controls: Vec<&'c str>,
    /// In the catalog, and asking a source that is not in scope.
    out_of_scope: Vec<&'c str>,
}

impl Coverage {
    pub(super) fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        let catalog = self.place.read()?;
        if let Some(unknown) = self.framework.iter().find(|id| catalog.framework(id).is_none()) {
            return Err(CommandError::Invalid(format!("the catalog has no framework {:?}", unknown.as_str())));
        }
        let chosen = |framework: &&Framework| self.framework.is_empty() || self.framework.contains(&framework.id);
        let all: Vec<Covered<'_>> =
            catalog.frameworks().filter(chosen).map(|framework| covered(&catalog, framework, self.uncovered)).collect();
        all.iter().for_each(|covered| say(covered, output));
        output.answer(&all)?;
        Ok(ExitCode::Done)
    }
}

fn covered<'c>(catalog: &'c Catalog, framework: &'c Framework, only_uncovered: bool) -> Covered<'c> {
    let requirements = framework.requirements.iter().map(|requirement| {
        let satisfies =
            |control: &&Control| control.satisfies.get(&framework.id).is_some_and(|ids| ids.contains(&requirement.id));
        let (operated, out): (Vec<&Control>, Vec<&Control>) =
            catalog.all_controls().filter(satisfies).partition(|control| catalog.is_operated(control));
        let ids = |controls: Vec<&'c Control>| controls.into_iter().map(|control| control.id.as_str()).collect();
        Requirement {
            id: requirement.id.as_str(),
            title: &requirement.title,
            controls: ids(operated),
            out_of_scope: ids(out),
        }
    });
    let wanted = |requirement: &Requirement<'_>| !only_uncovered || requirement.controls.is_empty();
    Covered {
        framework: framework.id.as_str(),
        title: &framework.title,
        version: &framework.version,
        reporting: framework.reporting.as_ref().map(Wanted::of),
        requirements: requirements.filter(wanted).collect(),
    }
}

impl<'c> Wanted<'c> {
    fn of(reporting: &'c Reporting) -> Self {
        let Reporting { frequency, retention, critical_areas, source } = reporting;
        Self { frequency, retention, critical_areas, source }
    }
}

fn say(covered: &Covered<'_>, output: &Output) {
    output.say(format!("{} ({}; {})", covered.title, covered.framework, covered.version));
    if let Some(Wanted { frequency, retention, critical_areas, source }) = &covered.reporting {
        output.say(format!("  reports    {frequency}"));
        output.say(format!("  records    {retention}"));
        output.say(format!("  look first {}", critical_areas.join(", ")));
        output.say(format!("  after      {source}"));
    }
    let row = |requirement: &Requirement<'_>| {
        let mut controls = requirement.controls.join(", ");
        if controls.is_empty() {
            controls = "-".to_owned();
        }
        if !requirement.out_of_scope.is_empty() {
            controls.push_str(&format!(" (not in scope: {})", requirement.out_of_scope.join(", ")));
        }
        vec![requirement.id.to_owned(), requirement.title.to_owned(), controls]
    };
    output.table(&covered.requirements.iter().map(row).collect::<Vec<_>>());
    let open = covered.requirements.iter().filter(|requirement| requirement.controls.is_empty()).count();
    output.say(format!(
        "{} requirements, {open} of them without a control that is operated\n",
        covered.requirements.len()
    ));
}
