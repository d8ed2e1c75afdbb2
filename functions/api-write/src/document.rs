//! `PUT /v1/evidence/uploads`, its parts, and decisions.

use crate::{Starter, Writing, role};
use api::{Identity, LARGEST_PART, Parameters, ProblemKind, Refused, read_json};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode, header},
};
use documents::{DocumentError, HandedIn, decide as decide_about, submit};
use domain::{Decision, Digest, DocumentName, DocumentState, DocumentVersion, RunId, SourceId, Submission, Timestamp};
use serde::Deserialize;
use storage::{Content, Run, StorageError};

// As much as any source takes, and as many parts of 4 MiB as that is, and one.
const LARGEST: usize = 100 << 20;
const MOST_PARTS: usize = 26;
// How long the name of a run may be.
const LONGEST_NAME: usize = 64;

/// What is said of a document beside its bytes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    source: SourceId,
    document: DocumentName,
    kind: Option<DocumentName>,
    about: Option<String>,
    valid_until: Option<Timestamp>,
    sha256: Option<Digest>,
    parts: Option<String>,
}

/// The body of a decision. An approval has no reason: whoever gives one means something else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    decision: Word,
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approved,
    Rejected,
}

impl Decided {
    fn decision(self) -> Result<Decision, Refused> {
        match (self.decision, self.reason) {
            (Word::Approved, None) => Ok(Decision::Approved),
            (Word::Approved, Some(_)) => Err(Refused::unreadable("an approval has no reason")),
            (Word::Rejected, Some(reason)) => Ok(Decision::Rejected { reason }),
            (Word::Rejected, None) => Err(Refused::unreadable("a rejection has a reason")),
        }
    }
}

/// Takes a document: its bytes are the body, or parts that were sent before.
pub(crate) async fn upload<S: Starter>(
    State(writing): State<Writing<S>>,
    Extension(identity): Extension<Identity>,
    Parameters(about): Parameters<About>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<DocumentVersion>), Refused> {
    writing.starter.accepts(&identity.tenant)?;
    let body = part_of(body)?;
    if let Some(version) = handed_in_before(&writing, &identity, &about).await? {
        return Ok((StatusCode::OK, Json(version)));
    }
    let bytes = match (&about.parts, about.sha256) {
        (None, None) if !is_plain(&headers) => return Err(Refused::unreadable(CHANGED_ON_THE_WAY)),
        (None, _) => body,
        (Some(parts), Some(whole)) if body.is_empty() => assembled(&writing, &identity, whole, parts).await?.into(),
        (Some(_), _) => return Err(Refused::unreadable("with parts, give sha256 of the whole and no body")),
    };
    if about.sha256.is_some_and(|whole| whole != Digest::of(&bytes)) {
        return Err(impossible("the SHA-256 of what arrived is another than sha256 says: send it again"));
    }
    role::tell(&writing, &identity).await?;
    let parts = about.parts.as_ref().and(about.sha256);
    let (tenant, subject, now) = (&identity.tenant, &identity.subject, writing.clock.now());
    let given = given(about, &bytes);
    let submitted = submit(&writing.storage, &writing.catalog, (tenant, subject), given, now).await.map_err(refused)?;
    if let Some(run_id) = parts.map(parts_of).transpose()? {
        // It is kept: parts that stay are gone after a week, and no reason to say that it is not.
        let _ = writing.storage.locker.remove_drafts(Run { tenant, run_id: &run_id }).await;
    }
    let status = if submitted.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(submitted.version)))
}

const CHANGED_ON_THE_WAY: &str = "send the document as application/octet-stream, or give its sha256: a gateway may change a body of another kind on the way";

fn is_plain(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream")
}

// The parts are gone once it is kept; asked again because the answer was lost, it is the version that it became.
async fn handed_in_before<S>(
    writing: &Writing<S>,
    identity: &Identity,
    about: &About,
) -> Result<Option<DocumentVersion>, Refused> {
    let Some(whole) = about.sha256 else { return Ok(None) };
    let custodian = &writing.storage.custodian;
    let newest = custodian.newest_version(&identity.tenant, &about.source, &about.document).await?;
    Ok(newest.filter(|newest| {
        let Submission { kind, about: said, valid_until, artifact, submitted_by, .. } = &newest.submission;
        newest.state == DocumentState::Submitted
            && artifact.digest == whole
            && *submitted_by == identity.subject
            && (kind, said, valid_until)
                == (about.kind.as_ref().unwrap_or(&about.document), &about.about, &about.valid_until)
    }))
}

