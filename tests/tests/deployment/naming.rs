//! One name runs through: folder, binary, function, substitution, state.

use crate::{none, one, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What each place calls the functions.
struct Names {
    /// Folders of `functions/` that have a program, with what their manifest calls it.
    folders: Vec<(String, String)>,
    app: Value,
    machine: Value,
}

impl Names {
    fn of_the_tree() -> Self {
        let with_program =
            |folder: &String| template::root().join("functions").join(folder).join("src/main.rs").exists();
        let folders = template::names_in("functions").into_iter().filter(with_program);
        let folders = folders.map(|folder| {
            let manifest = template::text(&format!("functions/{folder}/Cargo.toml"));
            let program = manifest.parse::<toml::Table>().unwrap()["bin"][0]["name"].as_str().unwrap().to_owned();
            (folder, program)
        });
        Self { folders: folders.collect(), app: template::app(), machine: template::state_machine() }
    }

    fn complaints(&self) -> Vec<String> {
        let mut complaints = self.folders_and_functions();
        complaints.extend(functions(&self.app));
        complaints.extend(substitutions(&self.app, &self.machine));
        complaints
            .extend(tasks(&self.machine).into_iter().filter_map(|(state, task)| state_and_function(&state, task)));
        complaints
    }

    fn folders_and_functions(&self) -> Vec<String> {
        let expected: BTreeSet<String> = self.folders.iter().map(|(folder, _)| logical_id(folder)).collect();
        let declared: BTreeSet<String> = template::functions(&self.app).map(|(id, _)| id.to_owned()).collect();
        let missing = expected.difference(&declared).map(|id| format!("infra/app.yaml has no {id}"));
        let foreign =
            declared.difference(&expected).map(|id| format!("{id} of infra/app.yaml has no folder with a program"));
        let programs = self.folders.iter().filter(|(folder, program)| folder != program);
        let programs = programs.map(|(folder, program)| format!("functions/{folder} calls its program {program}"));
        missing.chain(foreign).chain(programs).collect()
    }
}

/// `collect-files` → `CollectFilesFunction`
fn logical_id(folder: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    folder.split('-').map(capital).collect::<String>() + "Function"
}

fn functions(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, function) in template::functions(app) {
        let properties = &function["Properties"];
        let name = properties["CodeUri"].as_str().unwrap_or_default().trim_start_matches("../target/lambda/");
        if logical_id(if name.is_empty() { "?" } else { name }) != id {
            complaints.push(format!("the code of {id} is {}", properties["CodeUri"]));
        }
        if properties["FunctionName"] != json!({"Fn::Sub": format!("exhibit-${{Stage}}-{name}")}) {
            complaints.push(format!("{id} is called {}", properties["FunctionName"]));
        }
    }
    complaints
}

fn substitutions(app: &Value, machine: &Value) -> Vec<String> {
    let state_machine = &app["Resources"]["ReportStateMachine"]["Properties"];
    let given = state_machine["DefinitionSubstitutions"].as_object().unwrap();
    let used: BTreeSet<String> = tasks(machine).into_iter().map(|(_, task)| function_of(task)).collect();
    let mut complaints = Vec::new();
    for name in used.iter().filter(|name| !given.contains_key(&format!("{name}Arn"))) {
        complaints.push(format!("the state machine uses {name}, which infra/app.yaml does not substitute"));
    }
    for (name, value) in given {
        let function = name.trim_end_matches("Arn");
        if !used.contains(function) {
            complaints.push(format!("infra/app.yaml substitutes {name}, which the state machine does not use"));
        }
        if *value != json!({"Fn::GetAtt": [function, "Arn"]}) {
            complaints.push(format!("infra/app.yaml substitutes {value} for {name}"));
        }
    }
    complaints
}

/// Every task, those inside of Maps too, by the name of its state.
pub fn tasks(machine: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, state) in machine["States"].as_object().into_iter().flatten() {
        match state["Type"].as_str() {
            Some("Task") => found.push((name.clone(), state)),
            Some("Map") => found.extend(tasks(&state["ItemProcessor"])),
            _ => {}
        }
    }
    found
}

/// `RenderFunction` of a task that invokes `${RenderFunctionArn}`.
pub fn function_of(task: &Value) -> String {
    let name = task["Arguments"]["FunctionName"].as_str().unwrap_or_default();
    name.trim_start_matches("${").trim_end_matches("Arn}").to_owned()
}

// A branch of a Map is named for the step and what it does one of: RenderFormat.
fn state_and_function(state: &str, task: &Value) -> Option<String> {
    let function = function_of(task);
    let named = state.starts_with(function.trim_end_matches("Function")) && !function.is_empty();
    (!named).then(|| format!("the state {state} invokes {function:?}"))
}

#[test]
fn folders_programs_functions_substitutions_and_states_have_one_name() {
    none(Names::of_the_tree().complaints());
}

/// The tree with every function's folder, so that a planted fault is the only one.
fn sound() -> Names {
    let app = template::app();
    let of = |id: &str| {
        app["Resources"][id]["Properties"]["CodeUri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    let folders = template::functions(&app).map(|(id, _)| (of(id), of(id))).collect();
    Names { folders, app: template::app(), machine: template::state_machine() }
}

#[test]
fn a_function_that_only_one_place_knows_is_seen() {
    none(sound().complaints());
    let mut names = sound();
    names.folders.push(("hold".to_owned(), "hold".to_owned()));
    one(names.complaints(), "no HoldFunction");
    let mut names = sound();
    names.folders.retain(|(folder, _)| folder != "verify");
    one(names.complaints(), "VerifyFunction");
    let mut names = sound();
    names.folders[0].1 = "bootstrap".to_owned();
    one(names.complaints(), "calls its program bootstrap");
}

#[test]
fn a_name_that_differs_in_one_place_is_seen() {
    let mut names = sound();
    names.app["Resources"]["UploadFunction"]["Properties"]["CodeUri"] = json!("../target/lambda/verify");
    assert_eq!(names.complaints().len(), 2, "{:?}", names.complaints());
    let mut names = sound();
    names.app["Resources"]["UploadFunction"]["Properties"]["FunctionName"] = json!("upload");
    one(names.complaints(), "is called \"upload\"");
    let mut names = sound();
    names.app["Resources"]["ReportStateMachine"]["Properties"]["DefinitionSubstitutions"]["UploadFunctionArn"] =
        json!({"Fn::GetAtt": ["VerifyFunction", "Arn"]});
    one(names.complaints(), "for UploadFunctionArn");
    let mut names = sound();
    names.machine["States"]["Upload"]["Arguments"]["FunctionName"] = json!("${VerifyFunctionArn}");
    let complaints = names.complaints().join("; ");
    assert!(complaints.contains("the state Upload") && complaints.contains("does not use"), "{complaints}");
}
