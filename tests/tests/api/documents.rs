//! Handing documents in, in one request or in parts, and deciding about them.

use crate::{
    Served,
    served::{Answer, Asked},
};
use api::{DocumentWithLink, Listing, Role};
use domain::{Digest, DocumentState, DocumentVersion, EventKind};
use serde_json::{Value, json};
use storage::{Fault, FaultHook};
use tests::Fixture;

const POLICY: &str = "/v1/evidence/uploads?source=policies&document=access-policy";

impl Served {
    /// PUT of bytes by `subject` with every role.
    pub fn put(&self, path: &str, subject: &str, body: &[u8], kind: &str) -> Answer {
        self.ask(Asked {
            method: "PUT",
            path: path.to_owned(),
            token: Some(self.token_of("acme", subject, &Role::ALL, 8)),
            headers: vec![("content-type", kind.to_owned())],
            body: Some(body.to_vec()),
        })
    }

    /// PUT of JSON by `subject`.
    pub fn decide(&self, path: &str, subject: &str, decision: &Value) -> Answer {
        self.put(path, subject, decision.to_string().as_bytes(), "application/json")
    }
}

fn bytes(path: &str, served: &Served, body: &[u8]) -> Answer {
    served.put(path, "ana@acme.example", body, "application/octet-stream")
}

fn told(served: &Served) -> Vec<String> {
    let events = served.runtime.block_on(Fixture::events(&served.home));
    let documents = |event: &domain::CustodyEvent| match &event.kind {
        EventKind::DocumentSubmitted { .. }
        | EventKind::DocumentApproved { .. }
        | EventKind::DocumentRejected { .. } => Some(event.kind.name()),
        _ => None,
    };
    events.values().filter_map(documents).collect()
}

#[test]
fn a_document_is_handed_in_read_and_approved_by_somebody_else() {
    let served = Served::new(1);
    let first = bytes(POLICY, &served, b"Access is granted by need.\n");
    assert_eq!(first.status, 201, "{}", first.text());
    let version: DocumentVersion = first.read();
    assert_eq!((version.version, version.submission.content_type.name()), (1, "txt"));
    assert_eq!(version.submission.kind.as_str(), "access-policy");
    assert_eq!(bytes(POLICY, &served, b"Access is granted by need.\n").status, 200);
    let path = "/v1/evidence/uploads/policies/access-policy/1";
    let found: DocumentWithLink = served.get(path).read();
    assert_eq!((found.document, found.link.name.as_str()), (version, "access-policy-1.txt"));
    let link = found.link.url.strip_prefix(&served.address).unwrap().to_owned();
    let content = served.ask(Asked { method: "GET", path: link, ..Asked::default() });
    assert_eq!(
        (content.bytes.as_slice(), content.headers["content-disposition"].contains("attachment")),
        (b"Access is granted by need.\n".as_slice(), true)
    );
    let decision = format!("{path}/decision");
    let own = served.decide(&decision, "ana@acme.example", &json!({"decision": "approved"}));
    assert_eq!((own.status, own.text().contains("somebody else has to decide")), (422, true), "{}", own.text());
    let approved: DocumentVersion =
        served.decide(&decision, "bo@acme.example", &json!({"decision": "approved"})).read();
    assert!(
        matches!(&approved.state, DocumentState::Approved { approved_by, .. } if approved_by.as_str() == "bo@acme.example")
    );
    let late = served.decide(&decision, "cy@acme.example", &json!({"decision": "rejected", "reason": "late"}));
    assert_eq!((late.status, late.text().contains("that is final")), (422, true));
    let listed: Listing<DocumentVersion> = served.get("/v1/evidence/uploads?source=policies&limit=1").read();
    assert_eq!((listed.items, listed.next.is_none()), (vec![approved], true));
    assert_eq!(
        told(&served),
        ["document-approved/policies/access-policy/1", "document-submitted/policies/access-policy/1"]
    );
    let trust = Fixture::trust();
    let verdict = served.runtime.block_on(verify::custody::verify(&served.home.storage, &trust, None)).unwrap();
    assert!(verdict.holds() && verdict.checked.documents == 1, "{:?}", verdict.problems);
}

