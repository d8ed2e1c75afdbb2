//! Evidence comes by itself and on request, once, or its absence is recorded.

use crate::{
    report::days,
    world::{World, beside_others, eventually},
};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The items of a partition of the table.
async fn partition(world: &World, name: &str) -> Vec<(String, Value)> {
    let request = world.dynamodb.query().table_name(&world.at.table);
    let request = request.key_condition_expression("#p = :p").expression_attribute_names("#p", "partition");
    let request = request.expression_attribute_values(":p", AttributeValue::S(name.to_owned()));
    let items = request.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let text =
        |item: &std::collections::HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    items.iter().map(|item| (text(item, "sort"), serde_json::from_str(&text(item, "body")).unwrap())).collect()
}

async fn evidence_of(world: &World, who: &str, id: &str) -> Option<Value> {
    let answer = world.get(who, &format!("/v1/evidence/{id}"));
    (answer.status == 200 && answer.body["status"] != "pending").then_some(answer.body)
}

#[tokio::test]
async fn a_schedule_fires_a_collector_by_itself() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    world.invoke(&world.name("schedule"), &json!({})).await.unwrap();
    let rules = world.events.list_rules().name_prefix("exhibit-e2e-control-").send().await.unwrap();
    let names: BTreeSet<_> = rules.rules().iter().filter_map(|rule| rule.name()).map(str::to_owned).collect();
    let controls = ["broken", "every-minute", "gone", "second-factor"];
    assert_eq!(names, controls.iter().map(|control| format!("exhibit-e2e-control-{control}")).collect());
    // The rule of this control fires each minute; nobody asks for it.
    let path = "/v1/evidence?control_id=every-minute";
    let found = eventually("the schedule", 150, async || {
        let answer = world.get("auditor@globex", path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let items = answer.body["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["status"] == "collected")
    })
    .await;
    assert_eq!(found["executed_by"], "schedule:exhibit-e2e-control-every-minute");
}

#[tokio::test]
async fn deploying_the_same_catalog_again_changes_no_rule() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    world.invoke(&world.name("schedule"), &json!({})).await.unwrap();
    let again = world.invoke(&world.name("schedule"), &json!({})).await.unwrap();
    for change in ["created", "changed", "removed"] {
        assert!(again[change].as_array().is_none_or(Vec::is_empty), "{again}");
    }
}

#[tokio::test]
async fn evidence_is_collected_when_an_engineer_asks() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    let asked =
        world.post("engineer@acme", "/v1/controls/second-factor/collect", None, &json!({"period": "2026-07-03"}));
    assert_eq!(asked.status, 202, "{asked:?}");
    let id = asked.body["evidence"][0].as_str().unwrap().to_owned();
    let found = eventually(&id, 60, async || evidence_of(&world, "auditor@acme", &id).await).await;
    assert_eq!(found["status"], "collected", "{found}");
    assert_eq!(found["row_count"], 3);
    let (status, document) = world.follow(found["link"]["url"].as_str().unwrap());
    assert_eq!(status, 200);
    assert!(String::from_utf8(document).unwrap().contains("2026-07-03"));
}

#[tokio::test]
async fn fifty_triggers_of_one_slot_leave_one_evidence_one_object_and_one_event() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    let event = json!({"control": "second-factor", "tenants": ["initech"], "period": {"start": "2026-07-25T00:00:00Z",
        "end": "2026-07-26T00:00:00Z"}, "requested_by": "tester@initech.example"});
    let sent: Vec<_> = (0..50).map(|_| world.send("collect-files", &event)).collect();
    futures_util::future::join_all(sent).await;
    let id = "second-factor.aws-iam.2026-07-25";
    let found = eventually(id, 120, async || evidence_of(&world, "auditor@initech", id).await).await;
    assert_eq!(found["status"], "collected", "{found}");
    // All of them have to have ended, or a late one could still do harm.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let records = partition(&world, "initech/evidence/second-factor").await;
    assert_eq!(records.iter().filter(|(sort, _)| sort.contains("/2026-07-25/")).count(), 1);
    let prefix = format!("initech/evidence/second-factor/{id}/");
    let listed = world.s3.list_object_versions().bucket(&world.at.bucket).prefix(&prefix).send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (1, 0));
    let events = partition(&world, "initech/outbox").await;
    let of_this = events.iter().filter(|(sort, _)| sort.ends_with(&format!("/evidence-collected/{id}")));
    assert_eq!(of_this.count(), 1);
}

#[tokio::test]
async fn a_failing_source_ends_as_failed_with_its_reason_and_a_dead_letter() {
    let _quiet = beside_others().await;
    let world = World::new().await;
    let asked = world.post("engineer@acme", "/v1/controls/broken/collect", None, &json!({"period": days(4, 5)}));
    assert_eq!(asked.status, 202, "{asked:?}");
    let id = "broken.broken.2026-07-04";
    let letter = eventually("the dead letter", 120, async || {
        let of_this = |letter: &Value| letter["requestPayload"]["control"] == "broken";
        world.dead_letters().into_iter().find(of_this)
    })
    .await;
    assert_eq!(letter["responsePayload"]["errorType"], "InvalidInput", "{letter}");
    let found = evidence_of(&world, "auditor@acme", id).await.unwrap();
    assert_eq!(found["status"], "failed", "{found}");
    assert_eq!(found["error"], "InvalidInput");
    assert!(found["message"].as_str().unwrap().contains("broken-2026-07-04.csv"), "{found}");
    // It is retried by policy: each try is recorded.
    assert_eq!(found["attempt"], 3, "{found}");
}
