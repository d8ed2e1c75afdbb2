//! Row paths and cell paths as text.

use crate::{CellPath, RowPath, Step};
use std::{fmt, str::FromStr};

/// Text that is no path into a JSON answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what}: {rule}")]
pub struct PathError {
    what: &'static str,
    text: String,
    rule: &'static str,
}

const ROW_RULE: &str =
    "write member names joined by dots, with [] behind each that is an array: Records[], runs[].results[], []";
const CELL_RULE: &str = "write member names joined by dots (user.name), \\. for a dot in a name (@odata\\.nextLink), ^ for each array level up (^.type, ^^.name), or . for the whole row";

fn is_member(name: &str) -> bool {
    !name.is_empty() && !name.contains(['[', ']', '^']) && name.trim() == name
}

fn row_steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for (index, part) in text.split('.').enumerate() {
        let name = part.trim_end_matches("[]");
        // Only the answer itself has no name: `[]`.
        if is_member(name) {
            steps.push(Step::Member(name.to_owned()));
        } else if index > 0 || !name.is_empty() {
            return None;
        }
        let arrays = (part.len() - name.len()) / 2;
        steps.extend(std::iter::repeat_n(Step::Each, arrays));
    }
    Some(steps)
}

impl FromStr for RowPath {
    type Err = PathError;
    fn from_str(text: &str) -> Result<Self, PathError> {
        let wrong = || PathError { what: "row path", text: text.to_owned(), rule: ROW_RULE };
        row_steps(text).filter(|steps| steps.is_empty() == text.is_empty()).map(Self).ok_or_else(wrong)
    }
}

fn cell_path(text: &str) -> Option<CellPath> {
    let members = text.trim_start_matches('^');
    let up = text.len() - members.len();
    let members = match (up, members) {
        (0, ".") => "",
        (0, members) => Some(members).filter(|members| !members.is_empty())?,
        (_, "") => "",
        (_, members) => members.strip_prefix('.').filter(|members| !members.is_empty())?,
    };
    let members = if members.is_empty() { Vec::new() } else { names(members) };
    members.iter().all(|member| is_member(member)).then_some(CellPath { up, members })
}

/// The names between dots; a dot behind a backslash is in a name.
fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in text.split('.') {
        match names.last_mut().and_then(|last| last.strip_suffix('\\').map(str::len).map(|length| (last, length))) {
            Some((last, length)) => {
                last.truncate(length);
                last.push('.');
                last.push_str(part);
            }
            None => names.push(part.to_owned()),
        }
    }
    names
}

impl FromStr for CellPath {
    type Err = PathError;
    fn from_str(text: &str) -> Result<Self, PathError> {
        cell_path(text).ok_or_else(|| PathError { what: "cell path", text: text.to_owned(), rule: CELL_RULE })
    }
}

impl fmt::Display for RowPath {
    /// The text that reads back to the same path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Each => f.write_str("[]")?,
                Step::Member(name) if index == 0 => f.write_str(name)?,
                Step::Member(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for CellPath {
    /// The text that reads back to the same path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&"^".repeat(self.up))?;
        if self.up > 0 && !self.members.is_empty() || self.up == 0 && self.members.is_empty() {
            f.write_str(".")?;
        }
        let escaped: Vec<String> = self.members.iter().map(|name| name.replace('.', "\\.")).collect();
        f.write_str(&escaped.join("."))
    }
}

macro_rules! read_from_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = PathError;
            fn try_from(text: String) -> Result<Self, PathError> {
                text.parse()
            }
        }
    };
}

read_from_text!(RowPath);
read_from_text!(CellPath);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_row_path_reads_back_to_its_text() {
        for (text, steps) in [("", 0), ("[]", 1), ("Records[]", 2), ("runs[].results[]", 4), ("a.b[][]", 4)] {
            let path: RowPath = text.parse().unwrap();
            assert_eq!((path.0.len(), path.to_string().as_str()), (steps, text));
        }
    }

    #[test]
    fn a_cell_path_reads_back_to_its_text() {
        for (text, up, members) in [
            (".", 0, 0),
            ("^", 1, 0),
            ("^.type", 1, 1),
            ("^^.a.b", 2, 2),
            ("user.name", 0, 2),
            (r"@odata\.nextLink", 0, 1),
            (r"^.a\.b\.c.d", 1, 2),
        ] {
            let path: CellPath = text.parse().unwrap();
            assert_eq!((path.up, path.members.len(), path.to_string().as_str()), (up, members, text));
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [".", "a..b", "a[", "[]a", "a[].", "a[0]", "a.[]", "^.a", " a"] {
            assert!(text.parse::<RowPath>().is_err(), "{text:?}");
        }
        for text in ["", "..", "a.", ".a", "^a", "^.", "a.^", "a[]", "a..b", " "] {
            assert!(text.parse::<CellPath>().is_err(), "{text:?}");
        }
    }
}
