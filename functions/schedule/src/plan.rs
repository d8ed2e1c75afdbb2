//! From the rules that are there to the rules that have to be.

use crate::{Deployment, Rule, ScheduleError, Target};
use catalog::Catalog;
use serde::Serialize;
use std::collections::BTreeMap;

/// A rule as EventBridge tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Existing {
    /// Its name.
    pub name: String,
    /// Its description; empty when it has none.
    pub description: String,
    /// When it fires, if it has a schedule.
    pub schedule: Option<String>,
    /// The events that it matches, if it does.
    pub event_pattern: Option<String>,
    /// Whether it fires at all.
    pub enabled: bool,
    /// Where its events go, as far as [`Target`] can say it; by id.
    pub targets: Vec<Target>,
}

/// One call of EventBridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Makes a rule or changes it: enabled, with this schedule and description. Leaves its targets as they are.
    PutRule(Rule),
    /// Makes or changes a target of a rule.
    PutTarget {
        /// The rule's name.
        rule: String,
        /// The target.
        target: Target,
    },
    /// Removes targets of a rule by their ids.
    RemoveTargets {
        /// The rule's name.
        rule: String,
        /// The targets.
        ids: Vec<String>,
    },
    /// Removes a rule that has no target.
    DeleteRule {
        /// The rule's name.
        rule: String,
    },
}

/// What has to be done, and what it amounts to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Rules that are not there yet, by name.
    pub created: Vec<String>,
    /// Rules that are not as the catalog says, by name.
    pub changed: Vec<String>,
    /// Rules of ours whose control is no longer in the catalog, by name.
    pub removed: Vec<String>,
    /// Rules that are as the catalog says, by name.
    pub unchanged: Vec<String>,
    /// The calls, in the order in which they have to be made.
    #[serde(skip)]
    pub calls: Vec<Call>,
}

/// Compares the rules `existing`, of which others than ours may be, with those that `catalog` wants. Depends on nothing else,
/// not on the order of `existing` either.
///
/// Where a rule is new or changed, the rule comes before its targets; where it goes, its targets go first. A crash after any of the
/// calls therefore leaves something that the next run sees: a rule of ours without a target of its, or one without targets that no
/// control wants.
pub fn plan(catalog: &Catalog, deployment: &Deployment, existing: &[Existing]) -> Result<Plan, ScheduleError> {
    let wanted = deployment.rules(catalog)?;
    let there: BTreeMap<&str, &Existing> = existing.iter().map(|rule| (rule.name.as_str(), rule)).collect();
    let mut plan = Plan::default();
    for (name, rule) in &wanted {
        match there.get(name.as_str()) {
            None => plan.create(rule),
            Some(found) if deployment.owns(found) => plan.change(rule, found),
            Some(_) => {
                let mark = deployment.mark(name.strip_prefix(&deployment.prefix).unwrap_or(name));
                return Err(ScheduleError::Foreign { name: name.clone(), mark });
            }
        }
    }
    let leftover = there.iter().filter(|(name, found)| !wanted.contains_key(**name) && deployment.owns(found));
    leftover.for_each(|(_, found)| plan.remove(found));
    Ok(plan)
}

impl Deployment {
    /// Whether a rule is one of this deployment. Its name alone does not tell: the prefix of another deployment may begin with
    /// ours.
    pub fn owns(&self, rule: &Existing) -> bool {
        let control = rule.name.strip_prefix(&self.prefix);
        control.is_some_and(|control| rule.description.starts_with(&self.mark(control)))
    }
}

impl Plan {
    fn create(&mut self, rule: &Rule) {
        self.created.push(rule.name.clone());
        self.calls.push(Call::PutRule(rule.clone()));
        rule.targets.iter().for_each(|target| self.put_target(rule, target));
    }

    fn change(&mut self, rule: &Rule, found: &Existing) {
        let before = self.calls.len();
        if !is_equal(rule, found) {
            self.calls.push(Call::PutRule(rule.clone()));
        }
        let differing = rule.targets.iter().filter(|target| !found.targets.contains(target));
        differing.for_each(|target| self.put_target(rule, target));
        let is_wanted = |id: &&String| rule.targets.iter().any(|target| target.id == **id);
        let others = found.targets.iter().map(|target| &target.id).filter(|id| !is_wanted(id));
        self.remove_targets(&rule.name, others.cloned().collect());
        let list = if self.calls.len() == before { &mut self.unchanged } else { &mut self.changed };
        list.push(rule.name.clone());
    }

    fn put_target(&mut self, rule: &Rule, target: &Target) {
        self.calls.push(Call::PutTarget { rule: rule.name.clone(), target: target.clone() });
    }

    fn remove(&mut self, found: &Existing) {
        self.removed.push(found.name.clone());
        self.remove_targets(&found.name, found.targets.iter().map(|target| target.id.clone()).collect());
        self.calls.push(Call::DeleteRule { rule: found.name.clone() });
    }

    fn remove_targets(&mut self, rule: &str, mut ids: Vec<String>) {
        ids.sort();
        if !ids.is_empty() {
            self.calls.push(Call::RemoveTargets { rule: rule.to_owned(), ids });
        }
    }
}

fn is_equal(rule: &Rule, found: &Existing) -> bool {
    let Existing { description, schedule, event_pattern, enabled, .. } = found;
    *enabled && event_pattern.is_none() && schedule.as_ref() == Some(&rule.schedule) && *description == rule.description
}

#[cfg(test)]
mod tests;
