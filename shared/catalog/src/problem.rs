//! What is wrong with a catalog, and where.

use std::fmt;

/// One thing that is wrong with one file of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file's path inside the catalog: `controls/access-mfa.toml`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with which value, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    /// `controls/access-mfa.toml:12: ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Everything that is wrong with a catalog, by file and line. One line of text each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Sorts by file, line and message, and drops what was found twice.
    pub fn new(mut found: Vec<Problem>) -> Self {
        found.sort();
        found.dedup();
        Self(found)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
