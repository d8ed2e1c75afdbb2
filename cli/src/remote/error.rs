//! Why a deployed Exhibit did not do what was asked.

use api::ProblemKind;
use domain::{Digest, Failure};

/// Why a deployed Exhibit did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// An address that cannot be used.
    #[error("{address:?} cannot be used as the address of an Exhibit (--api, EXHIBIT_API): {reason}")]
    Address {
        /// What was given.
        address: String,
        /// Why not.
        reason: String,
    },
    /// There is no token, or none that can be sent.
    #[error("{0}")]
    Token(String),
    /// A link to where nothing may be read.
    #[error(
        "the link to {address} is followed only over https, and to this machine only from this machine: nothing was read"
    )]
    Link {
        /// Its host.
        address: String,
    },
    /// An answer that leads to where nothing is asked.
    #[error("{address} leads elsewhere, to {target}: {reason}")]
    Redirect {
        /// Who was asked.
        address: String,
        /// Where it leads, without what nobody else may know.
        target: String,
        /// Why nobody asks there, and what to do.
        reason: String,
    },
    /// Nobody answered, or not wholly.
    #[error("{address} did not answer: {reason}; try again")]
    Unavailable {
        /// Who was asked.
        address: String,
        /// What the system said.
        reason: String,
    },
    /// The connection is not one that can be trusted.
    #[error("{address}: {reason}")]
    Untrusted {
        /// Who was asked.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// An answer that is none of this API.
    #[error("{address} answered something that no Exhibit answers: {reason}; check the address")]
    Unreadable {
        /// Who was asked.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The API says what is wrong.
    #[error("{detail}")]
    Problem {
        /// The status of the answer.
        status: u16,
        /// Which problem.
        kind: ProblemKind,
        /// The name an orchestrator acts on.
        failure: Option<Failure>,
        /// What was wrong and what to do.
        detail: String,
    },
    /// Something before the API refuses, with a status only.
    #[error("{address} answered with the status {status}{}", hint(*status))]
    Status {
        /// Who was asked.
        address: String,
        /// The status.
        status: u16,
    },
    /// A downloaded object that is not what its digest says.
    #[error("what was downloaded as {name} is not what was recorded: its SHA-256 has to be {expected} and is {found}")]
    Mismatch {
        /// The object.
        name: String,
        /// The recorded digest.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// Answers that do not agree with each other.
    #[error("the answers do not agree: {0}")]
    Disagrees(String),
    /// A run that ended without a report.
    #[error("the run {run} failed: {error}: {message}")]
    RunFailed {
        /// The run.
        run: String,
        /// The failure's name.
        error: String,
        /// What was wrong, with which input.
        message: String,
    },
    /// There is no such report.
    #[error("{0}")]
    NotFound(String),
    /// It takes longer than anybody waits.
    #[error("{0}")]
    NotYet(String),
}

fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ": it leads elsewhere; give the address it leads to",
        401 => ": the token is absent, wrong or over; set EXHIBIT_TOKEN or give --token-file",
        403 => ": the token's bearer may not, or the link is over",
        _ => "",
    }
}

impl RemoteError {
    /// The name an orchestrator acts on.
    pub fn failure(&self) -> Failure {
        match self {
            RemoteError::Unavailable { .. } | RemoteError::NotYet(_) => Failure::SourceUnavailable,
            RemoteError::Mismatch { .. } | RemoteError::Disagrees(_) => Failure::IntegrityMismatch,
            RemoteError::RunFailed { error, .. } => Failure::named(error).unwrap_or(Failure::InvalidInput),
            RemoteError::Problem { failure: Some(failure), .. } => *failure,
            RemoteError::Problem { status, .. } | RemoteError::Status { status, .. } => of_status(*status),
            RemoteError::Address { .. }
            | RemoteError::Token(_)
            | RemoteError::Link { .. }
            | RemoteError::Redirect { .. }
            | RemoteError::Untrusted { .. }
            | RemoteError::Unreadable { .. }
            | RemoteError::NotFound(_) => Failure::InvalidInput,
        }
    }

    /// Whether asking the same again can be answered otherwise.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            RemoteError::Unavailable { .. } => true,
            RemoteError::Problem { status, failure, .. } => {
                is_transient(*status) && failure.is_none_or(Failure::is_retryable)
            }
            RemoteError::Status { status, .. } => is_transient(*status),
            _ => false,
        }
    }

    /// Whether there is no such thing.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, RemoteError::Problem { status: 404, .. } | RemoteError::Status { status: 404, .. })
    }
}

fn is_transient(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

fn of_status(status: u16) -> Failure {
    match status {
        401 | 403 => Failure::SourceDenied,
        status if is_transient(status) => Failure::SourceUnavailable,
        _ => Failure::InvalidInput,
    }
}
