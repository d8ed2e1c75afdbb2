//! Failures as they are told: `application/problem+json` (RFC 9457).

use domain::Failure;
use serde::{Deserialize, Serialize};

/// What went wrong and what to do, as `application/problem+json` says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which problem it is: `urn:exhibit:problem:<kind>`.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// The same for people: the same words for each problem of the kind.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What was wrong this time, and what to do.
    pub detail: String,
    /// What it is about: the path that was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instance: Option<String>,
    /// The name an orchestrator acts on, where it is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
}

/// Which problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProblemKind {
    /// A part of the request cannot be read.
    #[serde(rename = "urn:exhibit:problem:bad-request")]
    BadRequest,
    /// Nobody is known to ask.
    #[serde(rename = "urn:exhibit:problem:unauthenticated")]
    Unauthenticated,
    /// Who asks may not.
    #[serde(rename = "urn:exhibit:problem:forbidden")]
    Forbidden,
    /// There is no such thing, or it is somebody else's.
    #[serde(rename = "urn:exhibit:problem:not-found")]
    NotFound,
    /// The thing does not take this method.
    #[serde(rename = "urn:exhibit:problem:method-not-allowed")]
    MethodNotAllowed,
    /// The body is too large.
    #[serde(rename = "urn:exhibit:problem:too-large")]
    TooLarge,
    /// The body is of a kind that is not read.
    #[serde(rename = "urn:exhibit:problem:unsupported-media-type")]
    UnsupportedMediaType,
    /// What was asked is well written and cannot be done.
    #[serde(rename = "urn:exhibit:problem:invalid-input")]
    InvalidInput,
    /// The idempotency key stands for another request.
    #[serde(rename = "urn:exhibit:problem:idempotency-conflict")]
    IdempotencyConflict,
    /// Something that this needs does not answer now.
    #[serde(rename = "urn:exhibit:problem:unavailable")]
    Unavailable,
    /// It is our fault.
    #[serde(rename = "urn:exhibit:problem:internal")]
    Internal,
}

impl ProblemKind {
    /// Every kind, for the tests that hold `infra/openapi.yaml` and the code together.
    pub const ALL: [ProblemKind; 11] = [
        ProblemKind::BadRequest,
        ProblemKind::Unauthenticated,
        ProblemKind::Forbidden,
        ProblemKind::NotFound,
        ProblemKind::MethodNotAllowed,
        ProblemKind::TooLarge,
        ProblemKind::UnsupportedMediaType,
        ProblemKind::InvalidInput,
        ProblemKind::IdempotencyConflict,
        ProblemKind::Unavailable,
        ProblemKind::Internal,
    ];

    /// The status of its answer, and its title.
    pub fn status_and_title(self) -> (u16, &'static str) {
        match self {
            ProblemKind::BadRequest => (400, "The request cannot be read"),
            ProblemKind::Unauthenticated => (401, "Nobody is known to ask"),
            ProblemKind::Forbidden => (403, "Your roles do not allow it"),
            ProblemKind::NotFound => (404, "There is no such thing"),
            ProblemKind::MethodNotAllowed => (405, "The method is not one of this path"),
            ProblemKind::TooLarge => (413, "The body is too large"),
            ProblemKind::UnsupportedMediaType => (415, "The body has to be JSON"),
            ProblemKind::InvalidInput => (422, "What was asked cannot be done"),
            ProblemKind::IdempotencyConflict => (422, "The idempotency key stands for another request"),
            ProblemKind::Unavailable => (503, "Something that this needs does not answer now"),
            ProblemKind::Internal => (500, "Exhibit could not do it"),
        }
    }
}

impl Problem {
    /// The media type of its JSON.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem of this kind, with what was wrong this time and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let (status, title) = kind.status_and_title();
        let failure = match kind {
            ProblemKind::InvalidInput | ProblemKind::BadRequest => Some(Failure::InvalidInput),
            _ => None,
        };
        Self { kind, title: title.to_owned(), status, detail: detail.into(), instance: None, failure }
    }

    /// The same with the name that an orchestrator acts on.
    pub fn with_failure(self, failure: Failure) -> Self {
        Self { failure: Some(failure), ..self }
    }

    /// The same about `path`.
    pub fn about(self, path: &str) -> Self {
        Self { instance: Some(path.to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::new(ProblemKind::InvalidInput, "the period has not begun").about("/v1/reports");
        let value = serde_json::to_value(&problem).unwrap();
        let expected = serde_json::json!({
            "type": "urn:exhibit:problem:invalid-input",
            "title": "What was asked cannot be done",
            "status": 422,
            "detail": "the period has not begun",
            "instance": "/v1/reports",
            "failure": "InvalidInput"
        });
        assert_eq!(value, expected);
        assert_eq!(serde_json::from_value::<Problem>(value).unwrap(), problem);
    }
}
