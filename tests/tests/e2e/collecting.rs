//! Evidence comes by itself and on request, once, or its absence is recorded.

use crate::{
    log::told,
    report::days,
    world::{World, beside_others, eventually},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn evidence_of(world: &World, who: &str, id: &str) -> Option<Value> {
    let answer = world.get(who, &format!("/v1/evidence/{id}"));
    (answer.status == 200 && answer.body["status"] != "pending").then_some(answer.body)
}

#[test]
fn a_schedule_fires_a_collector_by_itself() {
    let _quiet = beside_others();
    let world = World::new();
    world.invoke("schedule", &json!({}));
    let rules = world.aws("events", "list_rules", json!({"NamePrefix": "exhibit-e2e-control-"}));
    let names = rules["Rules"].as_array().unwrap().iter().map(|rule| rule["Name"].as_str().unwrap().to_owned());
    let names: BTreeSet<_> = names.collect();
    let controls = ["broken", "every-minute", "gone", "second-factor"];
    assert_eq!(names, controls.iter().map(|control| format!("exhibit-e2e-control-{control}")).collect());
    // The rule of this control fires each minute; nobody asks for it.
    let path = "/v1/evidence?control_id=every-minute";
    let found = eventually("the schedule", 150, || {
        let answer = world.get("auditor@globex", path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let items = answer.body["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["status"] == "collected")
    });
    assert_eq!(found["executed_by"], "schedule:exhibit-e2e-control-every-minute");
}

#[test]
fn deploying_the_same_catalog_again_changes_no_rule() {
    let _quiet = beside_others();
    let world = World::new();
    world.invoke("schedule", &json!({}));
    let again = world.invoke("schedule", &json!({}));
    for (change, rules) in [("created", 0), ("changed", 0), ("removed", 0), ("unchanged", 4)] {
        assert_eq!(again[change].as_array().map(Vec::len), Some(rules), "{again}");
    }
}

#[test]
fn evidence_is_collected_when_an_engineer_asks() {
    let _quiet = beside_others();
    let world = World::new();
    let asked =
        world.post("engineer@acme", "/v1/controls/second-factor/collect", None, &json!({"period": "2026-07-03"}));
    assert_eq!(asked.status, 202, "{asked:?}");
    let id = asked.body["evidence"][0].as_str().unwrap().to_owned();
    let found = eventually(&id, 60, || evidence_of(&world, "auditor@acme", &id));
    assert_eq!(found["status"], "collected", "{found}");
    assert_eq!(found["row_count"], 3);
    let (status, document) = world.follow(found["link"]["url"].as_str().unwrap());
    assert_eq!(status, 200);
    assert!(String::from_utf8(document).unwrap().contains("2026-07-03"));
}

#[test]
fn fifty_triggers_of_one_slot_leave_one_evidence_one_object_and_one_event() {
    let _quiet = beside_others();
    let world = World::new();
    let event = json!({"control": "second-factor", "tenants": ["initech"], "period": {"start": "2026-07-25T00:00:00Z",
        "end": "2026-07-26T00:00:00Z"}, "requested_by": "tester@initech.example"});
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| world.send("collect-files", &event));
        }
    });
    let id = "second-factor.aws-iam.2026-07-25";
    let found = eventually(id, 120, || evidence_of(&world, "auditor@initech", id));
    assert_eq!(found["status"], "collected", "{found}");
    // All of them have to have ended, or a late one could still do harm.
    std::thread::sleep(std::time::Duration::from_secs(10));
    let records = world.records("initech/evidence/second-factor");
    assert_eq!(records.iter().filter(|(sort, _)| sort.contains("/2026-07-25/")).count(), 1);
    assert_eq!(world.versions(&format!("initech/evidence/second-factor/{id}/")), (1, 0));
    assert_eq!(told(&world, "initech", "evidence_collected", id), 1);
}

#[test]
fn a_failing_source_ends_as_failed_with_its_reason_and_a_dead_letter() {
    let _quiet = beside_others();
    let world = World::new();
    let asked = world.post("engineer@acme", "/v1/controls/broken/collect", None, &json!({"period": days(4, 5)}));
    assert_eq!(asked.status, 202, "{asked:?}");
    let id = "broken.broken.2026-07-04";
    let letter = eventually("the dead letter", 120, || {
        let of_this = |letter: &Value| letter["requestPayload"]["control"] == "broken";
        world.dead_letters().into_iter().find(of_this)
    });
    assert_eq!(letter["responsePayload"]["errorType"], "InvalidInput", "{letter}");
    let found = evidence_of(&world, "auditor@acme", id).unwrap();
    assert_eq!(found["status"], "failed", "{found}");
    assert_eq!(found["error"], "InvalidInput");
    assert!(found["message"].as_str().unwrap().contains("broken-2026-07-04.csv"), "{found}");
    // Lambda tries three times, as one invocation: what cannot be understood is not asked again.
    assert_eq!(found["attempt"], 1, "{found}");
}
