//! What was done enters the log by itself, once, under a signature of KMS; nobody else can sign.

use crate::{
    locks::FUNCTIONS,
    report::{collect_july, days, end, request, verification_key},
    world::{World, alone, beside_others, eventually},
};
use custody_log::{SignedCheckpoint, TileName, Trust, split};
use domain::{CustodyEvent, EvidenceRecord, EvidenceState};
use serde_json::json;
use std::collections::BTreeSet;

const PARTITIONS: [&str; 2] = ["outbox", "handed-out"];

/// The entries of a tenant's log as the API gives them, under the newest checkpoint, whose signature is KMS' own.
fn entries(world: &World, tenant: &str) -> Vec<CustodyEvent> {
    let who = format!("auditor@{tenant}");
    let (status, note) = world.bytes(&who, "/v1/log/checkpoint");
    if status == 404 {
        return Vec::new();
    }
    let trust = Trust { keys: vec![verification_key(world, tenant)], witnesses: Vec::new() };
    let opened = SignedCheckpoint::read(&note).unwrap().open(&trust).unwrap();
    let mut found = Vec::new();
    for name in TileName::entries_of(opened.checkpoint.size) {
        let (status, bundle) = world.bytes(&who, &format!("/v1/log/{name}"));
        assert_eq!(status, 200, "{name}");
        found.extend(split(&bundle).unwrap().into_iter().map(|entry| serde_json::from_slice(entry).unwrap()));
    }
    assert_eq!(found.len() as u64, opened.checkpoint.size);
    found
}

fn waiting(world: &World, tenant: &str) -> Vec<CustodyEvent> {
    let of = |partition: &str| world.records(&format!("{tenant}/{partition}"));
    PARTITIONS
        .iter()
        .flat_map(|partition| of(partition))
        .map(|(_, body)| serde_json::from_value(body).unwrap())
        .collect()
}

/// How many events of that kind tell of `id`: waiting, or in the log. What waits is read first, so that none is missed while it moves.
pub fn told(world: &World, tenant: &str, kind: &str, id: &str) -> usize {
    let waiting = waiting(world, tenant);
    let mut all = entries(world, tenant);
    all.extend(waiting.into_iter().filter(|event| !all.contains(event)).collect::<Vec<_>>());
    let name = format!("{}/{id}", kind.replace('_', "-"));
    all.iter().filter(|event| event.name() == name).count()
}

fn names(events: &[CustodyEvent]) -> Vec<String> {
    events.iter().map(CustodyEvent::name).collect()
}

#[test]
fn what_was_done_is_in_the_log_within_two_minutes_each_event_once() {
    let _alone = alone();
    let world = World::new();
    let before = entries(&world, "globex").len();
    collect_july(&world, "globex");
    let run = request(&world, "approver@globex", &days(7, 9), None);
    assert_eq!(end(&world, "auditor@globex", &run)["status"], "completed");
    let done = names(&waiting(&world, "globex"));
    let mut entered = Vec::new();
    eventually("the log", 120, || {
        entered = names(&entries(&world, "globex"));
        done.iter().all(|name| entered.contains(name)).then_some(())
    });
    assert!(entered.len() > before);
    eventually("empty outboxes", 180, || {
        ["acme", "globex", "initech"].iter().all(|tenant| waiting(&world, tenant).is_empty()).then_some(())
    });
    let entered = entries(&world, "globex");
    let once: BTreeSet<String> = names(&entered).into_iter().collect();
    assert_eq!(once.len(), entered.len());
    for name in [format!("report-requested/{run}"), format!("report-verified/{run}")] {
        assert!(once.contains(&name), "{name}: {once:?}");
    }
    // What was seen of whoever asked, which key signs, what is due.
    for kind in ["role-changed/", "key-rotated/", "slots-committed/second-factor/"] {
        assert!(once.iter().any(|name| name.starts_with(kind)), "{kind}: {once:?}");
    }
    for (_, record) in world.records("globex/evidence/second-factor") {
        let record: EvidenceRecord = serde_json::from_value(record).unwrap();
        let (id, collected) = (record.slot.evidence_id(), matches!(record.state, EvidenceState::Collected(_)));
        assert_eq!(once.contains(&format!("evidence-collected/{id}")), collected, "{record:?}");
    }
}

#[test]
fn many_that_seal_at_once_leave_one_log() {
    let _quiet = beside_others();
    let world = World::new();
    collect_july(&world, "initech");
    std::thread::sleep(std::time::Duration::from_secs(6));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| world.invoke("seal", &json!({})));
        }
    });
    let entered = names(&entries(&world, "initech"));
    assert_eq!(entered.iter().collect::<BTreeSet<_>>().len(), entered.len(), "{entered:?}");
    assert!(entered.contains(&"evidence-collected/second-factor.aws-iam.2026-07-01".to_owned()), "{entered:?}");
}

