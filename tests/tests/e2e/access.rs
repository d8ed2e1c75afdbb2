//! Who may ask what, as the deployed gateway, functions and roles decide. Route by route it is tested beside the API.

use crate::{
    report::{collect_july, days, end, request},
    world::{World, beside_others},
};
use serde_json::json;

#[test]
fn nobody_is_answered_without_a_token_of_the_issuer() {
    let _quiet = beside_others();
    let world = World::new();
    let token = world.token("admin@acme");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    for path in ["/v1/reports", "/v1/controls", "/v1/evidence", "/v1/reports/x", "/v1/evidence/x"] {
        assert_eq!(world.get_with(None, path).status, 401, "{path}");
        assert_eq!(world.get_with(Some(&format!("{signed}.{turned}")), path).status, 401, "{path}");
    }
    assert_eq!(world.get("nobody@acme", "/v1/reports").status, 403);
}

#[test]
fn auditors_read_and_start_nothing() {
    let _quiet = beside_others();
    let world = World::new();
    let report = json!({"framework": "soc2", "period": "2026-07-01"});
    assert_eq!(world.get("auditor@acme", "/v1/controls").status, 200);
    assert_eq!(world.post("auditor@acme", "/v1/reports", None, &report).status, 403);
    assert_eq!(world.post("auditor@acme", "/v1/controls/gone/collect", None, &json!({})).status, 403);
    assert_eq!(world.post("approver@acme", "/v1/controls/gone/collect", None, &json!({})).status, 403);
}

#[test]
fn what_belongs_to_another_tenant_is_not_there() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "acme");
    let run = request(&world, "admin@acme", &days(6, 7), None);
    assert_eq!(end(&world, "admin@acme", &run)["status"], "completed");
    assert_eq!(world.get("admin@globex", &format!("/v1/reports/{run}")).status, 404);
    let listed = world.get("admin@globex", "/v1/reports?limit=200");
    assert!(!listed.body.to_string().contains(&run), "{listed:?}");
}

#[test]
fn the_role_that_auditors_come_through_writes_nothing_but_that_a_link_was_handed_out() {
    let _quiet = beside_others();
    let world = World::new();
    let item = |partition: &str| {
        json!({"TableName": world.at.table, "Item": {"partition": {"S": partition}, "sort": {"S": "probe"},
            "body": {"S": "{}"}}})
    };
    let refused = |partition: &'static str| world.refused(Some("api-read"), "dynamodb", "put_item", &item(partition));
    assert_eq!(refused("nobody/handed-out"), None);
    for partition in ["acme/evidence/gone", "acme/reports", "acme/runs", "acme/outbox", "acme/evidence/handed-out"] {
        assert_eq!(refused(partition).as_deref(), Some("AccessDeniedException"), "{partition}");
    }
    let object = json!({"Bucket": world.at.bucket, "Key": "acme/reports/x", "Body": "x", "IfNoneMatch": "*",
        "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2033-12-31T00:00:00Z"});
    assert_eq!(world.refused(Some("api-read"), "s3", "put_object", &object).as_deref(), Some("AccessDenied"));
    let start = json!({"stateMachineArn": world.at.state_machine, "input": "{}"});
    let refused = world.refused(Some("api-read"), "stepfunctions", "start_execution", &start);
    assert_eq!(refused.as_deref(), Some("AccessDeniedException"));
}
