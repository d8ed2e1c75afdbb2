//! What can be wrong with a log, and with what claims to be of one.

use domain::Digest;

/// Why something of a log is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Text that is no checkpoint, signed note or key.
    #[error("it is no {what}: {reason}")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// Why it is none.
        reason: String,
    },
    /// A checkpoint of another log.
    #[error("it is a checkpoint of the log {found}, not of {expected}")]
    Origin {
        /// The log of the key.
        expected: String,
        /// The log that it names.
        found: String,
    },
    /// A signature that does not fit its text.
    #[error("the signature of {0} does not fit it: the text or the signature was changed")]
    Signature(String),
    /// A checkpoint that no known key signed.
    #[error("it is not signed by {0}")]
    Unsigned(String),
    /// A root that does not follow from what is there.
    #[error("the root of its first {size} entries has to be {expected} and is {found}")]
    Root {
        /// How many entries.
        size: u64,
        /// The root that was signed.
        expected: Digest,
        /// The root of what is there.
        found: Digest,
    },
    /// A proof that proves something else.
    #[error("the proof does not lead from one to the other")]
    Proof,
    /// A question about entries that are not there.
    #[error("the log has {size} entries: there is no {asked}")]
    Size {
        /// How many there are.
        size: u64,
        /// What was asked for.
        asked: u64,
    },
    /// A tile that is absent or has another length than its name says.
    #[error("{name}: {reason}")]
    Tile {
        /// The tile.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry that no bundle can hold.
    #[error("an entry of {0} bytes is too long: a log holds entries of at most 65535 bytes")]
    TooLong(usize),
}

impl LogError {
    pub(crate) fn malformed(what: &'static str, reason: impl ToString) -> Self {
        LogError::Malformed { what, reason: reason.to_string() }
    }

    pub(crate) fn tile(name: impl ToString, reason: impl ToString) -> Self {
        LogError::Tile { name: name.to_string(), reason: reason.to_string() }
    }
}
