#![cfg(test)]
//! What has to be absent from the tree, and what has to be in it, checked on the tree itself.
//!
//! Each module has the checks as plain functions from text to complaints, a test that runs them on the workspace, and a
//! test that each can fail: it is shown a planted fault.

mod dependencies;
mod documents;
mod features;
mod lints;
mod naming;
mod shape;
mod tree;

/// Fails with every complaint on a line of its own.
#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{} faults:\n  {}\n", complaints.len(), complaints.join("\n  "));
}
