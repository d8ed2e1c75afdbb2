//! `statemachines/examples/<State>.json`: an input of each state, as the code reads and writes it.

use crate::{none, one, template};
use domain::{FailedStep, RenderStep, Rendered, ReportRequest, Snapshotted, TransformStep, Transformed, Uploaded};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every state, those inside of Maps too.
fn states(machine: &Value) -> BTreeSet<String> {
    let own = machine["States"].as_object().unwrap();
    let inner = own.values().filter(|state| state["Type"] == "Map").flat_map(|map| states(&map["ItemProcessor"]));
    own.keys().cloned().chain(inner).collect()
}

fn same_names(states: &BTreeSet<String>, examples: &BTreeSet<String>) -> Vec<String> {
    let missing = states.difference(examples).map(|state| format!("statemachines/examples has no {state}.json"));
    let foreign =
        examples.difference(states).map(|state| format!("statemachines/examples/{state}.json: no such state"));
    missing.chain(foreign).collect()
}

fn fits<T: Serialize + DeserializeOwned>(example: &Value) -> Option<String> {
    match T::deserialize(example) {
        Ok(value) if json!(value) == *example => None,
        Ok(value) => Some(format!("the code would write it as {}", json!(value))),
        Err(error) => Some(error.to_string()),
    }
}

fn fault(state: &str, example: &Value) -> Option<String> {
    let fault = match state {
        "Snapshot" => fits::<ReportRequest>(example),
        "AlreadyStored" | "ManyControls" | "TransformControls" => fits::<Snapshotted>(example),
        "TransformControl" | "Transform" => fits::<TransformStep>(example),
        "Render" => fits::<Transformed>(example),
        "RenderFormat" => fits::<RenderStep>(example),
        "Upload" => fits::<Rendered>(example),
        "Verify" => fits::<Uploaded>(example),
        "MarkFailed" | "Failed" => fits::<FailedStep>(example),
        _ => Some("no type of the code is known for this state".to_owned()),
    };
    fault.map(|fault| format!("{state}.json: {fault}"))
}

fn example(state: &str) -> Value {
    serde_json::from_str(&template::text(&format!("statemachines/examples/{state}.json"))).unwrap()
}

#[test]
fn every_state_has_an_example_of_its_input_that_the_code_reads() {
    let states = states(&template::state_machine());
    let files = template::names_in("statemachines/examples");
    let examples = files.iter().map(|name| name.trim_end_matches(".json").to_owned()).collect();
    none(same_names(&states, &examples));
    none(states.iter().filter_map(|state| fault(state, &example(state))).collect());
}

#[test]
fn an_example_that_is_absent_or_does_not_fit_is_seen() {
    let states = states(&template::state_machine());
    let mut examples = states.clone();
    examples.remove("RenderFormat");
    one(same_names(&states, &examples), "RenderFormat.json");
    let mut rendered = example("Upload");
    rendered["drafts"] = json!([{"pdf": "0"}]);
    assert!(fault("Upload", &rendered).is_some_and(|fault| fault.contains("Upload.json")));
    let mut misspelt = example("Verify");
    misspelt["reportId"] = json!("x");
    assert!(fault("Verify", &misspelt).is_some_and(|fault| fault.contains("would write")));
}
