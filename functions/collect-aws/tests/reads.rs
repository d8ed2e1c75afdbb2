//! Each read: its pages, what it leaves out, and what its rows hold.
#![cfg(test)]

mod support;

use domain::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{
    OWN_ONE, Place, TWO,
    cloud::{Accounts, Cloud, Held, OWN},
    order,
    server::Answer,
};

const ONE: &str = "111122223333";
const OTHER: &str = "444455556666";
const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n\
<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n\
\"ana, maria\",arn:aws:iam::1:user/ana,2021-01-01T00:00:00+00:00,true,2026-06-30T08:00:00+00:00,2026-01-01T00:00:00+00:00,N/A,false,true,2026-05-01T00:00:00+00:00,2026-06-29T07:06:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";

fn own(held: Held) -> Accounts {
    Accounts::from([(OWN.to_owned(), held)])
}

fn both(held: &Held) -> Accounts {
    Accounts::from([(ONE.to_owned(), held.clone()), (OTHER.to_owned(), held.clone())])
}

#[tokio::test]
async fn the_credential_report_is_waited_for_and_comes_of_every_account() {
    let cloud = Cloud::of(both(&Held { report: REPORT.to_owned(), ..Held::default() }));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-credential-report")).await;
    let columns = [
        "user",
        "password_enabled",
        "password_last_used",
        "mfa_active",
        "access_key_1_active",
        "access_key_1_last_used_date",
        "access_key_2_last_rotated",
    ];
    let rows = evidence.cells(&columns);
    let expected = ["<root_account>|||yes|no||", "ana, maria|yes|2026-06-30T08:00:00Z|no|yes|2026-06-29T07:06:00Z|"];
    assert_eq!(rows, [expected, expected].concat());
    // It was begun, it was made, it was there: whatever the number of regions, IAM is asked once in an account.
    assert_eq!((cloud.server.times("GenerateCredentialReport"), cloud.server.times("GetCredentialReport")), (6, 2));
    let iam: Vec<_> = cloud.server.asked().into_iter().filter(|asked| asked.service == "iam").collect();
    assert!(
        iam.iter().all(|asked| asked.region == "us-east-1" && asked.field("Version").as_deref() == Some("2010-05-08"))
    );
    assert!(
        evidence.names().contains(&format!("{ONE}/us-east-1/iam/GetCredentialReport#0003").as_str()),
        "{:?}",
        evidence.names()
    );
}

#[tokio::test]
async fn a_report_that_ends_before_it_is_fetched_is_made_again_and_one_that_never_comes_is_given_up() {
    let held = || own(Held { report: REPORT.to_owned(), ..Held::default() });
    let cloud = Cloud::with(held(), |asked, before| {
        let is_first = asked.operation == "GetCredentialReport" && before == 0;
        is_first.then(|| Answer::xml_error(410, "ReportExpired", "The report has expired"))
    });
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-credential-report")).await;
    assert_eq!((evidence.rows.len(), cloud.server.times("GetCredentialReport")), (2, 2));
    let never = Cloud::with(held(), |asked, _| {
        let started = "<R><GenerateCredentialReportResult><State>STARTED</State></GenerateCredentialReportResult></R>";
        (asked.operation == "GenerateCredentialReport").then(|| Answer::xml(started))
    });
    let mut place = Place::new(&never.server.address).await;
    place.lease = jiff::SignedDuration::from_secs(121);
    let (failure, message) = place.refusal(&order(OWN_ONE, "aws-credential-report")).await;
    assert_eq!(failure, Failure::SourceUnavailable, "{message}");
    assert!(message.contains("no time left") || message.contains("the time for it is over"), "{message}");
}

