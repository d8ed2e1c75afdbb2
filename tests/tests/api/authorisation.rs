//! Who may ask what: route by route, role by role, tenant by tenant.

use crate::{
    Served,
    served::{Answer, Asked},
};
use api::{Listing, Role, Run};
use serde_json::Value;
use storage::FaultHook;
use tests::Fixture;

use Role::{Admin, Approver, Auditor, Engineer};

/// One route, asked so that it is done, the status of that, and who may. Written out here, so that a change of the code's own table shows.
struct Case {
    method: &'static str,
    path: String,
    body: Option<Value>,
    done: u16,
    may: &'static [Role],
}

fn cases(served: &Served, run: &str) -> Vec<Case> {
    let (window, size) = (served.fixture.window.to_string(), served.seal_log());
    let get = |path: &str| Case {
        method: "GET",
        path: path.to_owned(),
        body: None,
        done: 200,
        may: &[Admin, Engineer, Approver, Auditor],
    };
    let post =
        |path: &str, body: Value, may| Case { method: "POST", path: path.to_owned(), body: Some(body), done: 202, may };
    let put =
        |path: &str, body: Value, done, may| Case { method: "PUT", path: path.to_owned(), body: Some(body), done, may };
    let digest = domain::Digest::of(b"\"a part\"");
    // Sent as JSON, which a gateway may change: so with what it has to be.
    let handed_in = format!("{HANDED_IN}&sha256={}", domain::Digest::of(b"\"a policy\""));
    vec![
        put(&handed_in, Value::from("a policy"), 200, &[Admin, Engineer]),
        get("/v1/evidence/uploads"),
        put(&format!("/v1/evidence/parts/{digest}/{digest}"), Value::from("a part"), 204, &[Admin, Engineer]),
        get("/v1/evidence/uploads/policies/access-policy/1"),
        put(
            "/v1/evidence/uploads/policies/change-policy/1/decision",
            serde_json::json!({"decision": "approved"}),
            200,
            &[Admin, Approver],
        ),
        get("/v1/reports"),
        get(run),
        get("/v1/controls"),
        get("/v1/evidence?control_id=second-factor"),
        get("/v1/evidence/second-factor.aws-iam.2026-07-01"),
        get("/v1/log/checkpoint"),
        get(&format!("/v1/log/tile/entries/000.p/{size}")),
        get("/v1/log/key"),
        post("/v1/reports", serde_json::json!({"framework": "soc2", "period": window}), &[Admin, Engineer, Approver]),
        post("/v1/controls/second-factor/collect", serde_json::json!({"period": "2026-07-01"}), &[Admin, Engineer]),
    ]
}

const HANDED_IN: &str = "/v1/evidence/uploads?source=policies&document=access-policy";

// One document of whoever asks, and one of somebody else to decide about.
fn hand_in(served: &Served) {
    let kind = "application/octet-stream";
    let own = served.put(HANDED_IN, "ana@acme.example", b"\"a policy\"", kind);
    let of_another = HANDED_IN.replace("access-policy", "change-policy");
    let other = served.put(&of_another, "bo@acme.example", b"another policy", kind);
    assert_eq!((own.status, other.status), (201, 201));
}

fn ask(served: &Served, case: &Case, token: Option<String>) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned())];
    let body = case.body.as_ref().map(|body| body.to_string().into_bytes());
    served.ask(Asked { method: case.method, path: case.path.clone(), token, headers, body })
}

fn finished(served: &Served) -> String {
    let run: Run = served.report().read();
    run.address()
}

#[test]
fn each_route_is_done_for_its_roles_and_for_nobody_else() {
    let served = Served::new(1);
    hand_in(&served);
    let cases = cases(&served, &finished(&served));
    assert_eq!(cases.len(), api::ROUTES.len());
    for case in cases {
        let named = format!("{} {}", case.method, case.path);
        for role in Role::ALL {
            let expected = if case.may.contains(&role) { case.done } else { 403 };
            assert_eq!(ask(&served, &case, Some(served.token(&[role]))).status, expected, "{named} as {role}");
        }
        assert_eq!(ask(&served, &case, Some(served.token(&[]))).status, 403, "{named} without a role");
        assert_eq!(ask(&served, &case, Some(served.token(&Role::ALL))).status, case.done, "{named} with all");
    }
}

