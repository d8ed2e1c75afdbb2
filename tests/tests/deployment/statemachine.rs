//! The state machine: every failure is handled, every task ends, and there is one way to fail.

use crate::{naming, none, one, template};
use domain::{Failure, ReportFormat};
use serde_json::{Value, json};

/// What AWS itself calls the end of a function; each is `Interrupted` to the code.
const OF_THE_PLATFORM: [&str; 4] = ["Lambda.", "Runtime.", "Sandbox.", "States."];

fn complaints(machine: &Value, app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (state, task) in naming::tasks(machine) {
        complaints.extend(retries(&state, task));
        complaints.extend(timeout(&state, task, app));
    }
    for (state, value) in machine["States"].as_object().unwrap() {
        complaints.extend(catch(state, value));
    }
    complaints.extend(end_of_failures(machine));
    complaints.extend(whole(machine));
    complaints
}

fn names(handler: &Value) -> Vec<&str> {
    template::list(&handler["ErrorEquals"]).into_iter().filter_map(Value::as_str).collect()
}

fn retries(state: &str, task: &Value) -> Vec<String> {
    let retriers = template::list(&task["Retry"]);
    let mut complaints = Vec::new();
    for failure in Failure::ALL {
        let mut handlers = retriers.iter().filter(|retrier| names(retrier).contains(&failure.name()));
        match handlers.next() {
            None => complaints.push(format!("{state} does not say whether {failure} is tried again")),
            Some(retrier) if (retrier["MaxAttempts"] == 0) == failure.is_retryable() => {
                complaints.push(format!("{state} tries {failure} again {} times", retrier["MaxAttempts"]));
            }
            Some(_) => {}
        }
    }
    for retrier in retriers {
        let known = |name: &&str| {
            Failure::named(name).is_some() || OF_THE_PLATFORM.iter().any(|prefix| name.starts_with(prefix))
        };
        let unknown = names(retrier).into_iter().filter(|name| !known(name));
        complaints.extend(unknown.map(|name| format!("{state} handles {name}, which no code gives")));
        let spread = retrier["JitterStrategy"] == "FULL" && retrier["BackoffRate"].as_f64() > Some(1.0);
        if retrier["MaxAttempts"] != 0 && !(spread && retrier["MaxDelaySeconds"].is_u64()) {
            complaints.push(format!("{state} tries {:?} again without backoff and full jitter", names(retrier)));
        }
    }
    complaints
}

// Lambda's own timeout has to come first: it ends the function, the state's only stops waiting for it.
fn timeout(state: &str, task: &Value, app: &Value) -> Option<String> {
    let function = naming::function_of(task);
    let inner = app["Resources"][&function]["Properties"]["Timeout"].as_u64().unwrap_or(u64::MAX);
    let outer = task["TimeoutSeconds"].as_u64().unwrap_or(0);
    (outer <= inner).then(|| format!("{state} waits {outer} s for {function}, which may take {inner} s"))
}

// An error inside of a Map is the Map's own, so the Map catches it.
fn catch(state: &str, value: &Value) -> Option<String> {
    if !matches!(value["Type"].as_str(), Some("Task" | "Map")) {
        return None;
    }
    let next = if state == "MarkFailed" { "Failed" } else { "MarkFailed" };
    let caught = template::list(&value["Catch"]).iter().any(|c| names(c) == ["States.ALL"] && c["Next"] == next);
    (!caught).then(|| format!("{state} does not lead to {next} whatever fails"))
}

fn end_of_failures(machine: &Value) -> Vec<String> {
    let (mark, failed) = (&machine["States"]["MarkFailed"], &machine["States"]["Failed"]);
    let mut complaints = Vec::new();
    if mark["Next"] != "Failed" || failed["Type"] != "Fail" {
        complaints.push("a run that was marked as failed does not fail".to_owned());
    }
    if failed["Error"] != "{% $states.input.error %}" || failed["Cause"] != "{% $states.input.cause %}" {
        complaints.push("the execution does not end with the name and the reason of its failure".to_owned());
    }
    complaints
}

fn whole(machine: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let formats: Vec<String> = ReportFormat::ALL.iter().map(ToString::to_string).collect();
    if machine["States"]["Render"]["Items"] != json!(formats) {
        complaints.push(format!("Render makes {}, not {formats:?}", machine["States"]["Render"]["Items"]));
    }
    let tasks: u64 = naming::tasks(machine).iter().filter_map(|(_, task)| task["TimeoutSeconds"].as_u64()).sum();
    // Each interrupted step is tried three times.
    if machine["TimeoutSeconds"].as_u64().unwrap_or(0) < 3 * tasks {
        complaints.push("the whole may take less time than its steps".to_owned());
    }
    complaints
}

#[test]
fn every_failure_is_handled_and_every_task_ends() {
    none(complaints(&template::state_machine(), &template::app()));
}

fn planted(plant: impl Fn(&mut Value)) -> Vec<String> {
    let mut machine = template::state_machine();
    plant(&mut machine["States"]);
    complaints(&machine, &template::app())
}

#[test]
fn a_failure_that_is_not_handled_or_handled_wrongly_is_seen() {
    let without = |name: &'static str| {
        move |states: &mut Value| {
            for retrier in states["Upload"]["Retry"].as_array_mut().unwrap() {
                retrier["ErrorEquals"].as_array_mut().unwrap().retain(|known| known != name);
            }
        }
    };
    for failure in Failure::ALL {
        one(planted(without(failure.name())), failure.name());
    }
    one(planted(|states| states["Upload"]["Retry"][1]["ErrorEquals"][7] = json!("SourceAsleep")), "SourceAsleep");
    one(planted(|states| states["Upload"]["Retry"][1]["JitterStrategy"] = json!("NONE")), "jitter");
    let mended = planted(|states| states["Upload"]["Retry"][0]["MaxAttempts"] = json!(3)).join("; ");
    assert!(mended.contains("CustodyConflict again 3 times"), "{mended}");
}

#[test]
fn a_task_without_an_end_or_a_catch_is_seen() {
    let branch =
        |states: &mut Value| states["Render"]["ItemProcessor"]["States"]["RenderFormat"]["TimeoutSeconds"] = json!(600);
    one(planted(branch), "RenderFormat waits 600 s");
    one(planted(|states| states["Verify"]["TimeoutSeconds"] = Value::Null), "Verify waits 0 s");
    one(planted(|states| states["Render"]["Catch"] = json!([])), "Render does not lead");
    one(planted(|states| states["MarkFailed"]["Next"] = json!("Snapshot")), "does not fail");
    one(planted(|states| states["Failed"]["Cause"] = json!("it failed")), "the reason");
    one(planted(|states| states["Render"]["Items"] = json!(["pdf"])), "Render makes");
    let mut machine = template::state_machine();
    machine["TimeoutSeconds"] = json!(900);
    one(complaints(&machine, &template::app()), "the whole");
}
