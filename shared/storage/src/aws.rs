//! What the S3 and the DynamoDB variant share: the clients they are given, and what an answer of AWS means.

use crate::StorageError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use std::{
    error::Error,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// The stores on AWS. Timeouts and retries of a single call are the clients' own.
#[derive(Debug, Clone)]
pub struct AwsStores {
    /// Reaches the buckets.
    pub s3: aws_sdk_s3::Client,
    /// Reaches the table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The bucket of the immutable objects; it has versions and Object Lock.
    pub bucket: String,
    /// The bucket of working bytes, without either.
    pub drafts_bucket: String,
    /// The table of the records: partition key `partition`, sort key `sort`, both strings.
    pub table: String,
    /// The ARN of the KMS key that encrypts the objects; none for the bucket's own setting.
    pub key: Option<String>,
    /// The name under which leases are held; the same for a retry of the same invocation.
    pub owner: String,
}

/// What has to be done about an answer that is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It may pass: ask again.
    Passing,
    /// What was asked for is not there.
    Absent,
    /// This identity may not do it.
    Denied,
    /// It cannot be done as it was asked, whoever asks.
    Refused,
}

// DynamoDB says with 400 what S3 says with 503, so the codes come first and the status is for what has none.
const PASSING: [&str; 17] = [
    "ConditionalRequestConflict",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalServerError",
    "LimitExceededException",
    "OperationAborted",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];
const ABSENT: [&str; 4] = ["NoSuchKey", "NoSuchVersion", "NotFound", "MethodNotAllowed"];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];
// Would be Absent or Denied by their status: a bucket that is not there is not an absent object, an archived object no denial.
const REFUSED: [&str; 3] = ["InvalidObjectState", "NoSuchBucket", "ResourceNotFoundException"];

pub(crate) fn meaning_of(code: Option<&str>, status: Option<u16>) -> Meaning {
    let is_one_of = |codes: &[&str]| code.is_some_and(|code| codes.contains(&code));
    match status {
        _ if is_one_of(&PASSING) => Meaning::Passing,
        _ if is_one_of(&ABSENT) => Meaning::Absent,
        _ if is_one_of(&DENIED) => Meaning::Denied,
        _ if is_one_of(&REFUSED) => Meaning::Refused,
        None | Some(408 | 429 | 500..) => Meaning::Passing,
        Some(404 | 405) => Meaning::Absent,
        Some(401 | 403) => Meaning::Denied,
        Some(_) => Meaning::Refused,
    }
}

/// The error's code, when the service gave one.
pub(crate) fn code_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// The status of the answer, when there was one.
pub(crate) fn status_of<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// What `error` is to those who use the store. `operation` is spelled as its permission is: `s3:PutObject`.
pub(crate) fn failed<E>(operation: &str, resource: &str, error: &SdkError<E, HttpResponse>) -> StorageError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let (operation, resource, reason) = (operation.to_owned(), resource.to_owned(), reason(error));
    match meaning(error) {
        Meaning::Passing => StorageError::Unavailable { operation: format!("{operation} on {resource}"), reason },
        Meaning::Absent => StorageError::NotFound { key: resource },
        Meaning::Denied => StorageError::Denied { operation, resource, reason },
        Meaning::Refused => StorageError::Refused { operation, resource, reason },
    }
}

fn meaning<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Meaning {
    match error {
        SdkError::ConstructionFailure(_) => Meaning::Refused,
        SdkError::ServiceError(_) => meaning_of(code_of(error), status_of(error)),
        _ => Meaning::Passing,
    }
}

fn reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = || status_of(error).map(|status| format!("HTTP {status}"));
    match error.as_service_error() {
        Some(said) => {
            let code = said.code().map(str::to_owned).or_else(status).unwrap_or_default();
            format!("{code}: {}", said.message().unwrap_or("no further word"))
        }
        None => DisplayErrorContext(error).to_string(),
    }
}

/// A number by chance: for spreading those who ask again, and for telling one request from another.
pub(crate) fn by_chance() -> u64 {
    RandomState::new().hash_one(0)
}

/// Waits before asking again for the `asked`-th time: exponential with full jitter, half a second at most.
pub(crate) async fn pause(asked: u32) {
    let longest = 20_u64.saturating_mul(1 << asked.min(5)).min(500);
    tokio::time::sleep(Duration::from_millis(by_chance() % longest)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_asked_again_and_what_is_denied_is_not() {
        assert_eq!(meaning_of(None, None), Meaning::Passing);
        assert_eq!(meaning_of(None, Some(503)), Meaning::Passing);
        assert_eq!(meaning_of(Some("ThrottlingException"), Some(400)), Meaning::Passing);
        assert_eq!(meaning_of(Some("ExpiredToken"), Some(400)), Meaning::Passing);
        assert_eq!(meaning_of(Some("AccessDenied"), Some(403)), Meaning::Denied);
        assert_eq!(meaning_of(None, Some(403)), Meaning::Denied);
        assert_eq!(meaning_of(Some("AccessDeniedException"), Some(400)), Meaning::Denied);
    }

    #[test]
    fn an_absent_object_is_told_from_an_absent_store() {
        assert_eq!(meaning_of(Some("NoSuchVersion"), Some(404)), Meaning::Absent);
        assert_eq!(meaning_of(None, Some(404)), Meaning::Absent);
        assert_eq!(meaning_of(Some("NoSuchBucket"), Some(404)), Meaning::Refused);
        assert_eq!(meaning_of(Some("ResourceNotFoundException"), Some(400)), Meaning::Refused);
        assert_eq!(meaning_of(Some("InvalidObjectState"), Some(403)), Meaning::Refused);
        assert_eq!(meaning_of(Some("ValidationException"), Some(400)), Meaning::Refused);
    }
}
