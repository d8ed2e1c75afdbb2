//! Roles that somebody acts with are told once for each change.

use crate::{custodian::now, on_every_variant};
use domain::{Actor, EventKind};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use storage::{Fault, FaultHook, Storage};
use tests::Ground;

on_every_variant! {
    roles_are_told_when_they_are_new_and_when_they_change
    of_many_who_see_the_same_roles_at_once_one_tells
    a_lost_answer_is_no_second_change
}

fn ana() -> Actor {
    "ana@acme.example".parse().unwrap()
}

async fn seen(storage: &Storage, ground: &Ground, roles: &[&str]) -> bool {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    storage.custodian.role_seen(&ground.tenant, &ana(), &roles, now()).await.unwrap()
}

async fn told(storage: &Storage, ground: &Ground) -> Vec<(String, Vec<String>)> {
    let events = storage.custodian.waiting_events(&ground.tenant).await.unwrap();
    let of = |kind| match kind {
        EventKind::RoleChanged { token, subject, roles, until: None } if subject == ana() => (token, roles),
        other => panic!("{other:?}"),
    };
    let mut told: Vec<_> = events.into_iter().map(|event| of(event.kind)).collect();
    told.sort();
    told
}

async fn roles_are_told_when_they_are_new_and_when_they_change(ground: &Ground) {
    let storage = ground.open();
    assert!(seen(&storage, ground, &["engineer"]).await);
    assert!(!seen(&storage, ground, &["engineer"]).await);
    assert!(seen(&storage, ground, &["admin", "engineer"]).await);
    // What was taken away and given back are two changes.
    assert!(seen(&storage, ground, &["engineer"]).await);
    let told: Vec<String> =
        told(&storage, ground).await.into_iter().map(|(token, roles)| format!("{token} {}", roles.join(" "))).collect();
    assert_eq!(
        told,
        ["ana@acme.example/1 engineer", "ana@acme.example/2 admin engineer", "ana@acme.example/3 engineer"]
    );
}

async fn of_many_who_see_the_same_roles_at_once_one_tells(ground: &Ground) {
    let storage = ground.open();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (storage, tenant) = (storage.clone(), ground.tenant.clone());
        let roles = vec!["approver".to_owned()];
        running.spawn(async move { storage.custodian.role_seen(&tenant, &ana(), &roles, now()).await });
    }
    let ended = running.join_all().await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    assert_eq!(told(&storage, ground).await.len(), 1);
}

async fn a_lost_answer_is_no_second_change(ground: &Ground) {
    let armed = Arc::new(AtomicBool::new(true));
    let lost = Arc::clone(&armed);
    let hook = FaultHook::new(move |operation| {
        (operation.name == "table.transact" && lost.swap(false, Ordering::SeqCst)).then_some(Fault::AnswerLost)
    });
    let storage = ground.open_with_faults(hook);
    let roles = ["auditor".to_owned()];
    assert!(storage.custodian.role_seen(&ground.tenant, &ana(), &roles, now()).await.is_err());
    assert!(!seen(&storage, ground, &["auditor"]).await);
    assert_eq!(told(&storage, ground).await.len(), 1);
}
