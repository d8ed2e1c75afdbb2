//! What the schedule function will ask of EventBridge for the catalog that ships.

use crate::template;
use catalog::{Catalog, Schedule};
use schedule::{Call, Deployment, plan};
use std::{collections::BTreeMap, fs, path::Path};

fn files(folder: &Path, below: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn shipped() -> Catalog {
    let mut found = BTreeMap::new();
    files(&template::root().join("catalog"), "", &mut found);
    // As whoever has every source would deploy it.
    found.remove("scope.toml").unwrap();
    Catalog::read(found).unwrap()
}

const COLLECTORS: [&str; 5] = ["files", "http", "sql", "aws", "logs"];
const FUNCTION: &str = "arn:aws:lambda:eu-central-1:123456789012:function:exhibit-longname-collect-";

/// As `infra/app.yaml` sets it, for the longest stage it allows.
fn deployment() -> Deployment {
    let app = template::app();
    assert_eq!(app["Parameters"]["Stage"]["AllowedPattern"], "^[a-z][a-z0-9]{0,7}$");
    let variables = &app["Resources"]["ScheduleFunction"]["Properties"]["Environment"]["Variables"];
    let prefix = variables["EXHIBIT_RULE_PREFIX"]["Fn::Sub"].as_str().unwrap();
    Deployment {
        prefix: prefix.replace("${Stage}", "longname"),
        tenants: vec!["acme".parse().unwrap()],
        collectors: COLLECTORS.map(|name| (name.to_owned(), format!("{FUNCTION}{name}"))).into(),
        dead_letter: "arn:aws:sqs:eu-central-1:123456789012:exhibit-longname-dead-letters".to_owned(),
    }
}

#[test]
fn every_control_that_ships_has_a_rule_that_eventbridge_takes() {
    let catalog = shipped();
    let plan = plan(&catalog, &deployment(), &[]).unwrap();
    let rules = plan.calls.iter().filter_map(|call| if let Call::PutRule(rule) = call { Some(rule) } else { None });
    let names: Vec<&str> = rules
        .map(|rule| {
            rule.schedule.parse::<Schedule>().unwrap();
            rule.name.as_str()
        })
        .collect();
    let by_hand = |control: &&catalog::Control| catalog.collectors(control).into_iter().eq(["upload"]);
    assert_eq!(names.len(), catalog.controls().filter(|control| !by_hand(control)).count());
    assert!(names.len() >= 80);
    assert!(names.iter().all(|name| name.len() <= 64), "{names:?}");
}

#[test]
fn a_cron_that_eventbridge_refuses_is_refused() {
    for wrong in ["cron(0 3 * * * *)", "cron(0 3 * * ?)", "0 3 * * *", "cron(60 3 * * ? *)", "rate(1 day)"] {
        assert!(wrong.parse::<Schedule>().is_err(), "{wrong}");
    }
}
