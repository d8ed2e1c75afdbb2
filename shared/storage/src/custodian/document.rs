//! The records of documents that people hand in: each version once, and what somebody else decided about it.

use super::{Custodian, LOOKS, bounded, contended, outbox};
use crate::{Record, RecordKey, StorageError, Write, key::between, table};
use domain::{
    Actor, Decision, DocumentName, DocumentState, DocumentVersion, SourceId, Submission, TenantId, Timestamp,
};

/// What came of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The version that holds what was handed in.
    pub version: DocumentVersion,
    /// Whether this submission made it.
    pub is_new: bool,
}

impl Custodian {
    /// Records what was handed in as the next version of its document, after its bytes were locked. The newest version again, by the same person and
    /// while nobody has decided, is no second one: an answer was lost.
    pub async fn submit(&self, tenant: &TenantId, submission: &Submission) -> Result<Submitted, StorageError> {
        let Submission { source, document, .. } = submission;
        for _ in 0..LOOKS {
            let newest = self.newest_version(tenant, source, document).await?;
            if let Some(version) = newest.as_ref().filter(|newest| is_same(newest, submission)) {
                return Ok(Submitted { version: version.clone(), is_new: false });
            }
            let number = newest.map_or(0, |newest| newest.version) + 1;
            let version =
                DocumentVersion { version: number, submission: submission.clone(), state: DocumentState::Submitted };
            let key = RecordKey::document(tenant, source, document, number);
            let put = Write::PutNew { body: table::body(&key, &version)?, key };
            match self.table.transact(vec![put, outbox(&version.submitted(tenant))?]).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| Submitted { version, is_new: true }),
            }
        }
        Err(contended(&RecordKey::document(tenant, source, document, 0)))
    }

    /// Records what `actor` decides about a version. The same again changes nothing. [`StorageError::Conflict`] when it is decided otherwise or
    /// by somebody else, or when `actor` submitted it.
    pub async fn decide(
        &self,
        tenant: &TenantId,
        (source, document, version): (&SourceId, &DocumentName, u32),
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<DocumentVersion, StorageError> {
        let key = RecordKey::document(tenant, source, document, version);
        let decision = cut(decision);
        for _ in 0..LOOKS {
            let record = self.table.get(&key).await?.ok_or_else(|| StorageError::NotFound { key: key.to_string() })?;
            let found: DocumentVersion = record.read()?;
            if found.state.decision().is_some_and(|(made, by)| made == decision && by == actor) {
                return Ok(found);
            }
            refuse(&found, actor).map_err(|reason| StorageError::Conflict { key: key.to_string(), reason })?;
            let next = DocumentVersion { state: DocumentState::decided(&decision, actor, now), ..found };
            let swap = Write::Swap { key: key.clone(), version: record.version, body: table::body(&key, &next)? };
            let event = next.decided(tenant).map(|event| outbox(&event)).transpose()?;
            match self.table.transact(std::iter::once(swap).chain(event).collect()).await {
                Err(StorageError::Changed { .. }) => {}
                other => return other.map(|()| next),
            }
        }
        Err(contended(&key))
    }

    /// One version of a document, if it is there.
    pub async fn document(
        &self,
        tenant: &TenantId,
        (source, document, version): (&SourceId, &DocumentName, u32),
    ) -> Result<Option<DocumentVersion>, StorageError> {
        let key = RecordKey::document(tenant, source, document, version);
        self.table.get(&key).await?.map(|record| record.read()).transpose()
    }

    /// Every version of every document of a source, or of all sources, by source, document and version.
    pub async fn documents(
        &self,
        tenant: &TenantId,
        source: Option<&SourceId>,
    ) -> Result<Vec<DocumentVersion>, StorageError> {
        let (from, to) = source.map_or_else(Default::default, |source| between(source.as_str()));
        let (partition, mut versions, mut after) = (RecordKey::documents_of(tenant), Vec::new(), None);
        loop {
            let page = self.table.query(&partition, &from, &to, after.as_deref(), 1000).await?;
            for record in &page.records {
                versions.push(record.read()?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(versions);
            }
        }
    }

    /// The newest version of a document, if there is one.
    pub async fn newest_version(
        &self,
        tenant: &TenantId,
        source: &SourceId,
        document: &DocumentName,
    ) -> Result<Option<DocumentVersion>, StorageError> {
        let (from, before) = between(&format!("{source}/{document}"));
        let page = self.table.newest(&RecordKey::documents_of(tenant), &before, 1).await?;
        let own = page.records.first().filter(|record| record.key.sort >= from);
        own.map(Record::read).transpose()
    }
}

fn is_same(newest: &DocumentVersion, submission: &Submission) -> bool {
    let of = |given: &Submission| {
        let Submission { kind, about, valid_until, artifact, submitted_by, .. } = given.clone();
        (kind, about, valid_until, artifact.digest, submitted_by)
    };
    newest.state == DocumentState::Submitted && of(&newest.submission) == of(submission)
}

fn cut(decision: &Decision) -> Decision {
    match decision {
        Decision::Approved => Decision::Approved,
        Decision::Rejected { reason } => Decision::Rejected { reason: bounded(reason) },
    }
}

fn refuse(found: &DocumentVersion, actor: &Actor) -> Result<(), String> {
    if let Some((_, by)) = found.state.decision() {
        return Err(format!("it was {} by {by}, and that is final: submit a new version", found.state.name()));
    }
    // One person, however the name is written.
    if found.submission.submitted_by.as_str().eq_ignore_ascii_case(actor.as_str()) {
        return Err(format!("{actor} submitted it: somebody else has to decide"));
    }
    Ok(())
}
