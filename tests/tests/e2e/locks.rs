//! Nobody deletes or loosens evidence: not a function, not the account itself.

use crate::{
    report::collect_july,
    world::{World, beside_others},
};
use aws_sdk_s3::{
    primitives::DateTime,
    types::{ObjectLockRetention, ObjectLockRetentionMode},
};
use serde_json::{Value, json};

const FUNCTIONS: [&str; 10] = [
    "api-read",
    "api-write",
    "collect-files",
    "mark-failed",
    "render",
    "schedule",
    "snapshot",
    "transform",
    "upload",
    "verify",
];

/// A piece of evidence: its key and version.
async fn evidence(world: &World) -> (String, String) {
    collect_july(world, "acme").await;
    let answer = world.get("auditor@acme", "/v1/evidence/second-factor.aws-iam.2026-07-01");
    let artifact = &answer.body["artifact"];
    (artifact["key"].as_str().unwrap().to_owned(), artifact["version"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn no_function_may_delete_evidence_or_loosen_its_lock() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    let (key, version) = evidence(&world).await;
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
            let refused = world.refused(function, "s3", method, arguments.clone()).await;
            assert_eq!(refused.as_deref(), Some("AccessDenied"), "{function} {method} {arguments}");
        }
    }
}

#[tokio::test]
async fn the_account_itself_may_not_delete_evidence_or_shorten_its_lock() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    let (key, version) = evidence(&world).await;
    let delete = world.s3.delete_object().bucket(&world.at.bucket).key(&key).version_id(&version);
    let error = delete.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("AccessDenied"));
    let held = world.s3.head_object().bucket(&world.at.bucket).key(&key).version_id(&version).send().await.unwrap();
    let until = held.object_lock_retain_until_date().unwrap().secs();
    for (mode, until) in [
        (ObjectLockRetentionMode::Compliance, until - 24 * 3600),
        (ObjectLockRetentionMode::Governance, until + 24 * 3600),
    ] {
        let retention = ObjectLockRetention::builder().mode(mode).retain_until_date(DateTime::from_secs(until)).build();
        let request = world.s3.put_object_retention().bucket(&world.at.bucket).key(&key).version_id(&version);
        let request = request.retention(retention).bypass_governance_retention(true);
        let error = request.send().await.unwrap_err().into_service_error();
        assert_eq!(error.meta().code(), Some("AccessDenied"));
    }
}

#[tokio::test]
async fn the_bucket_takes_nothing_but_new_objects_in_compliance_mode_for_long_over_tls() {
    let _quiet = beside_others().await;
    let world = World::new().await;
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
    assert_eq!(world.refused("collect-files", "s3", "put_object", complete("taken")).await, None);
    let again = world.refused("collect-files", "s3", "put_object", complete("taken")).await;
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
        let refused = world.refused("collect-files", "s3", "put_object", arguments.clone()).await;
        assert_eq!(refused.as_deref(), Some("AccessDenied"), "{arguments}");
    }
    let refused = world.refused_plain("collect-files", "s3", "put_object", complete("plain")).await;
    assert_eq!(refused.as_deref(), Some("AccessDenied"));
}
