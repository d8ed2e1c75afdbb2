#![cfg(test)]
//! What is deployed, held together: templates, state machine, API description, catalog, folders and code say the same.
//!
//! Each module has the checks as plain functions from what was read to complaints, a test that runs them on the tree, and a
//! test that each can fail: it is shown a planted fault.

mod bucket;
mod examples;
mod functions;
mod naming;
mod operations;
mod policies;
mod routes;
mod schedules;
mod statemachine;
mod template;

/// Fails with every complaint on a line of its own.
#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} faults:\n  {}\n", complaints.len(), complaints.join("\n  "));
}

/// Fails unless there is exactly one complaint and it names `what`.
#[track_caller]
fn one(complaints: Vec<String>, what: &str) {
    assert!(complaints.len() == 1 && complaints[0].contains(what), "not one fault about {what}: {complaints:?}");
}
