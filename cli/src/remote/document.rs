//! Documents at a deployed Exhibit: handing in, in parts where one request is too small, and deciding.

use super::{Remote, RemoteError, escaped};
use api::{DocumentWithLink, LARGEST_PART};
use domain::{Decision, Digest, DocumentName, DocumentVersion, SourceId, Timestamp};

/// What is said of a document beside its bytes.
#[derive(Debug, Clone)]
pub struct Described {
    /// For which source.
    pub source: SourceId,
    /// Which document.
    pub document: DocumentName,
    /// What kind of document; its name unless given.
    pub kind: Option<DocumentName>,
    /// What it is about.
    pub about: Option<String>,
    /// Until when it says that it holds.
    pub valid_until: Option<Timestamp>,
}

impl Remote {
    /// Hands a document in. However often this is sent, it is one version.
    pub fn hand_in(&self, described: &Described, bytes: &[u8]) -> Result<DocumentVersion, RemoteError> {
        let whole = Digest::of(bytes);
        let path = format!("/v1/evidence/uploads?{}&sha256={whole}", query(described));
        if bytes.len() <= LARGEST_PART {
            return self.client.put(&path, "application/octet-stream", bytes);
        }
        let mut parts = Vec::new();
        for part in bytes.chunks(LARGEST_PART) {
            let digest = Digest::of(part);
            self.client.send(&format!("/v1/evidence/parts/{whole}/{digest}"), part)?;
            parts.push(digest.to_string());
        }
        self.client.put(&format!("{path}&parts={}", parts.join(",")), "application/octet-stream", &[])
    }

    /// Every version of every document, of one source or of all.
    pub fn uploads(&self, source: Option<&SourceId>) -> Result<Vec<DocumentVersion>, RemoteError> {
        match source {
            Some(source) => self.all(&format!("/v1/evidence/uploads?source={source}&")),
            None => self.all("/v1/evidence/uploads?"),
        }
    }

    /// One version of a document, with a link to it.
    pub fn upload(
        &self,
        (source, document, version): (&SourceId, &DocumentName, u32),
    ) -> Result<DocumentWithLink, RemoteError> {
        self.client.get(&format!("/v1/evidence/uploads/{source}/{document}/{version}"))
    }

    /// Approves or rejects a version of a document.
    pub fn decide(
        &self,
        (source, document, version): (&SourceId, &DocumentName, u32),
        decision: &Decision,
    ) -> Result<DocumentVersion, RemoteError> {
        let body = serde_json::to_vec(decision).unwrap_or_default();
        let path = format!("/v1/evidence/uploads/{source}/{document}/{version}/decision");
        self.client.put(&path, "application/json", &body)
    }
}

fn query(described: &Described) -> String {
    let Described { source, document, kind, about, valid_until } = described;
    let mut query = format!("source={source}&document={document}");
    let kind = kind.as_ref().map(ToString::to_string);
    for (name, value) in
        [("kind", kind), ("about", about.clone()), ("valid_until", valid_until.map(|at| at.to_string()))]
    {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", escaped(&value)));
        }
    }
    query
}
