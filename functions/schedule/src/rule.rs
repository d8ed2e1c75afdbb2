//! The rules that a catalog wants.

use crate::ScheduleError;
use catalog::{Catalog, Control};
use domain::{ControlId, TenantId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the rules of one deployment have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// How the names of its rules begin: `exhibit-dev-`. Another deployment of the same account has another one.
    pub prefix: String,
    /// Whose evidence is collected; all tenants of the collector when empty.
    pub tenants: Vec<TenantId>,
    /// The ARNs of the collector functions, by the collector's name in the catalog.
    pub collectors: BTreeMap<String, String>,
    /// The ARN of the queue for events that could not be delivered.
    pub dead_letter: String,
}

/// A rule and its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `<prefix><control>`
    pub name: String,
    /// Begins with the mark by which we know our own; the rest is for people.
    pub description: String,
    /// `cron(0 3 * * ? *)`, in UTC.
    pub schedule: String,
    /// Where its events go: to each collector that the control's sources need, by id.
    pub targets: Vec<Target>,
}

/// Where the events of a rule go, and what is made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id within the rule.
    pub id: String,
    /// What is invoked.
    pub arn: String,
    /// What is taken out of an event: name to JSON path.
    pub input_paths: BTreeMap<String, String>,
    /// The input of the invocation: JSON, with `<name>` for each input path.
    pub input_template: String,
    /// The ARN of the queue for events that could not be delivered.
    pub dead_letter: Option<String>,
    /// How often a delivery is tried again.
    pub retries: Option<i32>,
    /// How old an event may be to be delivered, in seconds.
    pub seconds: Option<i32>,
}

// What `domain::CollectionRequest` reads.
#[derive(Serialize)]
struct Input<'a> {
    control: &'a ControlId,
    tenants: &'a [TenantId],
    scheduled_at: &'a str,
    requested_by: String,
}

// Documents come when people hand them in: no rule fires for them.
const BY_HAND: &str = "upload";
const LONGEST_PREFIX: usize = 48;
const LONGEST_NAME: usize = 64;
const LONGEST_INPUT: usize = 8192;

impl Deployment {
    /// The rule of every control, by name.
    pub(crate) fn rules(&self, catalog: &Catalog) -> Result<BTreeMap<String, Rule>, ScheduleError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !(1..=LONGEST_PREFIX).contains(&self.prefix.len()) || !self.prefix.chars().all(allowed) {
            return Err(ScheduleError::Prefix(self.prefix.clone()));
        }
        let by_hand = |control: &&Control| catalog.collectors(control).iter().all(|collector| *collector == BY_HAND);
        let fired = catalog.controls().filter(|control| !by_hand(control));
        let rules = fired.map(|control| self.rule(catalog, control).map(|rule| (rule.name.clone(), rule)));
        rules.collect()
    }

    fn rule(&self, catalog: &Catalog, control: &Control) -> Result<Rule, ScheduleError> {
        let (name, control_id) = (format!("{}{}", self.prefix, control.id), control.id.clone());
        if name.len() > LONGEST_NAME {
            return Err(ScheduleError::NameTooLong { control: control_id, length: name.len(), name });
        }
        let input = self.input(control, &name)?;
        if input.len() > LONGEST_INPUT {
            return Err(ScheduleError::InputTooLong { control: control_id, length: input.len() });
        }
        let needed = catalog.collectors(control).into_iter().filter(|collector| *collector != BY_HAND);
        let target = |collector: &str| match self.collectors.get(collector) {
            Some(arn) => Ok(self.target(collector, arn, input.clone())),
            None => Err(ScheduleError::NoCollector { control: control.id.clone(), collector: collector.to_owned() }),
        };
        let targets = needed.map(target).collect::<Result<_, _>>()?;
        let description = format!("{} Kept equal to the catalog: change it there.", self.mark(control.id.as_str()));
        Ok(Rule { name, description, schedule: control.schedule.clone(), targets })
    }

    fn input(&self, control: &Control, rule: &str) -> Result<String, ScheduleError> {
        let input = Input {
            control: &control.id,
            tenants: &self.tenants,
            // The scheduled time, not the time of the delivery: each retry computes the same slots.
            scheduled_at: "<time>",
            requested_by: format!("schedule:{rule}"),
        };
        Ok(serde_json::to_string(&input)?)
    }

    fn target(&self, collector: &str, arn: &str, input_template: String) -> Target {
        Target {
            id: format!("collect-{collector}"),
            arn: arn.to_owned(),
            input_paths: BTreeMap::from([("time".to_owned(), "$.time".to_owned())]),
            input_template,
            dead_letter: Some(self.dead_letter.clone()),
            retries: Some(185),
            seconds: Some(86_400),
        }
    }

    // Never change this text: the rules that are deployed are known by it.
    pub(crate) fn mark(&self, control: &str) -> String {
        format!("exhibit-rule/v1 prefix={} control={control};", self.prefix)
    }
}
