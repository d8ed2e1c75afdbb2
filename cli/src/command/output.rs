//! What a person or a machine reads.

use crate::{CommandError, ExitCode, table};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::{IsTerminal as _, Write as _},
    time::Duration,
};

/// What is said when the arguments themselves are not understood, or help was asked for.
pub(super) fn usage(error: &clap::Error, json: bool) -> ExitCode {
    let is_help = !error.use_stderr();
    if json && !is_help {
        let value = serde_json::json!({"error": "InvalidInput", "message": error.to_string()});
        to_standard_output(&value.to_string());
    }
    // Nobody may be listening any more.
    drop(error.print());
    if is_help { ExitCode::Done } else { ExitCode::InvalidInput }
}

/// Where answers go: text or JSON to the standard output, progress and errors to the standard error.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// A line for people; nothing for machines.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        if !self.json {
            to_standard_output(line.as_ref());
        }
    }

    /// A table for people; nothing for machines. The first row holds the headers.
    pub(crate) fn table(&self, rows: &[Vec<String>]) {
        table::lines(rows).iter().for_each(|line| self.say(line));
    }

    /// The answer for machines; nothing for people.
    pub(crate) fn answer<T: Serialize>(&self, value: &T) -> Result<(), CommandError> {
        if self.json {
            to_standard_output(&serde_json::to_string_pretty(value)?);
        }
        Ok(())
    }

    /// One line of many answers for machines; nothing for people.
    pub(crate) fn line<T: Serialize>(&self, value: &T) -> Result<(), CommandError> {
        if self.json {
            to_standard_output(&serde_json::to_string(value)?);
        }
        Ok(())
    }

    /// A line of something that goes on, for people and for logs.
    pub(crate) fn note(&self, line: impl AsRef<str>) {
        to_standard_error(line.as_ref());
    }

    pub(crate) fn failed(&self, error: &CommandError) {
        let message = table::visible_lines(&error.to_string());
        if self.json {
            let value = serde_json::json!({"error": error.failure().name(), "message": error.to_string()});
            to_standard_output(&value.to_string());
        }
        to_standard_error(&format!("exhibit: {message}"));
    }

    /// A bar over `length` pieces of work, when somebody is looking.
    pub(crate) fn progress(&self, what: &str, length: usize) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length as u64).with_message(what.to_owned());
        let style = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }

    /// A line that turns while one piece of work goes on, when somebody is looking.
    pub(crate) fn spinner(&self, what: &str) -> ProgressBar {
        if !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    }
}

// Nobody may be listening any more (`exhibit status | head`); that is no reason to stop in the middle of the work.
fn to_standard_output(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn to_standard_error(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}