#[test]
fn a_sealer_killed_at_one_of_its_calls_loses_and_doubles_nothing() {
    let _alone = alone();
    let world = World::new();
    let function = world.name("seal");
    let ask = |who: &str| drop(request(&world, who, &days(1, 2), None));
    // The first time seals what others left waiting: how many calls one request costs shows the second time.
    let undisturbed = || {
        world.pull("interrupt", &json!({"function": function, "call": 1_u64 << 40, "after": false}));
        ask("admin@globex");
        std::thread::sleep(std::time::Duration::from_secs(6));
        crate::report::seal(&world);
        world.seen().0.len()
    };
    let calls = undisturbed().min(undisturbed());
    // Each call in both forms is tested beside the stores (tests/tests/custody.rs); here a sample, with the process gone.
    for call in (1..=calls as u64).step_by(calls.div_ceil(6)) {
        ask("admin@globex");
        std::thread::sleep(std::time::Duration::from_secs(6));
        world.pull("interrupt", &json!({"function": function, "call": call, "after": call % 2 == 0}));
        world.send("seal", &json!({}));
        eventually(&format!("the kill at call {call} of {calls}"), 90, || (world.seen().1 >= 1).then_some(()));
        world.pull("interrupt", &json!({}));
        let entered = names(&entries(&world, "globex"));
        assert_eq!(entered.iter().collect::<BTreeSet<_>>().len(), entered.len(), "{entered:?}");
    }
    let waiting = names(&waiting(&world, "globex"));
    crate::report::seal(&world);
    let entered = names(&entries(&world, "globex"));
    assert!(waiting.iter().all(|name| entered.contains(name)), "{waiting:?}");
    assert_eq!(entered.iter().collect::<BTreeSet<_>>().len(), entered.len(), "{entered:?}");
}

#[test]
fn nobody_signs_but_the_function_that_seals() {
    let _quiet = beside_others();
    let world = World::new();
    let arguments = json!({"KeyId": world.at.signing_key, "Message": "another log", "MessageType": "RAW",
        "SigningAlgorithm": "ED25519_SHA_512"});
    let refused = |function| world.refused(function, "kms", "sign", &arguments);
    for function in FUNCTIONS.into_iter().filter(|function| *function != "seal") {
        assert_eq!(refused(Some(function)).as_deref(), Some("AccessDeniedException"), "{function}");
    }
    assert_eq!(refused(Some("seal")), None);
    // Not even by whoever may do everything else.
    assert_eq!(refused(None).as_deref(), Some("AccessDeniedException"));
}

#[test]
fn the_function_that_seals_writes_nothing_that_is_only_named_like_the_log() {
    let _quiet = beside_others();
    let world = World::new();
    let item = |partition: &str| json!({"TableName": world.at.table, "Item": {"partition": {"S": partition}, "sort": {"S": "probe"}, "body": {"S": "{}"}}});
    for partition in [
        "acme/evidence/gone",
        "acme/evidence/outbox",
        "acme/evidence/log",
        "acme/runs",
        "acme/reports",
        "acme/commitments",
    ] {
        let refused = world.refused(Some("seal"), "dynamodb", "put_item", &item(partition));
        assert_eq!(refused.as_deref(), Some("AccessDeniedException"), "{partition}");
    }
    for key in ["acme/evidence/log/x/1.json", "acme/evidence/gone/x/1.json", "acme/reports/soc2/2026/x/report.pdf"] {
        let object = json!({"Bucket": world.at.bucket, "Key": key, "Body": "x", "IfNoneMatch": "*",
            "ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2033-12-31T00:00:00Z"});
        assert_eq!(world.refused(Some("seal"), "s3", "put_object", &object).as_deref(), Some("AccessDenied"), "{key}");
    }
    let gone = json!({"TableName": world.at.table, "Key": {"partition": {"S": "acme/log"}, "sort": {"S": "head"}}});
    let refused = world.refused(Some("seal"), "dynamodb", "delete_item", &gone);
    assert_eq!(refused.as_deref(), Some("AccessDeniedException"));
}

#[test]
fn the_key_that_the_api_tells_is_the_one_in_kms() {
    let _quiet = beside_others();
    let world = World::new();
    let told = world.get("auditor@acme", "/v1/log/key");
    assert_eq!(told.body["keys"], json!([verification_key(&world, "acme").to_string()]), "{told:?}");
    for path in ["/v1/log/checkpoint", "/v1/log/tile/0/000", "/v1/log/key"] {
        assert_eq!(world.get_with(None, path).status, 401, "{path}");
    }
    assert_eq!(world.get("auditor@acme", "/v1/log/tile/0/999").status, 404);
}