fn given(about: About, bytes: &[u8]) -> HandedIn<'_> {
    let About { source, document, kind, about, valid_until, .. } = about;
    let kind = kind.unwrap_or_else(|| document.clone());
    HandedIn { source, document, kind, about, valid_until, bytes }
}

/// Keeps a part of a document that is too large for one request, until the document is handed in.
pub(crate) async fn part<S: Starter>(
    State(writing): State<Writing<S>>,
    Extension(identity): Extension<Identity>,
    place: Result<Path<(Digest, Digest)>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refused> {
    writing.starter.accepts(&identity.tenant)?;
    let wrong = |_| {
        Refused::unreadable("the path names the SHA-256 of the document and of the part, 64 hexadecimal digits each")
    };
    let Path((whole, digest)) = place.map_err(wrong)?;
    let body = part_of(body)?;
    if body.is_empty() || Digest::of(&body) != digest {
        return Err(impossible("the SHA-256 of the part is another than its path says: send it again"));
    }
    let run_id = parts_of(whole)?;
    let run = Run { tenant: &identity.tenant, run_id: &run_id };
    writing.storage.locker.put_draft(run, Content::Memory(&body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Approves or rejects a version.
pub(crate) async fn decide<S: Starter>(
    State(writing): State<Writing<S>>,
    Extension(identity): Extension<Identity>,
    which: Result<Path<(SourceId, DocumentName, u32)>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<DocumentVersion>, Refused> {
    writing.starter.accepts(&identity.tenant)?;
    let absent =
        || Refused::new(ProblemKind::NotFound, "there is no such version; `GET /v1/evidence/uploads` lists them");
    let Path((source, document, version)) = which.map_err(|_| absent())?;
    let without = || Refused::unreadable("there is no body: send {\"decision\": \"approved\"} as application/json");
    let decided: Decided = read_json(&headers, body)?.ok_or_else(without)?;
    let decision = decided.decision()?;
    role::tell(&writing, &identity).await?;
    let who = (&identity.tenant, &identity.subject);
    let decided = decide_about(&writing.storage, who, (&source, &document, version), &decision, writing.clock.now());
    decided.await.map(Json).map_err(refused)
}

// The drafts of one document. Who serves the API may touch drafts of such a name and no others (infra/app.yaml).
fn parts_of(whole: Digest) -> Result<RunId, Refused> {
    let name: String = format!("parts-{whole}").chars().take(LONGEST_NAME).collect();
    RunId::new(name).map_err(|error| Refused::new(ProblemKind::Internal, "").because(error.to_string()))
}

fn part_of(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refused> {
    body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!(
                "one request takes {LARGEST_PART} bytes at most: send parts to /v1/evidence/parts/{{sha256}}/{{sha256 of the part}} and hand \
                 in with sha256 and parts"
            );
            Refused::new(ProblemKind::TooLarge, detail)
        }
        _ => Refused::unreadable("the body did not arrive whole: send it again"),
    })
}

async fn assembled<S>(
    writing: &Writing<S>,
    identity: &Identity,
    whole: Digest,
    parts: &str,
) -> Result<Vec<u8>, Refused> {
    let digests: Result<Vec<Digest>, _> = parts.split(',').map(str::parse).collect();
    let digests = digests.map_err(|error| Refused::unreadable(format!("parts: {error}")))?;
    if digests.len() > MOST_PARTS {
        return Err(Refused::unreadable(format!("there are {MOST_PARTS} parts at most")));
    }
    let run_id = parts_of(whole)?;
    let run = Run { tenant: &identity.tenant, run_id: &run_id };
    let mut bytes = Vec::new();
    for digest in digests {
        match writing.storage.locker.read_draft(run, digest).await {
            Ok(part) if bytes.len() + part.len() > LARGEST => {
                return Err(Refused::new(ProblemKind::TooLarge, format!("no source takes more than {LARGEST} bytes")));
            }
            Ok(part) => bytes.extend(part),
            Err(StorageError::NotFound { .. }) => {
                return Err(impossible(format!("the part {digest} is not here, or no longer: send it again")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(bytes)
}

fn refused(error: DocumentError) -> Refused {
    match error {
        DocumentError::Storage(error) => error.into(),
        DocumentError::Absent { .. } => Refused::new(ProblemKind::NotFound, error.to_string()),
        other => impossible(other),
    }
}

fn impossible(detail: impl ToString) -> Refused {
    Refused::new(ProblemKind::InvalidInput, detail.to_string())
}