#[tokio::test]
async fn no_password_policy_is_a_row_and_what_iam_does_not_say_is_null() {
    let policy = "<AllowUsersToChangePassword>true</AllowUsersToChangePassword><RequireUppercaseCharacters>true</RequireUppercaseCharacters><RequireSymbols>false</RequireSymbols><ExpirePasswords>false</ExpirePasswords><PasswordReusePrevention>24</PasswordReusePrevention><RequireLowercaseCharacters>true</RequireLowercaseCharacters><MinimumPasswordLength>14</MinimumPasswordLength><RequireNumbers>true</RequireNumbers><HardExpiry>false</HardExpiry>";
    let with = Held { policy: Some(policy.to_owned()), ..Held::default() };
    let accounts = Accounts::from([(ONE.to_owned(), with), (OTHER.to_owned(), Held::default())]);
    let cloud = Cloud::of(accounts);
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-password-policy")).await;
    let columns = [
        "account",
        "present",
        "minimum_length",
        "require_symbols",
        "require_numbers",
        "max_age",
        "reuse_prevention",
        "allow_change",
    ];
    assert_eq!(evidence.cells(&columns), [format!("{ONE}|yes|14|no|yes||24|yes"), format!("{OTHER}|no||||||")]);
    let absent = format!("{OTHER}/us-east-1/iam/GetAccountPasswordPolicy#NoSuchEntity");
    assert!(evidence.names().contains(&absent.as_str()), "{:?}", evidence.names());
}

fn trail(account: &str, home: &str, name: &str, is_multi: bool) -> Value {
    json!({ "Name": name, "TrailARN": format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}"), "HomeRegion": home,
        "IsMultiRegionTrail": is_multi, "LogFileValidationEnabled": true, "S3BucketName": "b" })
}

