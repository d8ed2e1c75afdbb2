//! What is planted, written down where it is planted.

use crate::{Planted, sure};
use domain::{ControlId, Outcome};

/// Controls whose exceptions only some organisations have, so that most of a report passes.
const OPTIONAL: [&str; 16] = [
    "root-activity",
    "root-access-keys",
    "unused-accounts",
    "deploy-separation",
    "storage-encryption",
    "log-trail",
    "log-tampering",
    "password-policy",
    "backup-success",
    "database-audit",
    "access-review",
    "security-training",
    "incident-resolution",
    "secrets-in-code",
    "database-transport",
    "key-rotation",
];

/// The plan of one organisation: which controls have exceptions, and what was planted so far.
pub(crate) struct Plan {
    variant: u64,
    planted: Vec<Planted>,
}

impl Plan {
    /// Of five seeds in a row one leaves all optional controls clean (2026 does), and the other four share them out.
    pub(crate) fn new(seed: u64) -> Self {
        Self { variant: (seed % 5 + 4) % 5, planted: Vec::new() }
    }

    /// Whether exceptions to `control` are planted.
    pub(crate) fn has(&self, control: &str) -> bool {
        match OPTIONAL.iter().position(|optional| *optional == control) {
            Some(index) => self.variant == index as u64 % 4 + 1,
            None if control == "processing-register" => self.variant == 4,
            None => true,
        }
    }

    /// Notes an exception that stands.
    pub(crate) fn fail(&mut self, control: &str, subject: impl Into<String>) {
        self.note(control, subject.into(), Outcome::Fail);
    }

    /// Notes an exception that was remediated inside the quarter.
    pub(crate) fn partial(&mut self, control: &str, subject: impl Into<String>) {
        self.note(control, subject.into(), Outcome::Partial);
    }

    fn note(&mut self, control: &str, subject: String, outcome: Outcome) {
        self.planted.push(Planted { control: sure(ControlId::new(control)), subject, outcome });
    }

    /// Everything planted, in order of control and subject.
    pub(crate) fn finish(mut self) -> Vec<Planted> {
        self.planted.sort_by(|a, b| (&a.control, &a.subject).cmp(&(&b.control, &b.subject)));
        self.planted
    }
}
