//! What the finding queries about people and their work say of the rare things that no demo shows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at what is missing")]

mod collecting;
mod judging;

use domain::Outcome;
use judging::judge;
use serde_json::{Value, json};

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date\n";

fn report(users: &[(&str, bool)]) -> Vec<u8> {
    let row = |(user, mfa): &(&str, bool)| {
        format!("{user},arn:{user},2024-01-01T00:00:00+00:00,true,N/A,{mfa},false,N/A,N/A,false,N/A,N/A\n")
    };
    (REPORT.to_owned() + &users.iter().map(row).collect::<String>()).into_bytes()
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn incidents_are_examined_that_were_open_or_due_in_the_period() {
    let incident = |key: &str, opened: &str, resolved: Option<&str>| json!({"key": key, "summary": "s", "priority": 2, "status": "s", "opened_at": opened, "resolved_at": resolved});
    let incidents = json!({"incidents": [
        incident("A closed before", "2026-06-20T00:00:00Z", Some("2026-06-25T00:00:00Z")),
        incident("B due within, closed before", "2026-06-30T12:00:00Z", Some("2026-06-30T13:00:00Z")),
        incident("C opened before, closed late within", "2026-06-20T00:00:00Z", Some("2026-07-02T00:30:00Z")),
        incident("D opened before, still open", "2026-05-20T00:00:00Z", None),
        incident("E opened within", "2026-07-20T00:00:00Z", Some("2026-07-20T01:00:00Z")),
    ]});
    let rows = judge("incident-resolution", &[("ticketing/incidents-2026-07-31.json", bytes(&incidents))]);
    let found: Vec<(&str, Outcome)> = rows.values().map(|row| (&row.subject[..1], row.outcome)).collect();
    assert_eq!(found, [("B", Outcome::Pass), ("C", Outcome::Partial), ("D", Outcome::Fail), ("E", Outcome::Pass)]);
    let late = rows.values().find(|row| row.subject.starts_with('C')).unwrap();
    assert_eq!(late.detail, "Priority 2, resolved after 288.5 hours where 24 are allowed.");
}

#[test]
fn a_leaver_is_found_by_the_whole_address_and_one_without_account_passes_visibly() {
    let person = |name: &str| format!("1,{name},{name}@acme.example,d,t,m,left,2020-01-01,2026-07-01\n");
    let people = "employee_id,name,email,department,title,manager,status,start_date,end_date\n".to_owned()
        + &["ada", "bob", "cyd"].map(person).concat();
    let files = [
        ("hr/people-2026-07-12.csv", people.into_bytes()),
        ("aws-iam/credential-report-2026-07-12.csv", report(&[("Ada@Acme.example", true), ("bob", true)])),
    ];
    let rows = judge("leavers", &files);
    let accounts: Vec<(Outcome, String)> =
        rows.values().map(|row| (row.outcome, serde_json::to_string(&row.values).unwrap())).collect();
    let expected = [(Outcome::Fail, "Ada@Acme.example"), (Outcome::Fail, "bob"), (Outcome::Pass, "no account found")];
    for ((outcome, values), (wanted, account)) in accounts.iter().zip(expected) {
        assert!(*outcome == wanted && values.contains(account), "{outcome:?} {values}");
    }
    assert!(rows.values().all(|row| row.evidence.len() == 2), "{rows:#?}");
    let detail = &rows["ada@acme.example"].detail;
    assert_eq!(detail, "Left on 2026-07-01 and could still sign in, seen on 2026-07-12; it stands.");
}

#[test]
fn reports_are_counted_by_the_day_however_often_a_user_stands_in_them() {
    let users = [("ada", false), ("ada", false)];
    let rows = judge("access-mfa", &[("aws-iam/credential-report-2026-07-12.csv", report(&users))]);
    let wanted = "Can sign in to the console without a second factor, seen in 1 daily report on 2026-07-12; it stands.";
    assert_eq!(rows["ada"].detail, wanted);
}

#[test]
fn a_blank_approver_is_none_and_an_implementer_is_called_one() {
    let change = |key: &str, approver: Option<&str>| {
        json!({"key": key, "summary": "s", "kind": "normal", "service": "s", "requester": "ada@x", "implementer": "bob@x",
            "approver": approver, "status": "approved", "created_at": "2026-07-01T00:00:00Z",
            "approved_at": "2026-07-02T00:00:00Z"})
    };
    let changes = json!({"changes": [
        change("A", Some("  ")), change("B", None), change("C", Some("Bob@X ")), change("D", Some("cyd@x"))]});
    let rows = judge("approval-separation", &[("ticketing/change-requests-2026-07-31.json", bytes(&changes))]);
    let nobody = "The normal change counts as approved and names nobody who approved it.";
    let details: Vec<&str> = rows.values().map(|row| row.detail.as_str()).collect();
    assert_eq!(details, [nobody, nobody, "The normal change was approved by its implementer, bob@x.", ""]);
}

#[test]
fn a_password_policy_is_told_in_numbers_and_in_yes_or_no() {
    let policy = |length: u8| {
        json!({"PasswordPolicy": {"MinimumPasswordLength": length, "RequireSymbols": false, "RequireNumbers": true,
            "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true, "MaxPasswordAge": 120}})
    };
    let files = [
        ("aws-iam/password-policy-2026-07-31.json", bytes(&policy(9))),
        ("aws-iam/password-policy-2026-08-31.json", bytes(&policy(10))),
    ];
    let rows = judge("password-policy", &files);
    let says = |subject: &str, text: &str| assert!(rows[subject].detail.contains(text), "{:?}", rows[subject]);
    says("length of at least 14", "(it says 9)");
    says("a symbol", "(it says no)");
    says("a new password after at most 90 days", "(it says 120)");
    says("none of the last 24 passwords", "(it says nothing)");
    assert_eq!(rows["a digit"].outcome, Outcome::Pass);
}

#[test]
fn a_weakness_is_closed_only_when_the_scanner_said_so() {
    let weakness = |id: &str, severity: &str, status: &str, modified: &str| {
        json!({"finding_info": {"uid": id, "title": "t", "first_seen_time_dt": "2026-06-01T00:00:00Z",
            "modified_time_dt": modified}, "severity": severity, "status": status, "resources": []})
    };
    let first = json!([
        weakness("A", "Critical", "New", "2026-06-01T00:00:00Z"),
        weakness("B", "High", "New", "2026-06-01T00:00:00Z"),
        weakness("C", "High", "New", "2026-06-01T00:00:00Z"),
        weakness("D", "Critical", "Resolved", "2026-06-29T00:00:00Z"),
    ]);
    let second = json!([
        weakness("B", "Critical", "Suppressed", "2026-07-14T00:00:00Z"),
        weakness("C", "High", "Resolved", "2026-07-15T00:00:00Z"),
    ]);
    let files = [
        ("scanner/findings-2026-07-12.ocsf.json", bytes(&first)),
        ("scanner/findings-2026-07-19.ocsf.json", bytes(&second)),
    ];
    let rows = judge("vulnerability-due", &files);
    let details: Vec<&str> = rows.values().map(|row| row.detail.as_str()).collect();
    assert_eq!(
        details,
        [
            "Critical weakness, due on 2026-06-15, open until 2026-07-12; no longer reported.",
            "Critical weakness, due on 2026-06-15, open until 2026-07-12; no longer reported.",
            "High weakness, due on 2026-07-01, open until 2026-07-15; closed since.",
        ]
    );
}

#[test]
fn reviews_and_suppressions_that_are_no_objects_count_for_nothing() {
    let change = json!([{"base": {"repo": {"full_name": "r"}, "ref": "main"}, "number": 1, "title": "t",
        "user": {"login": "ada"}, "head": {"sha": "c"}, "merged_at": "2026-07-10T00:00:00Z",
        "merged_by": {"login": "bob"}, "reviews": ["APPROVED", null, 1, [1]]}]);
    let rows = judge("change-review", &[("source-control/pull-requests-2026-07.json", bytes(&change))]);
    assert_eq!(rows["r#1"].outcome, Outcome::Fail);
    let log = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "s"}}, "results": [
        {"ruleId": "key", "message": {"text": "m"}, "locations": [], "suppressions": ["accepted", null]}]}]});
    let rows = judge("secrets-in-code", &[("scanner/secrets-2026-07-12.sarif", bytes(&log))]);
    assert_eq!(rows["key in an unnamed file, line 0"].outcome, Outcome::Fail);
}

#[test]
fn a_secret_seen_only_in_the_week_that_began_before_the_quarter_is_found() {
    let result = serde_json::json!({
        "ruleId": "aws-key",
        "message": {"text": "A key."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.rs"}, "region": {"startLine": 1}}}],
    });
    let log =
        serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [result]}]});
    let rows = judge("secrets-in-code", &[("scanner/secrets-2026-07-05.sarif", serde_json::to_vec(&log).unwrap())]);
    assert_eq!(rows.len(), 1, "{rows:?}");
}