#[test]
fn a_document_larger_than_a_request_comes_in_parts() {
    let served = Served::new(1);
    let document: Vec<u8> = b"one line of a long policy\n".repeat(200_000);
    let too_large = bytes(POLICY, &served, &document);
    assert_eq!(
        (too_large.status, too_large.text().contains("/v1/evidence/parts/")),
        (413, true),
        "{}",
        too_large.text()
    );
    let whole = Digest::of(&document);
    let parts: Vec<&[u8]> = document.chunks(api::LARGEST_PART).collect();
    assert_eq!(parts.len(), 2);
    let digests: Vec<String> = parts.iter().map(|part| Digest::of(part).to_string()).collect();
    let complete = format!("{POLICY}&sha256={whole}&parts={}", digests.join(","));
    let send = |digest: &str, part: &[u8]| bytes(&format!("/v1/evidence/parts/{whole}/{digest}"), &served, part);
    assert_eq!(send(&digests[0], parts[0]).status, 204);
    assert_eq!(send(&digests[0], parts[1]).status, 422);
    let early = bytes(&complete, &served, b"");
    assert_eq!((early.status, early.text().contains(&digests[1])), (422, true), "{}", early.text());
    assert_eq!(send(&digests[1], parts[1]).status, 204);
    let swapped = format!("{POLICY}&sha256={whole}&parts={},{}", digests[1], digests[0]);
    assert_eq!(bytes(&swapped, &served, b"").status, 422);
    let done = bytes(&complete, &served, b"");
    assert_eq!(done.status, 201, "{}", done.text());
    let version: DocumentVersion = done.read();
    assert_eq!(
        (version.submission.artifact.digest, version.submission.artifact.length),
        (whole, document.len() as u64)
    );
    let kept = served.runtime.block_on(served.home.storage.locker.fetch(&version.submission.artifact)).unwrap();
    assert_eq!(kept, document);
    // Its answer was lost and its parts are gone: it is the same version all the same.
    let again = bytes(&complete, &served, b"");
    assert_eq!((again.status, again.read::<DocumentVersion>()), (200, version));
    let twenty_seven =
        format!("{POLICY}&sha256={}&parts={}", Digest::of(b"x"), vec![digests[0].as_str(); 27].join(","));
    assert_eq!(bytes(&twenty_seven, &served, b"").status, 400);
}

#[test]
fn what_cannot_be_taken_is_refused_with_what_to_do() {
    let served = Served::new(1);
    for (path, body, status, gist) in [
        (POLICY.to_owned(), b"MZ\x90\0".as_slice(), 422, "no type that is known"),
        (POLICY.to_owned(), b"", 422, "empty"),
        (POLICY.replace("policies", "aws-iam"), b"x", 422, "documents are handed in for policies"),
        (POLICY.replace("policies", "nothing"), b"x", 422, "no such source"),
        (POLICY.replace("access-policy", "..%2Fx"), b"x", 400, "name of a document"),
        (format!("{POLICY}&sha256={}", Digest::of(b"y")), b"x", 422, "another than sha256 says"),
        (format!("{POLICY}&about=a%0Ab"), b"x", 422, "a line of 1 to 200"),
        (format!("{POLICY}&parts={}", Digest::of(b"y")), b"", 400, "give sha256"),
        (format!("{POLICY}&who=me"), b"x", 400, "unknown field"),
        (POLICY.replace("access-policy", "parts"), b"", 422, "empty"),
    ] {
        let refused = bytes(&path, &served, body);
        assert_eq!((refused.status, refused.text().contains(gist)), (status, true), "{path}: {}", refused.text());
    }
    let changed = served.put(POLICY, "ana@acme.example", b"x", "text/plain");
    assert_eq!((changed.status, changed.text().contains("application/octet-stream")), (400, true));
    assert_eq!(served.get("/v1/evidence/uploads/policies/parts/1").status, 404);
    let decision = "/v1/evidence/uploads/policies/access-policy/1/decision";
    let absent = served.decide(decision, "bo@acme.example", &json!({"decision": "approved"}));
    assert_eq!(absent.status, 404);
    for body in [
        json!({"decision": "maybe"}),
        json!({"decision": "rejected"}),
        json!({"decision": "approved", "reason": "x"}),
        json!([]),
    ] {
        assert_eq!(served.decide(decision, "bo@acme.example", &body).status, 400, "{body}");
    }
    assert!(told(&served).is_empty());
}

// Each call of the store fails once, as not done and as done with the answer lost; asked again, there is one version.
#[test]
fn a_fault_while_handing_in_leaves_one_version_when_it_is_asked_again() {
    for fault in [Fault::Failed, Fault::AnswerLost] {
        for name in ["locker.deposit", "table.newest", "table.transact", "locker.read_draft", "locker.remove_drafts"] {
            let left = std::sync::atomic::AtomicUsize::new(1);
            let hook = FaultHook::new(move |operation| {
                let takes = operation.name == name
                    && left
                        .fetch_update(
                            std::sync::atomic::Ordering::SeqCst,
                            std::sync::atomic::Ordering::SeqCst,
                            |left| left.checked_sub(1),
                        )
                        .is_ok();
                takes.then_some(fault)
            });
            let served = Served::with_faults(1, hook);
            let (text, whole) = (b"Access by need.\n".as_slice(), Digest::of(b"Access by need.\n"));
            let sent = (0..2).map(|_| bytes(&format!("/v1/evidence/parts/{whole}/{whole}"), &served, text).status);
            assert_eq!(sent.last(), Some(204));
            let complete = format!("{POLICY}&sha256={whole}&parts={whole}");
            let answers: Vec<u16> = (0..2).map(|_| bytes(&complete, &served, b"").status).collect();
            // That parts stay is no reason to say that the document is not kept.
            let first = if name == "locker.remove_drafts" { 201 } else { 503 };
            assert_eq!(answers[0], first, "{name} {fault:?}");
            assert!([200, 201].contains(&answers[1]), "{name} {fault:?}");
            assert_eq!(told(&served), ["document-submitted/policies/access-policy/1"], "{name} {fault:?}");
        }
    }
}
