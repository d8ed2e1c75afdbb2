//! Nobody deletes or loosens evidence: not a function, not the account itself.

use crate::{
    report::collect_july,
    world::{World, beside_others},
};
use serde_json::{Value, json};

pub const FUNCTIONS: [&str; 16] = [
    "api-read",
    "api-write",
    "collect-aws",
    "collect-files",
    "collect-http",
    "collect-logs",
    "collect-sql",
    "collect-upload",
    "mark-failed",
    "render",
    "schedule",
    "seal",
    "snapshot",
    "transform",
    "upload",
    "verify",
];

/// A piece of evidence: its key and version.
fn evidence(world: &World) -> (String, String) {
    collect_july(world, "acme");
    let answer = world.get("auditor@acme", "/v1/evidence/second-factor.aws-iam.2026-07-01");
    let artifact = &answer.body["artifact"];
    (artifact["key"].as_str().unwrap().to_owned(), artifact["version"].as_str().unwrap().to_owned())
}

#[test]
fn no_function_may_delete_evidence_or_loosen_its_lock() {
    let _quiet = beside_others();
    let world = World::new();
    let (key, version) = evidence(&world);
    let object = json!({"Bucket": world.at.bucket, "Key": key, "VersionId": version});
    let with = |more: Value| {
        let mut arguments = object.clone();
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let soon = json!({"Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": "2026-12-31T00:00:00Z"}});
    let loose = json!({"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2099-12-31T00:00:00Z"},
        "BypassGovernanceRetention": true});
    for function in FUNCTIONS {
        for (method, arguments) in [
            ("delete_object", object.clone()),
            ("delete_object", json!({"Bucket": world.at.bucket, "Key": key})),
            ("put_object_retention", with(soon.clone())),
            ("put_object_retention", with(loose.clone())),
            ("delete_bucket_policy", json!({"Bucket": world.at.bucket})),
        ] {
            let refused = world.refused(Some(function), "s3", method, &arguments);
            assert_eq!(refused.as_deref(), Some("AccessDenied"), "{function} {method} {arguments}");
        }
    }
}

#[test]
fn the_account_itself_may_not_delete_evidence_or_shorten_its_lock() {
    let _quiet = beside_others();
    let world = World::new();
    let (key, version) = evidence(&world);
    let object = json!({"Bucket": world.at.bucket, "Key": key, "VersionId": version});
    let held = world.aws("s3", "head_object", object.clone());
    assert_eq!(held["ObjectLockMode"], "COMPLIANCE");
    assert_eq!(world.refused(None, "s3", "delete_object", &object).as_deref(), Some("AccessDenied"));
    // Locked for seven years from now: until after 2032, and not until 2090.
    for (mode, until) in [("COMPLIANCE", "2031-01-01T00:00:00Z"), ("GOVERNANCE", "2090-01-01T00:00:00Z")] {
        let mut arguments = object.clone();
        arguments["Retention"] = json!({"Mode": mode, "RetainUntilDate": until});
        arguments["BypassGovernanceRetention"] = json!(true);
        let refused = world.refused(None, "s3", "put_object_retention", &arguments);
        assert_eq!(refused.as_deref(), Some("AccessDenied"), "{arguments}");
    }
}

#[test]
fn the_bucket_takes_nothing_but_new_objects_in_compliance_mode_for_long_over_tls() {
    let _quiet = beside_others();
    let world = World::new();
    let place = "acme/evidence/second-factor/probe/";
    let complete = |name: &str| {
        json!({"Bucket": world.at.bucket, "Key": format!("{place}{name}"), "Body": "x", "IfNoneMatch": "*",
            "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2033-12-31T00:00:00Z"})
    };
    let without = |name: &str, member: &str| {
        let mut arguments = complete(name);
        arguments.as_object_mut().unwrap().remove(member);
        arguments
    };
    let with = |name: &str, member: &str, value: &str| {
        let mut arguments = complete(name);
        arguments[member] = json!(value);
        arguments
    };
    // The role may: what is refused below is refused by the bucket.
    assert_eq!(world.refused(Some("collect-files"), "s3", "put_object", &complete("taken")), None);
    let again = world.refused(Some("collect-files"), "s3", "put_object", &complete("taken"));
    assert_eq!(again.as_deref(), Some("PreconditionFailed"));
    let mut unlocked = without("unlocked", "ObjectLockMode");
    unlocked.as_object_mut().unwrap().remove("ObjectLockRetainUntilDate");
    for arguments in [
        without("overwriting", "IfNoneMatch"),
        unlocked,
        with("loose", "ObjectLockMode", "GOVERNANCE"),
        with("short", "ObjectLockRetainUntilDate", "2027-01-31T00:00:00Z"),
        with("unencrypted", "ServerSideEncryption", "AES256"),
    ] {
        let refused = world.refused(Some("collect-files"), "s3", "put_object", &arguments);
        assert_eq!(refused.as_deref(), Some("AccessDenied"), "{arguments}");
    }
    let refused = world.refused_plain("collect-files", "s3", "put_object", &complete("plain"));
    assert_eq!(refused.as_deref(), Some("AccessDenied"));
}
