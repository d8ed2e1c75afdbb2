//! What the tests of this crate share: the small catalog of the workspace's tests, and an EventBridge in memory.

use crate::{Call, Deployment, Existing};
use catalog::Catalog;
use std::{collections::BTreeMap, fs, path::Path};

/// The catalog of the workspace's tests: the controls `gone` (04:00) and `second-factor` (03:00), both of each day.
pub(crate) fn files() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders =
        ["frameworks", "controls", "sources", "queries"].map(|kind| (kind, root.join("tests/fixture/catalog")));
    let all = folders.into_iter().chain([("templates", root.join("catalog"))]);
    all.flat_map(|(kind, folder)| of_kind(kind, &folder.join(kind))).collect()
}

fn of_kind(kind: &'static str, folder: &Path) -> impl Iterator<Item = (String, String)> + use<> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(move |path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (format!("{kind}/{name}"), fs::read_to_string(path).unwrap())
    })
}

pub(crate) fn catalog() -> Catalog {
    Catalog::read(files()).unwrap()
}

/// The same catalog with one control only.
pub(crate) fn without(control: &str) -> Catalog {
    let mut files = files();
    files.remove(&format!("controls/{control}.toml")).unwrap();
    files.remove(&format!("queries/{control}.sql")).unwrap();
    Catalog::read(files).unwrap()
}

pub(crate) fn deployment(prefix: &str) -> Deployment {
    Deployment {
        prefix: prefix.to_owned(),
        tenants: vec!["acme".parse().unwrap(), "globex".parse().unwrap()],
        collectors: ["aws", "files", "http", "logs", "sql"].map(|name| (name.to_owned(), arn(name))).into(),
        dead_letter: "arn:aws:sqs:eu-central-1:000000000000:dead".to_owned(),
    }
}

pub(crate) fn arn(collector: &str) -> String {
    format!("arn:aws:lambda:eu-central-1:000000000000:function:collect-{collector}")
}

/// An EventBridge in memory, as strict as the real one: targets only on rules that are there, no rule goes before its targets.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct EventBridge(BTreeMap<String, Existing>);

impl EventBridge {
    /// What a listing by prefix gives.
    pub(crate) fn listed(&self, prefix: &str) -> Vec<Existing> {
        self.0.values().filter(|rule| rule.name.starts_with(prefix)).cloned().collect()
    }

    pub(crate) fn rule(&mut self, name: &str) -> &mut Existing {
        self.0.get_mut(name).unwrap()
    }

    pub(crate) fn put(&mut self, rule: Existing) {
        self.0.insert(rule.name.clone(), rule);
    }

    pub(crate) fn apply(&mut self, call: &Call) {
        match call {
            Call::PutRule(rule) => {
                let targets = self.0.remove(&rule.name).map(|found| found.targets).unwrap_or_default();
                self.put(Existing {
                    name: rule.name.clone(),
                    description: rule.description.clone(),
                    schedule: Some(rule.schedule.clone()),
                    event_pattern: None,
                    enabled: true,
                    targets,
                });
            }
            Call::PutTarget { rule, target } => {
                let targets = &mut self.rule(rule).targets;
                targets.retain(|found| found.id != target.id);
                targets.push(target.clone());
                targets.sort_by(|one, other| one.id.cmp(&other.id));
            }
            Call::RemoveTargets { rule, ids } => self.rule(rule).targets.retain(|target| !ids.contains(&target.id)),
            Call::DeleteRule { rule } => {
                assert!(self.rule(rule).targets.is_empty(), "EventBridge refuses to remove a rule that has targets");
                self.0.remove(rule);
            }
        }
    }
}
