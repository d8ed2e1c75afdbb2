//! How a failure becomes an answer: what the asker is told, and what only the log is.

use crate::{CursorError, Problem, ProblemKind};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Failure;
use storage::StorageError;

/// Why a request was not done: the problem for the asker, and the cause for the log.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What the asker is told.
    pub problem: Problem,
    /// What only the log is told.
    pub cause: Option<Cause>,
}

/// What went wrong inside: an extension of the answer, for whoever writes the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause(pub String);

const AGAIN: &str = "the store does not answer now; ask again in a moment";
const FAULT: &str = "what is kept and what is recorded do not agree: whoever keeps this Exhibit finds the cause in its log, and \
                     should run `exhibit verify`";

impl Refused {
    /// Refused with this kind of problem, and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    /// The part of the request that `error` names cannot be read.
    pub fn unreadable(error: impl ToString) -> Self {
        Self::new(ProblemKind::BadRequest, error.to_string())
    }

    /// The same with what only the log is told.
    pub fn because(self, cause: impl ToString) -> Self {
        Self { cause: Some(Cause(cause.to_string())), ..self }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, cause: None }
    }
}

impl From<CursorError> for Refused {
    fn from(error: CursorError) -> Self {
        Self::unreadable(error)
    }
}

const UNFIT: &str = "this Exhibit may not do that with its own store: whoever keeps it finds the cause in its log";

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        let problem = match error.failure() {
            Failure::StorageUnavailable => Problem::new(ProblemKind::Unavailable, AGAIN),
            Failure::IntegrityMismatch | Failure::CustodyConflict => Problem::new(ProblemKind::Internal, FAULT),
            _ => Problem::new(ProblemKind::Internal, UNFIT),
        };
        Self::from(problem.with_failure(error.failure())).because(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Texts and numbers always have a JSON form.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, Problem::MEDIA_TYPE)], body).into_response();
        match self.kind {
            ProblemKind::Unauthenticated => {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            ProblemKind::Unavailable => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}
