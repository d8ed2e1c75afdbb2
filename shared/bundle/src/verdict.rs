//! What was checked, and what was found.

use domain::Timestamp;
use serde::Serialize;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, evidence, entry of the log or row.
    pub what: String,
    /// What is wrong with it.
    pub message: String,
}

/// Counts of what was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Files that were read and are what they have to be.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Evidence documents among them.
    pub evidence: u64,
    /// Rows inside.
    pub rows: u64,
    /// Entries of the log.
    pub entries: u64,
    /// Slots that were committed and due, each accounted for.
    pub slots: u64,
    /// Slots of them that were committed before their period began.
    pub committed_before: u64,
    /// Gaps that the report names.
    pub gaps: u64,
    /// Rows of findings, each traced to evidence.
    pub finding_rows: u64,
    /// Periods that were sealed.
    pub periods: u64,
    /// Files that were made again and came out byte by byte as they are.
    pub remade: u64,
}

/// What the log showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogVerdict {
    /// The log's name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them, in hexadecimal digits.
    pub root: String,
    /// The keys that signed it and that the caller named.
    pub signed_by: Vec<String>,
    /// Witnesses that cosigned it and that the caller named, with the times they give.
    pub cosigned_by: Vec<(String, Timestamp)>,
    /// The size of the earlier checkpoint that it was shown to go on from.
    pub since: Option<u64>,
}

/// What was checked of a bundle, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The report, as far as the record could be read.
    pub report_id: Option<String>,
    /// Counts.
    pub checked: Checked,
    /// The log, as far as it could be opened.
    pub log: Option<LogVerdict>,
    /// Evidence documents that the bundle was made without, and that were not checked therefore.
    pub left_out: u64,
    /// What is wrong. Empty means that everything holds.
    pub problems: Vec<Problem>,
    /// What is not wrong and worth knowing.
    pub notes: Vec<String>,
    /// Files that are here and that nothing vouches for.
    pub strangers: Vec<String>,
}

impl Verdict {
    /// Whether everything that was checked holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn problem(&mut self, what: impl ToString, message: impl ToString) {
        self.problems.push(Problem { what: what.to_string(), message: message.to_string() });
    }

    pub(crate) fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    // Each claim that does not hold is a problem of `what`.
    pub(crate) fn claims<'a>(&mut self, what: impl ToString, claims: impl IntoIterator<Item = (&'a str, bool)>) {
        for (message, _) in claims.into_iter().filter(|(_, holds)| !holds) {
            self.problem(what.to_string(), message);
        }
    }

    pub(crate) fn finish(mut self) -> Self {
        self.problems.sort();
        self.problems.dedup();
        self
    }
}