#[tokio::test]
async fn a_trail_is_one_row_at_home_and_a_trail_of_the_organisation_one_in_every_account() {
    let everywhere = trail(ONE, "us-east-1", "organisation", true);
    let (here, foreign) = (trail(ONE, "eu-central-1", "here", false), trail(ONE, "ap-south-1", "far", true));
    let mut one = Held::default();
    one.trails.insert("eu-central-1".to_owned(), vec![everywhere.clone(), here.clone(), foreign.clone()]);
    one.trails.insert("us-east-1".to_owned(), vec![everywhere.clone(), foreign.clone()]);
    let status = |time: Value| json!({ "IsLogging": true, "LatestDeliveryTime": time });
    let arn = |trail: &Value| trail["TrailARN"].as_str().unwrap().to_owned();
    one.statuses.insert(arn(&everywhere), status(json!(1_782_907_200.125)));
    one.statuses.insert(arn(&here), json!({ "IsLogging": false, "LatestDeliveryError": "AccessDenied" }));
    one.statuses.insert(arn(&foreign), status(json!("2026-07-01T12:00:00Z")));
    let mut other = Held::default();
    other.trails.insert("us-east-1".to_owned(), vec![everywhere.clone()]);
    other.statuses.insert(arn(&everywhere), status(json!(1_782_907_200)));
    let cloud = Cloud::of(Accounts::from([(ONE.to_owned(), one), (OTHER.to_owned(), other)]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-trail-status")).await;
    let rows = evidence.cells(&[
        "account",
        "region",
        "name",
        "is_logging",
        "latest_delivery_time",
        "latest_delivery_error",
        "is_multi_region",
        "kms_key_id",
    ]);
    let expected = [
        format!("{ONE}|ap-south-1|far|yes|2026-07-01T12:00:00Z||yes|"),
        format!("{ONE}|eu-central-1|here|no||AccessDenied|no|"),
        format!("{ONE}|us-east-1|organisation|yes|2026-07-01T12:00:00.125Z||yes|"),
        format!("{OTHER}|us-east-1|organisation|yes|2026-07-01T12:00:00Z||yes|"),
    ];
    assert_eq!(rows, expected);
    // At home where home is asked, and never in a region that is not declared.
    let of = |name: &str| {
        cloud
            .server
            .asked()
            .into_iter()
            .filter(|asked| asked.operation == "GetTrailStatus" && asked.body.contains(name))
            .map(|asked| asked.region)
            .collect::<Vec<_>>()
    };
    assert_eq!((of("organisation"), of("far")), (vec!["us-east-1".to_owned(); 2], vec!["eu-central-1".to_owned()]));
}

#[tokio::test]
async fn a_trail_that_is_gone_is_no_row_and_one_of_another_account_is_not_dropped() {
    let of = |account: &str| {
        let mut held = Held::default();
        held.trails.insert("eu-central-1".to_owned(), vec![trail(account, "eu-central-1", "t", true)]);
        Cloud::of(own(held))
    };
    let gone = of(OWN);
    let evidence = Place::new(&gone.server.address).await.evidence(&order(OWN_ONE, "aws-trail-status")).await;
    assert!(evidence.rows.is_empty());
    let foreign = of(OTHER);
    let refused = Place::new(&foreign.server.address).await.refusal(&order(OWN_ONE, "aws-trail-status")).await;
    assert!(refused.0 == Failure::InvalidInput && refused.1.contains("another account"), "{refused:?}");
}

fn key(id: &str, manager: &str, spec: &str, origin: &str, state: &str) -> Value {
    json!({ "KeyId": id, "KeyManager": manager, "KeySpec": spec, "Origin": origin, "KeyState": state })
}

#[tokio::test]
async fn rotation_is_asked_only_of_keys_that_may_rotate() {
    let rotates = |is: bool| Answer::json(&json!({ "KeyRotationEnabled": is }));
    let unsupported = Answer::error(400, "UnsupportedOperationException", "no");
    let keys = [
        (key("a-own", "CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS", "Enabled"), rotates(true)),
        (key("b-still", "CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS", "Disabled"), rotates(false)),
        (key("c-aws", "AWS", "SYMMETRIC_DEFAULT", "AWS_KMS", "Enabled"), rotates(true)),
        (key("d-rsa", "CUSTOMER", "RSA_2048", "AWS_KMS", "Enabled"), unsupported.clone()),
        (key("e-brought", "CUSTOMER", "SYMMETRIC_DEFAULT", "EXTERNAL", "Enabled"), unsupported.clone()),
        (key("f-ending", "CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS", "PendingDeletion"), rotates(false)),
        (key("g-odd", "CUSTOMER", "SYMMETRIC_DEFAULT", "AWS_KMS", "Enabled"), unsupported),
    ];
    let at = |(key, answer): (Value, Answer)| {
        (("eu-central-1".to_owned(), key["KeyId"].as_str().unwrap().to_owned()), (key, answer))
    };
    let cloud = Cloud::of(own(Held { keys: keys.map(at).into(), ..Held::default() }));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-key-rotation")).await;
    let rows = evidence.cells(&["key_id", "manager", "state", "rotation_enabled"]);
    let expected = [
        "a-own|CUSTOMER|Enabled|yes",
        "b-still|CUSTOMER|Disabled|no",
        "c-aws|AWS|Enabled|",
        "d-rsa|CUSTOMER|Enabled|",
        "e-brought|CUSTOMER|Enabled|",
        "f-ending|CUSTOMER|PendingDeletion|",
        "g-odd|CUSTOMER|Enabled|",
    ];
    assert_eq!(rows, expected);
    assert_eq!((cloud.server.times("ListKeys"), cloud.server.times("GetKeyRotationStatus")), (4, 3));
}

#[tokio::test]
async fn every_evaluation_of_every_rule_is_a_row() {
    let result = |rule: &str, id: &str, compliance: &str| {
        json!({ "EvaluationResultIdentifier": { "EvaluationResultQualifier": { "ConfigRuleName": rule, "ResourceType": "AWS::S3::Bucket", "ResourceId": id },
            "OrderingTimestamp": 1_782_907_200.0 }, "ComplianceType": compliance })
    };
    let five = ["a", "b", "c", "d", "e"].map(|id| result("locked", id, "COMPLIANT")).to_vec();
    let at = |rule: &str| ("eu-central-1".to_owned(), rule.to_owned());
    let rules = BTreeMap::from([
        (at("locked"), five),
        (at("none"), vec![]),
        (at("open"), vec![result("open", "a", "NON_COMPLIANT")]),
    ]);
    let cloud = Cloud::of(own(Held { rules, ..Held::default() }));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-config-findings")).await;
    let rows = evidence.cells(&["rule", "resource_id", "compliance", "ordered_at"]);
    assert_eq!((rows.len(), rows[5].as_str()), (6, "open|a|NON_COMPLIANT|2026-07-01T12:00:00Z"));
    assert_eq!(cloud.server.times("GetComplianceDetailsByConfigRule"), 5);
}

#[tokio::test]
async fn a_region_where_nothing_is_recorded_is_refused_and_none_passes_for_want_of_rules() {
    let none = || Answer::json(&json!({ "ConfigurationRecordersStatus": [] }));
    let still = Cloud::of(own(Held { still: vec!["eu-central-1".to_owned()], ..Held::default() }));
    let without = Cloud::with(own(Held::default()), move |asked, _| {
        (asked.operation == "DescribeConfigurationRecorderStatus").then(none)
    });
    for cloud in [still, without] {
        let refused = Place::new(&cloud.server.address).await.refusal(&order(OWN_ONE, "aws-config-findings")).await;
        assert!(refused.0 == Failure::InvalidInput && refused.1.contains("no recorder"), "{refused:?}");
        assert!(refused.1.contains("eu-central-1"), "{refused:?}");
    }
}

fn finding(account: &str, region: &str, id: &str, state: &str) -> Value {
    json!({ "Id": id, "ProductArn": format!("arn:aws:securityhub:{region}::product/aws/securityhub"), "ProductName": "Security Hub", "AwsAccountId": account, "Region": region,
        "Title": "Open", "Severity": { "Label": "HIGH", "Normalized": 70 }, "Workflow": { "Status": "NEW" }, "WorkflowState": "NEW", "RecordState": state,
        "Resources": [{ "Id": "arn:a", "Type": "Other" }, { "Id": "arn:b", "Type": "Other" }], "FirstObservedAt": "2026-06-01T00:00:00.000Z", "Compliance": { "Status": "FAILED" } })
}

#[tokio::test]
async fn a_finding_that_several_places_show_is_one_row_of_its_own_place() {
    let mut gathered = Held::default();
    let mut copy = finding(OTHER, "us-east-1", "f9", "ACTIVE");
    copy["Workflow"]["Status"] = "NOTIFIED".into();
    let own = ["f1", "f2", "f3"].map(|id| finding(ONE, "eu-central-1", id, "ACTIVE"));
    gathered.findings.insert(
        "eu-central-1".to_owned(),
        [own.to_vec(), vec![copy, finding(ONE, "eu-central-1", "f4", "ARCHIVED")]].concat(),
    );
    let mut other = Held::default();
    other.findings.insert("us-east-1".to_owned(), vec![finding(OTHER, "us-east-1", "f9", "ACTIVE")]);
    let cloud = Cloud::of(Accounts::from([(ONE.to_owned(), gathered), (OTHER.to_owned(), other)]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-security-findings")).await;
    let rows = evidence.cells(&[
        "account",
        "region",
        "id",
        "severity",
        "workflow",
        "resource",
        "first_observed_at",
        "last_observed_at",
        "compliance",
    ]);
    let row = |account: &str, region: &str, id: &str| {
        format!("{account}|{region}|{id}|HIGH|NEW|arn:a arn:b|2026-06-01T00:00:00Z||FAILED")
    };
    let expected = [
        row(ONE, "eu-central-1", "f1"),
        row(ONE, "eu-central-1", "f2"),
        row(ONE, "eu-central-1", "f3"),
        row(OTHER, "us-east-1", "f9"),
    ];
    assert_eq!(rows, expected);
    assert_eq!(evidence.parameter("filters"), "RecordState EQUALS ACTIVE");
}
