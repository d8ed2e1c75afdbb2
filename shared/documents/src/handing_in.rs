//! Handing a document in, and deciding about it.

use crate::{DocumentError, type_of};
use catalog::{Access, Catalog, UploadAccess};
use domain::{
    Actor, ArtifactKey, Decision, Digest, DocumentName, DocumentType, DocumentVersion, RetentionClass, SourceId,
    Submission, TenantId, Timestamp,
};
use storage::{Content, Storage, StorageError, Submitted};

// As long as the name of a system or a process is, and no page of text.
const LONGEST_ABOUT: usize = 200;
const MEGABYTE: u64 = 1 << 20;

/// A document as it is handed in.
#[derive(Debug, Clone)]
pub struct HandedIn<'a> {
    /// For which source.
    pub source: SourceId,
    /// Which document.
    pub document: DocumentName,
    /// What kind of document.
    pub kind: DocumentName,
    /// What it is about.
    pub about: Option<String>,
    /// Until when it says that it holds.
    pub valid_until: Option<Timestamp>,
    /// The file.
    pub bytes: &'a [u8],
}

/// Takes a document: checks it, locks its bytes, and records it as the next version. Nothing is kept of what is refused.
pub async fn submit(
    storage: &Storage,
    catalog: &Catalog,
    (tenant, actor): (&TenantId, &Actor),
    given: HandedIn<'_>,
    now: Timestamp,
) -> Result<Submitted, DocumentError> {
    let (access, retention) = taking(catalog, &given.source)?;
    let content_type = check(access, &given)?;
    let digest = Digest::of(given.bytes);
    let key = ArtifactKey::document(tenant, &given.source, &given.document, digest, content_type);
    let retain_until = retention.retain_until(now);
    let artifact = storage.locker.deposit(&key, Content::Memory(given.bytes), retain_until).await?;
    let HandedIn { source, document, kind, about, valid_until, .. } = given;
    let submission = Submission {
        source,
        document,
        kind,
        about,
        valid_until,
        content_type,
        artifact,
        retain_until,
        submitted_by: actor.clone(),
        submitted_at: now,
    };
    Ok(storage.custodian.submit(tenant, &submission).await?)
}

/// Approves or rejects a version of a document.
pub async fn decide(
    storage: &Storage,
    (tenant, actor): (&TenantId, &Actor),
    (source, document, version): (&SourceId, &DocumentName, u32),
    decision: &Decision,
    now: Timestamp,
) -> Result<DocumentVersion, DocumentError> {
    if matches!(decision, Decision::Rejected { reason } if reason.trim().is_empty()) {
        return Err(DocumentError::Content("a rejection needs a reason: it stands in the evidence".to_owned()));
    }
    let decided = storage.custodian.decide(tenant, (source, document, version), decision, actor, now).await;
    decided.map_err(|error| match error {
        StorageError::NotFound { .. } => {
            DocumentError::Absent { source_id: source.clone(), document: document.clone(), version }
        }
        StorageError::Conflict { reason, .. } => DocumentError::Decided { document: document.clone(), version, reason },
        other => other.into(),
    })
}

// How a source takes documents, and how long they are kept: as long as the longest of the controls that ask it.
fn taking<'c>(catalog: &'c Catalog, id: &SourceId) -> Result<(&'c UploadAccess, RetentionClass), DocumentError> {
    let refused = |reason: String| DocumentError::Source { source_id: id.clone(), reason };
    let uploads = || {
        let takes = |source: &&catalog::Source| matches!(source.access, Access::Upload(_));
        let ids: Vec<&str> = catalog.sources().filter(takes).map(|source| source.id.as_str()).collect();
        format!("documents are handed in for {}", ids.join(", "))
    };
    let source = catalog.source(id).ok_or_else(|| refused(format!("the catalog has no such source; {}", uploads())))?;
    let Access::Upload(access) = &source.access else {
        return Err(refused(format!("it answers by itself; {}", uploads())));
    };
    let asks = |control: &&catalog::Control| control.collect.iter().any(|collection| collection.source == *id);
    let longest = catalog.all_controls().filter(asks).map(|control| control.retention).max();
    Ok((access, longest.unwrap_or(RetentionClass::OF_REPORTS)))
}

fn check(access: &UploadAccess, given: &HandedIn<'_>) -> Result<DocumentType, DocumentError> {
    let refused = |reason: String| Err(DocumentError::Content(reason));
    if given.bytes.len() as u64 > u64::from(access.largest_megabytes) * MEGABYTE {
        return refused(format!("it is larger than the {} MiB that the source takes", access.largest_megabytes));
    }
    if let Some(about) = &given.about
        && (about.trim().is_empty() || about.chars().count() > LONGEST_ABOUT || about.chars().any(char::is_control))
    {
        return refused(format!("what it is about has to be a line of 1 to {LONGEST_ABOUT} characters"));
    }
    match type_of(given.bytes) {
        Err(reason) => refused(reason),
        // A table is text, too.
        Ok(DocumentType::Csv)
            if !access.types.contains(&DocumentType::Csv) && access.types.contains(&DocumentType::Txt) =>
        {
            Ok(DocumentType::Txt)
        }
        Ok(found) if !access.types.contains(&found) => {
            let taken: Vec<&str> = access.types.iter().map(|of| of.name()).collect();
            refused(format!("its content is {found}, and the source takes {}", taken.join(", ")))
        }
        Ok(found) => Ok(found),
    }
}
