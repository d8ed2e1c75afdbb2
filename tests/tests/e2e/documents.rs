//! Documents that people hand in, over the deployed API.

use crate::world::{World, beside_others};
use domain::Digest;
use serde_json::{Value, json};

// A name of its own for each deployment: versions stay.
fn place(world: &World, name: &str) -> String {
    let run = Digest::of(world.at.bucket.as_bytes()).short();
    format!("/v1/evidence/uploads?source=policies&document={name}-{run}")
}

fn path(version: &Value) -> String {
    let text = |name: &str| version[name].as_str().unwrap().to_owned();
    format!("/v1/evidence/uploads/{}/{}/{}", text("source"), text("document"), version["version"])
}

#[test]
fn a_document_is_handed_in_once_read_through_a_link_and_approved_by_somebody_else() {
    let _quiet = beside_others();
    let world = World::new();
    let (place, policy) = (place(&world, "access-policy"), b"Access is granted by need.\n".as_slice());
    assert_eq!(world.put("auditor@acme", &place, policy).status, 403);
    let first = world.put("engineer@acme", &place, policy);
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(world.put("engineer@acme", &place, policy).status, 200);
    let path = path(&first.body);
    assert_eq!(world.get("auditor@globex", &path).status, 404);
    let found = world.get("auditor@acme", &path);
    let (status, bytes) = world.follow(found.body["link"]["url"].as_str().unwrap());
    assert_eq!((status, bytes.as_slice()), (200, policy));
    let (decision, approved) = (format!("{path}/decision"), json!({"decision": "approved"}).to_string());
    assert_eq!(world.put_json("engineer@acme", &decision, &approved).status, 403);
    let decided = world.put_json("approver@acme", &decision, &approved);
    assert_eq!((decided.status, &decided.body["state"]), (200, &json!("approved")), "{}", decided.body);
    let listed = world.get("auditor@acme", "/v1/evidence/uploads?source=policies&limit=200");
    let is_ours = |item: &&Value| item["document"] == first.body["document"];
    assert_eq!(listed.body["items"].as_array().unwrap().iter().filter(is_ours).count(), 1);
    let artifact = &first.body["artifact"];
    let version = json!({"Bucket": world.at.bucket, "Key": artifact["key"], "VersionId": artifact["version"]});
    let refused = world.refused(Some("api-write"), "s3", "delete_object", &version);
    assert_eq!(refused.as_deref(), Some("AccessDenied"));
    assert_eq!(world.refused(None, "s3", "delete_object", &version).as_deref(), Some("AccessDenied"));
}

#[test]
fn a_document_larger_than_lambda_takes_comes_in_parts() {
    let _quiet = beside_others();
    let world = World::new();
    let document: Vec<u8> = b"one line of a long policy\n".repeat(200_000);
    let whole = Digest::of(&document);
    let parts: Vec<&[u8]> = document.chunks(4 << 20).collect();
    for part in &parts {
        let path = format!("/v1/evidence/parts/{whole}/{}", Digest::of(part));
        assert_eq!(world.put("engineer@acme", &path, part).status, 204);
    }
    let digests: Vec<String> = parts.iter().map(|part| Digest::of(part).to_string()).collect();
    let place = format!("{}&sha256={whole}&parts={}", place(&world, "long-policy"), digests.join(","));
    let done = world.put("engineer@acme", &place, b"");
    assert_eq!((done.status, &done.body["artifact"]["digest"]), (201, &json!(whole.to_string())), "{}", done.body);
    let link = world.get("auditor@acme", &path(&done.body));
    assert_eq!(world.follow(link.body["link"]["url"].as_str().unwrap()).1, document);
}