#[test]
fn nobody_is_answered_without_a_token_that_holds() {
    let served = Served::new(1);
    let other = Fixture::new(1);
    let elsewhere = exhibit::serving::SigningKey::of(&other.folder).unwrap();
    let foreign = {
        let now = served.home.clock.now();
        let identity = api::Identity {
            tenant: "acme".parse().unwrap(),
            subject: "ana".parse().unwrap(),
            roles: Role::ALL.into_iter().collect(),
        };
        exhibit::serving::Claims::new(identity, now, now + jiff::SignedDuration::from_hours(1)).sign(&elsewhere)
    };
    let good = served.token(&Role::ALL);
    let tokens = [
        None,
        Some(String::new()),
        Some(served.token_of("acme", "ana", &Role::ALL, -1)),
        Some(foreign),
        Some(good.replacen('.', ".e", 1)),
        Some(good[..good.len() - 2].to_owned()),
        Some("x.y.z".to_owned()),
    ];
    for case in cases(&served, &finished(&served)) {
        for token in &tokens {
            let answer = ask(&served, &case, token.clone());
            assert_eq!(answer.status, 401, "{} {} with {token:?}", case.method, case.path);
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
    let basic = vec![("authorization", format!("Basic {good}"))];
    let asked = Asked { method: "GET", path: "/v1/reports".to_owned(), headers: basic, ..Asked::default() };
    assert_eq!(served.ask(asked).status, 401);
}

#[test]
fn another_tenants_things_are_not_there() {
    let served = Served::new(1);
    hand_in(&served);
    let cases = cases(&served, &finished(&served));
    let foreign = || Some(served.token_of("globex", "gil@globex.example", &Role::ALL, 1));
    let expected = |case: &Case| match (case.method, case.path.as_str()) {
        ("GET", "/v1/reports" | "/v1/controls" | "/v1/evidence?control_id=second-factor" | "/v1/evidence/uploads") => {
            200
        }
        ("GET", _) => 404,
        // A data directory has one tenant, and its sources are that tenant's.
        _ => 422,
    };
    for case in &cases {
        let answer = ask(&served, case, foreign());
        assert_eq!(answer.status, expected(case), "{} {}", case.method, case.path);
        let text = answer.text();
        assert!(!text.contains("ana@acme.example") && !text.contains("acme/") && !text.contains("digest"), "{text}");
    }
    let controls =
        served.ask(Asked { method: "GET", path: "/v1/controls".to_owned(), token: foreign(), ..Asked::default() });
    let controls: Listing<api::Control> = controls.read();
    assert!(controls.items.iter().all(|control| control.coverage.collected == 0 && control.last_collection.is_none()));
}

#[test]
fn a_cursor_of_another_tenant_is_refused() {
    let served = Served::new(2);
    let page = served.get("/v1/evidence?control_id=gone&limit=1").json();
    let path = format!("/v1/evidence?control_id=gone&limit=1&cursor={}", page["next"].as_str().unwrap());
    let ask =
        |token| served.ask(Asked { method: "GET", path: path.clone(), token: Some(token), ..Asked::default() }).status;
    assert_eq!(ask(served.token(&[Auditor])), 200);
    assert_eq!(ask(served.token_of("globex", "gil", &[Auditor], 1)), 400);
}

#[test]
fn what_is_refused_changes_nothing() {
    let fixture = Fixture::new(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let home = fixture.home(FaultHook::none());
    let served = Served::over(fixture, home, runtime);
    for case in cases(&served, "/v1/reports/none") {
        ask(&served, &case, Some(served.token(&[])));
        ask(&served, &case, None);
        ask(&served, &case, Some(served.token_of("globex", "gil", &Role::ALL, 1)));
    }
    let kept = &served.home.storage.custodian;
    let events = served.runtime.block_on(kept.waiting_events(&served.home.tenant)).unwrap();
    assert!(events.is_empty(), "{events:?}");
    assert!(served.runtime.block_on(kept.runs(&served.home.tenant)).unwrap().is_empty());
}
