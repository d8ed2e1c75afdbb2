//! Why files could not become evidence.

use catalog::Access;
use domain::{Failure, SecretName};
use std::{fmt, io};

/// Why files could not become evidence. Messages name files, places and columns, never the content of a cell: they are logged.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A pattern that cannot be a pattern.
    #[error("the file pattern {pattern:?} cannot be used: {reason}")]
    Pattern {
        /// As the source declares it.
        pattern: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Nothing is there yet, or nothing at all.
    #[error("no file matches {pattern:?}: has the source delivered it, and is it below the sources' root?")]
    NoMatch {
        /// The pattern with its placeholders filled in.
        pattern: String,
    },
    /// A name that leads out of the sources' root, as written or through a link.
    #[error("{name:?} leads outside the sources' root: put the file itself below the root")]
    Outside {
        /// Relative to the root.
        name: String,
    },
    /// A directory, a device, a pipe, or a name that is not UTF-8.
    #[error("{name:?} cannot be collected: it is {what}; give a regular file with a UTF-8 name")]
    NotAFile {
        /// Relative to the root.
        name: String,
        /// What it is instead.
        what: &'static str,
    },
    /// It could not be read now.
    #[error("{name:?} could not be read: {source}")]
    Unavailable {
        /// Relative to the root.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// This process may not read it.
    #[error("{name:?} may not be read by this process: {source}; grant it read permission")]
    Denied {
        /// Relative to the root.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// More bytes than the limits allow.
    #[error("{name:?} is too large: {reason}")]
    TooLarge {
        /// The file that went over, or the archive and its member.
        name: String,
        /// Which limit, and what to do.
        reason: String,
    },
    /// A file that is given twice.
    #[error("the file {name:?} is given twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// A .gz or .zip that is damaged or of a kind that is not read.
    #[error("{file:?} cannot be unpacked: {reason}")]
    Archive {
        /// The file, or the archive and its member.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Not of the format that the query declares.
    #[error("{file:?}, {place}: {reason}")]
    Malformed {
        /// The file, or the archive and its member.
        file: String,
        /// Where.
        place: Place,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A CSV file without a required column.
    #[error(
        "{file:?} has no header {from:?}, which the query needs for its column {column:?}. Its headers are: {present}. \
         Correct `from` in the query, or declare the column with required = false"
    )]
    MissingColumn {
        /// The file, or the archive and its member.
        file: String,
        /// The declared column.
        column: String,
        /// The header that was looked for.
        from: String,
        /// The headers that are there.
        present: String,
    },
    /// A value that does not fit its column.
    #[error("{file:?}, {place}, column {column:?}: {reason}")]
    Cell {
        /// The file, or the archive and its member.
        file: String,
        /// Where.
        place: Place,
        /// The declared column.
        column: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A query that does not fit its own format.
    #[error("the query {query:?}, column {column:?}: {reason}")]
    Query {
        /// Its name.
        query: String,
        /// The declared column.
        column: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A source that is described otherwise than its collector needs it.
    #[error("the source cannot be asked: {reason}")]
    Source {
        /// What is wrong and what to do.
        reason: String,
    },
    /// A secret that is not there.
    #[error("the secret {name} cannot be had: {reason}")]
    Secret {
        /// Its name.
        name: SecretName,
        /// Where it was looked for, and what to do.
        reason: String,
    },
    /// It did not answer, or not as it has to.
    #[error("{endpoint} did not answer: {reason}")]
    Unanswered {
        /// What was asked, without secrets.
        endpoint: String,
        /// What came instead.
        reason: String,
    },
    /// It refused whoever asks.
    #[error("{endpoint} refused to answer: {reason}")]
    Refused {
        /// What was asked, without secrets.
        endpoint: String,
        /// What it said, and what to do.
        reason: String,
    },
    /// An answer that may lack some of what was asked for, or that is not what it should be.
    #[error("the answer of {endpoint} cannot be used: {reason}")]
    Answer {
        /// What was asked, without secrets.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The evidence document could not be written.
    #[error("the evidence document could not be written: {0}")]
    Output(#[source] io::Error),
}

impl CollectError {
    /// What an orchestrator does about it.
    pub fn failure(&self) -> Failure {
        match self {
            Self::NoMatch { .. } | Self::Unavailable { .. } | Self::Unanswered { .. } => Failure::SourceUnavailable,
            Self::Denied { .. } | Self::Refused { .. } => Failure::SourceDenied,
            Self::Output(_) => Failure::StorageUnavailable,
            _ => Failure::InvalidInput,
        }
    }

    /// The message for whoever may not see values: which kind of trouble, and where, without anything that came from the source. File names and
    /// addresses may be made of values, and so may what a source says.
    pub fn without_values(&self) -> String {
        match self {
            Self::Pattern { .. }
            | Self::NoMatch { .. }
            | Self::Query { .. }
            | Self::Source { .. }
            | Self::Secret { .. } => self.to_string(),
            Self::MissingColumn { column, from, .. } => {
                format!("a file has no header {from:?} for the column {column:?}")
            }
            Self::Cell { place, column, .. } => format!("a file, {place}, column {column:?}: the value does not fit"),
            Self::Malformed { place, .. } => format!("a file, {place}: it is not as the query declares it"),
            Self::TooLarge { .. } => "a file or the whole is too large".to_owned(),
            Self::Twice { .. } => "a file is given twice".to_owned(),
            Self::Archive { .. } => "an archive cannot be unpacked".to_owned(),
            Self::Outside { .. } | Self::NotAFile { .. } => {
                "what matches is no file below the sources' root".to_owned()
            }
            Self::Unavailable { .. } | Self::Denied { .. } => "a file could not be read".to_owned(),
            Self::Unanswered { .. } => "the source did not answer".to_owned(),
            Self::Refused { .. } => "the source refused to answer".to_owned(),
            Self::Answer { .. } => "the answer of the source cannot be used".to_owned(),
            Self::Output(_) => "the evidence document could not be written".to_owned(),
        }
    }

    /// An order that is another collector's.
    pub fn other_source(collector: &str, access: &Access) -> Self {
        Self::Source { reason: format!("it is asked by the collector {:?}, not by {collector:?}", access.collector()) }
    }

    /// What could not be read, as the system or a service tells it.
    pub fn reading(name: &str, source: io::Error) -> Self {
        let name = name.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied { name, source },
            _ => Self::Unavailable { name, source },
        }
    }
}

/// Where in a file something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line of it, the first being 1.
    Line(u64),
    /// A row of it, the first being 1, and the line on which the row begins.
    Row {
        /// Which row of the file.
        row: u64,
        /// Where it begins, when it stands in the file as it is.
        line: Option<u64>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => f.write_str("as a whole"),
            Place::Line(line) => write!(f, "line {line}"),
            Place::Row { row, line: Some(line) } => write!(f, "row {row} (line {line})"),
            Place::Row { row, line: None } => write!(f, "row {row}"),
        }
    }
}
