//! The log, as `GET /v1/log/key` tells of it.

use serde::{Deserialize, Serialize};

/// The keys that sign the checkpoints of the asker's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogKeys {
    /// Each verification key as c2sp.org/signed-note writes it, `<origin>+<id>+<key>`: one, or two while the first hands over to the second.
    pub keys: Vec<String>,
    /// Where trust in them has to come from.
    pub trust: String,
}

const TRUST: &str = "Whoever could forge the log could forge this answer. Compare the keys with those that the organisation published elsewhere, in a \
                     place that its Exhibit cannot write to, and keep them.";

impl LogKeys {
    /// These keys, with the note that they prove nothing by themselves.
    pub fn new(keys: Vec<String>) -> Self {
        Self { keys, trust: TRUST.to_owned() }
    }
}
