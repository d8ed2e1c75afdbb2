//! Where the rows of each JSON format are.

use super::{Receive, check, is_array, is_object, member, walk::walk};
use crate::{
    CollectError, Place,
    answer::plan::{OnRow, Plan, Rows},
};
use catalog::{FileFormat, SourceQuery, Step};
use serde::de::IgnoredAny;

/// How the rows of a file are laid out.
enum Layout {
    /// The file is one value, with the rows at a path.
    Document(Vec<Step>),
    /// Each line is one value, with the rows at a path.
    Lines(Vec<Step>),
}

/// Gives each row of `text` to `on_row` as the declared cells.
pub(crate) fn read(file: &str, text: &str, plan: &Plan<'_>, on_row: OnRow<'_>) -> Result<(), CollectError> {
    let layout = Layout::of(plan.query(), text);
    let (Layout::Document(path) | Layout::Lines(path)) = &layout;
    plan.check_depth(path.iter().filter(|step| **step == Step::Each).count())?;
    layout.walk(file, text, plan.query().format, &mut Rows::new(plan, file, text, on_row))
}

/// Gives each row of `text`, as it is written there, to `rows`.
pub(super) fn receive<'a>(
    file: &str,
    text: &'a str,
    query: &SourceQuery,
    rows: &mut impl Receive<'a>,
) -> Result<(), CollectError> {
    Layout::of(query, text).walk(file, text, query.format, rows)
}

impl Layout {
    fn of(query: &SourceQuery, text: &str) -> Self {
        match &query.rows {
            Some(path) if query.format == FileFormat::JsonLines => Layout::Lines(path.0.clone()),
            Some(path) => Layout::Document(path.0.clone()),
            None => usual(query.format, text),
        }
    }

    fn walk<'a>(
        &self,
        file: &str,
        text: &'a str,
        format: FileFormat,
        rows: &mut impl Receive<'a>,
    ) -> Result<(), CollectError> {
        match self {
            Layout::Document(path) => {
                let json = check(file, 1, text)?;
                if format == FileFormat::Sarif {
                    check_sarif(file, json)?;
                }
                walk(file, json, path, rows)
            }
            Layout::Lines(path) => each_line(file, text, path, rows),
        }
    }
}

fn each_line<'a>(file: &str, text: &'a str, path: &[Step], rows: &mut impl Receive<'a>) -> Result<(), CollectError> {
    for (number, line) in (1..).zip(text.split('\n')) {
        if !line.trim_ascii().is_empty() {
            walk(file, check(file, number, line)?, path, rows)?;
        }
    }
    Ok(())
}

fn usual(format: FileFormat, text: &str) -> Layout {
    let is_array = is_array(text.trim_ascii_start());
    let lines = || is_json_lines(text);
    match format {
        FileFormat::JsonLines => Layout::Lines(Vec::new()),
        FileFormat::Sarif => Layout::Document(vec![named("runs"), Step::Each, named("results"), Step::Each]),
        FileFormat::Cloudtrail | FileFormat::Ocsf | FileFormat::Asff if is_array => Layout::Document(vec![Step::Each]),
        FileFormat::Cloudtrail if lines() => Layout::Lines(Vec::new()),
        FileFormat::Cloudtrail => Layout::Document(vec![named("Records"), Step::Each]),
        FileFormat::Asff => Layout::Document(vec![named("Findings"), Step::Each]),
        FileFormat::Ocsf if lines() => Layout::Lines(Vec::new()),
        FileFormat::Ocsf => Layout::Document(Vec::new()),
        FileFormat::Json
        | FileFormat::Csv
        | FileFormat::TerraformState
        | FileFormat::Findings
        | FileFormat::Documents
        | FileFormat::Rows => Layout::Document(vec![Step::Each]),
    }
}

fn named(member: &str) -> Step {
    Step::Member(member.to_owned())
}

/// Whether the first line is a whole record by itself and no envelope of records.
fn is_json_lines(text: &str) -> bool {
    let first = text.trim_ascii_start().split('\n').next().unwrap_or_default().trim_ascii();
    let is_whole = is_object(first) && serde_json::from_str::<IgnoredAny>(first).is_ok();
    is_whole && member(first, "Records").is_ok_and(|records| records.is_none())
}

fn check_sarif(file: &str, json: &str) -> Result<(), CollectError> {
    let refuse = |reason: String| CollectError::Malformed { file: file.to_owned(), place: Place::Whole, reason };
    let version =
        if is_object(json) { member(json, "version").map_err(|reason| refuse(reason.into_owned()))? } else { None };
    match version {
        Some("\"2.1.0\"") => Ok(()),
        Some(_) => Err(refuse("this is SARIF of another version; have the tool write SARIF 2.1.0".to_owned())),
        None => Err(refuse("this is not SARIF 2.1.0: it states no version".to_owned())),
    }
}
