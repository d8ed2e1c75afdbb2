//! What each function gets: variables that the code reads, a log group that forgets.

use crate::{none, one, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Read where it is set, never set here: the catalog lies beside the program.
const NOT_SET: [&str; 1] = ["EXHIBIT_CATALOG"];

fn members(value: &Value) -> BTreeSet<String> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Every variable that some function gets.
fn given(app: &Value) -> BTreeSet<String> {
    let variables = |owner: &Value| members(&owner["Environment"]["Variables"]);
    let own = template::functions(app).flat_map(|(_, function)| variables(&function["Properties"]));
    own.chain(variables(&app["Globals"]["Function"])).collect()
}

/// Every variable that the code names, leaving out what only its tests name.
fn read(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let quoted = code.split('"').skip(1).step_by(2).filter(|text| text.starts_with("EXHIBIT_") && text.len() > 8);
    quoted.map(str::to_owned).collect()
}

fn variables(app: &Value, source: &str) -> Vec<String> {
    let (given, read) = (given(app), read(source));
    let missing = read.difference(&given).filter(|name| !NOT_SET.contains(&name.as_str()));
    let missing = missing.map(|name| format!("runtime reads {name}, which infra/app.yaml gives to no function"));
    let foreign =
        given.difference(&read).map(|name| format!("infra/app.yaml gives {name}, which runtime does not read"));
    missing.chain(foreign).collect()
}

fn logs(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, function) in template::functions(app) {
        let group = function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap_or_default();
        if group != id.replace("Function", "Logs") {
            complaints.push(format!("{id} does not write to a log group of its own"));
        }
    }
    for (id, group) in template::resources(app, "AWS::Logs::LogGroup") {
        if group["Properties"]["RetentionInDays"] != json!({"Ref": "LogDays"}) {
            complaints.push(format!("{id} keeps its lines forever"));
        }
    }
    complaints
}

fn source() -> String {
    template::text("shared/runtime/src/environment.rs")
}

#[test]
fn every_variable_is_given_and_read() {
    none(variables(&template::app(), &source()));
}

#[test]
fn every_function_has_a_log_group_that_forgets() {
    none(logs(&template::app()));
}

#[test]
fn a_variable_that_only_one_side_knows_is_seen() {
    let mut app = template::app();
    app["Resources"]["UploadFunction"]["Properties"]["Environment"]["Variables"]["EXHIBIT_BUKCET"] = json!("x");
    one(variables(&app, &source()), "EXHIBIT_BUKCET");
    let more = format!("fn x() {{ \"EXHIBIT_REGION\"; }}\n{}", source());
    one(variables(&template::app(), &more), "EXHIBIT_REGION");
    assert!(read("#[cfg(test)] mod tests { \"EXHIBIT_STAGE\" }").is_empty());
}

#[test]
fn a_log_that_is_kept_forever_or_shared_is_seen() {
    let mut app = template::app();
    app["Resources"]["UploadLogs"]["Properties"]["RetentionInDays"] = Value::Null;
    one(logs(&app), "UploadLogs");
    let mut app = template::app();
    app["Resources"]["UploadFunction"]["Properties"]["LoggingConfig"] = json!({"LogGroup": {"Ref": "VerifyLogs"}});
    one(logs(&app), "UploadFunction");
}
