//! What AWS' services mean by their errors, whichever of their protocols they speak.

use super::{Meaning, Reply};
use memchr::memmem;
use serde_json::Value;
use std::time::SystemTime;

// Too much was asked, or it failed inside: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>, and what Cloud Control
// says when a service behind it did not answer it.
const AGAIN: [&str; 26] = [
    "BandwidthLimitExceeded",
    "DependencyTimeoutException",
    "EC2ThrottledException",
    "HandlerInternalFailureException",
    "IDPCommunicationError",
    "IDPCommunicationErrorException",
    "InternalError",
    "InternalException",
    "InternalFailure",
    "InternalServerException",
    "KMSInternalException",
    "NetworkFailureException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceInternalErrorException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

const ENDED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

// Some protocols tell these with status 400.
const DENIED: [&str; 15] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// Whether an error of this code is none the next time.
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "credentials are asked for with the feature alone"))]
pub(crate) fn passes(code: &str) -> bool {
    AGAIN.contains(&code) || ENDED.contains(&code)
}

/// What an answer to a signed request means, at `now`.
pub(crate) fn meaning(reply: &Reply, now: SystemTime) -> Meaning {
    let code = if reply.status < 400 { None } else { code(reply) };
    let is_in = |codes: &[&str]| code.as_deref().is_some_and(|code| codes.contains(&code));
    match reply.meaning(now) {
        Meaning::Again(wanted) => Meaning::Again(wanted),
        _ if is_in(&AGAIN) => Meaning::Again(None),
        _ if is_in(&ENDED) => Meaning::Ended,
        _ if is_in(&DENIED) => Meaning::Denied,
        other => other,
    }
}

/// The code of an error: from the header of REST JSON, `__type` of JSON, or `Code` of XML.
pub(crate) fn code(reply: &Reply) -> Option<String> {
    if reply.status < 400 {
        return None;
    }
    let of_header = reply.header("x-amzn-errortype").map(str::to_owned);
    let of_json = || member(&reply.body, &["__type"]);
    let whole = of_header.or_else(of_json).or_else(|| element(&reply.body, "Code"))?;
    // `com.amazonaws.kms#NotFoundException`, `AccessDeniedException:http://internal.amazon.com/…`
    let name = whole.split(':').next()?.rsplit('#').next()?.trim();
    Some(name.to_owned()).filter(|name| !name.is_empty() && name.bytes().all(is_of_names))
}

/// Code and message, where there is a code.
pub(crate) fn message(reply: &Reply) -> Option<String> {
    let code = code(reply)?;
    let text = member(&reply.body, &["message", "Message"]).or_else(|| element(&reply.body, "Message"));
    Some(text.map_or(code.clone(), |text| format!("{code}: {text}")))
}

fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || byte == b'-'
}

fn member(body: &[u8], names: &[&str]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    names.iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned))
}

// The text of the first element of that name. An error is short and flat: no reader of XML is needed to know it.
fn element(body: &[u8], name: &str) -> Option<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inside = body.get(memmem::find(body, open.as_bytes())? + open.len()..)?;
    let text = inside.get(..memmem::find(inside, close.as_bytes())?)?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Reply { status, headers, body: body.as_bytes().to_vec() }
    }

    fn meant(status: u16, body: &str) -> Meaning {
        meaning(&reply(status, &[], body), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_throttle_is_one_in_each_protocol_whatever_its_status() {
        for body in [
            r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
            r#"{"__type":"com.amazonaws.cloudapiservice#ThrottlingException"}"#,
            r#"{"__type":"TooManyRequestsException"}"#,
            "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
            "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
            "<Error><Code>SlowDown</Code></Error>",
        ] {
            assert_eq!(meant(400, body), Meaning::Again(None), "{body}");
            assert_eq!(meant(503, body), Meaning::Again(None), "{body}");
            // An answer may speak of throttles.
            assert_eq!(meant(200, body), Meaning::Answered, "{body}");
        }
    }

    #[test]
    fn who_is_not_known_is_told_from_whose_credentials_have_ended() {
        assert_eq!(meant(400, r#"{"__type":"ExpiredTokenException"}"#), Meaning::Ended);
        assert_eq!(meant(403, "<Error><Code>ExpiredToken</Code></Error>"), Meaning::Ended);
        assert_eq!(meant(400, r#"{"__type":"AccessDeniedException"}"#), Meaning::Denied);
        assert_eq!(meant(403, ""), Meaning::Denied);
        assert_eq!(meant(400, r#"{"__type":"ValidationException"}"#), Meaning::Refused);
        assert_eq!(meant(400, "not JSON"), Meaning::Refused);
    }

    #[test]
    fn a_code_comes_with_its_message() {
        let header = [("x-amzn-errortype", "InvalidAccessException:http://internal.amazon.com/coral/")];
        let told = message(&reply(401, &header, r#"{"Message":"not subscribed"}"#));
        assert_eq!(told.as_deref(), Some("InvalidAccessException: not subscribed"));
        let xml = "<Error><Code>NoSuchEntity</Code><Message>none</Message></Error>";
        assert_eq!(message(&reply(404, &[], xml)).as_deref(), Some("NoSuchEntity: none"));
        assert_eq!(message(&reply(404, &[], "<Code><b/></Code>")), None);
        assert_eq!(code(&reply(200, &[], xml)), None);
    }
}
