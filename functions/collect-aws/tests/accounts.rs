//! Two accounts in two regions: who asks, whose account it is, what has regions and what has none.
#![cfg(test)]

mod support;

use domain::Failure;
use serde_json::json;
use support::{
    OWN_ONE, Place, TWO,
    cloud::{Accounts, Cloud, Held, OWN},
    order, order_of_type,
    server::Answer,
};

const ONE: &str = "111122223333";
const OTHER: &str = "444455556666";

fn tables(region: &str, names: &[&str]) -> Held {
    let at = |name: &&str| {
        let id = ((*name).to_owned(), json!({ "TableName": name, "DeletionProtectionEnabled": true }));
        ((region.to_owned(), "AWS::DynamoDB::Table".to_owned(), id.0), id.1)
    };
    Held { resources: names.iter().map(at).collect(), ..Held::default() }
}

fn accounts() -> Accounts {
    let mut one = tables("eu-central-1", &["a", "b", "c", "d", "e"]);
    one.resources.extend(tables("us-east-1", &["a"]).resources);
    Accounts::from([(ONE.to_owned(), one), (OTHER.to_owned(), tables("us-east-1", &["a", "z"]))])
}

#[tokio::test]
async fn every_region_of_every_account_is_asked_as_its_role_and_the_bytes_are_the_same_each_time() {
    let cloud = Cloud::of(accounts());
    let order = order(TWO, "aws-tables");
    let evidence = Place::new(&cloud.server.address).await.evidence(&order).await;
    let rows = evidence.cells(&["account", "region", "identifier"]);
    let expected = [
        "1|eu-central-1|a",
        "1|eu-central-1|b",
        "1|eu-central-1|c",
        "1|eu-central-1|d",
        "1|eu-central-1|e",
        "1|us-east-1|a",
        "4|us-east-1|a",
        "4|us-east-1|z",
    ];
    assert_eq!(
        rows,
        expected.map(|row| row.replacen("1|", &format!("{ONE}|"), usize::from(row.starts_with("1"))).replacen(
            "4|",
            &format!("{OTHER}|"),
            usize::from(row.starts_with("4"))
        ))
    );
    assert_eq!(evidence.cells(&["properties"])[0], r#"{"DeletionProtectionEnabled":true,"TableName":"a"}"#);
    assert_eq!(evidence.header.asked.endpoint, "aws:resources/AWS::DynamoDB::Table");
    assert_eq!(evidence.parameter("accounts"), format!("{ONE} {OTHER}"));
    assert_eq!(evidence.parameter("regions"), "eu-central-1 us-east-1");
    assert_eq!(
        evidence.parameter("roles"),
        format!("arn:aws:iam::{ONE}:role/exhibit-read arn:aws:iam::{OTHER}:role/exhibit-read")
    );
    assert_eq!(evidence.parameter("operations"), "cloudcontrolapi:ListResources cloudcontrolapi:GetResource");
    // Five of them are three pages.
    let page = format!("{ONE}/eu-central-1/cloudcontrolapi/ListResources/AWS::DynamoDB::Table#0003");
    assert!(evidence.names().contains(&page.as_str()), "{:?}", evidence.names());
    assert!(evidence.names().contains(&format!("{OTHER}/eu-central-1/sts/GetCallerIdentity").as_str()));
    // Two identities, three and one and one and one pages, eight resources.
    assert_eq!(evidence.raw.len(), 2 + 6 + 8);
    let again = Place::new(&cloud.server.address).await.evidence(&order).await;
    assert_eq!((again.names(), &again.rows), (evidence.names(), &evidence.rows));
    assert!(
        again.raw.iter().zip(&evidence.raw).all(|(left, right)| left.name == right.name && left.bytes == right.bytes)
    );
}

#[tokio::test]
async fn every_request_is_signed_for_its_service_and_region_and_the_session_names_the_slot() {
    let cloud = Cloud::of(accounts());
    Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-tables")).await;
    for asked in cloud.server.asked() {
        let authorization = &asked.headers["authorization"];
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential="), "{authorization}");
        if asked.operation == "AssumeRole" {
            assert_eq!(asked.field("RoleSessionName").unwrap(), "exhibit-a-control.a-source.2026-07-01");
            assert_eq!((asked.service.as_str(), asked.region.as_str(), asked.account()), ("sts", "eu-central-1", OWN));
        } else {
            assert!(asked.headers.contains_key("x-amz-security-token") && asked.account() != OWN, "{asked:?}");
        }
        if asked.service == "cloudcontrolapi" {
            assert_eq!(asked.headers["content-type"], "application/x-amz-json-1.0");
            assert!(asked.headers["x-amz-target"].starts_with("CloudApiService."));
        }
    }
    // One of each role, whatever the number of regions.
    assert_eq!((cloud.server.times("AssumeRole"), cloud.server.times("GetCallerIdentity")), (2, 2));
}

#[tokio::test]
async fn without_accounts_it_is_the_own_one_and_it_says_which() {
    let cloud = Cloud::of(Accounts::from([(OWN.to_owned(), tables("eu-central-1", &["mine"]))]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-tables")).await;
    assert_eq!(evidence.cells(&["account", "identifier"]), [format!("{OWN}|mine")]);
    assert_eq!(evidence.parameter("accounts"), OWN);
    assert!(!evidence.header.asked.parameters.contains_key("roles"));
    assert_eq!(cloud.server.times("AssumeRole"), 0);
}

#[tokio::test]
async fn an_account_that_is_not_the_declared_one_is_refused_before_anything_is_asked_of_it() {
    let cloud = Cloud::of(accounts());
    let declared = "regions = [\"eu-central-1\"]\n[[account]]\nid = \"111122223333\"\n";
    let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(declared, "aws-tables")).await;
    assert!(failure == Failure::InvalidInput && message.contains(ONE) && message.contains(OWN), "{message}");
    assert_eq!(cloud.server.asked().len(), 1);
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_fails_the_slot_and_names_the_account() {
    let cloud = Cloud::with(accounts(), |asked, _| {
        let is_other = asked.operation == "AssumeRole" && asked.field("RoleArn").unwrap().contains(OTHER);
        is_other.then(|| Answer::xml_error(403, "AccessDenied", "not authorized to perform: sts:AssumeRole"))
    });
    let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(TWO, "aws-tables")).await;
    assert!(
        failure == Failure::SourceDenied && message.contains(OTHER) && message.contains("AccessDenied"),
        "{message}"
    );
}

#[tokio::test]
async fn what_has_no_region_is_asked_once_in_an_account() {
    let role = |region: &str| {
        (
            (region.to_owned(), "AWS::IAM::Role".to_owned(), "admin".to_owned()),
            json!({ "RoleName": "admin", "Arn": "arn:aws:iam::1:role/admin" }),
        )
    };
    let held = Held { resources: [role("eu-central-1"), role("us-east-1")].into(), ..Held::default() };
    let cloud = Cloud::of(Accounts::from([(ONE.to_owned(), held.clone()), (OTHER.to_owned(), held)]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order_of_type(TWO, "AWS::IAM::Role")).await;
    let rows = evidence.cells(&["account", "region", "identifier"]);
    assert_eq!(rows, [format!("{ONE}|global|admin"), format!("{OTHER}|global|admin")]);
    assert_eq!(cloud.server.times("ListResources"), 2);
}

#[tokio::test]
async fn what_several_regions_list_is_one_row_where_its_arn_says_it_is() {
    let at =
        |region: &str, arn: &str| ((region.to_owned(), "AWS::X::Y".to_owned(), "y".to_owned()), json!({ "Arn": arn }));
    let global = Held {
        resources: [at("eu-central-1", "arn:aws:x::1:y/y"), at("us-east-1", "arn:aws:x::1:y/y")].into(),
        ..Held::default()
    };
    let regional = Held {
        resources: [at("eu-central-1", "arn:aws:x:eu-central-1:4:y/y"), at("us-east-1", "arn:aws:x:us-east-1:4:y/y")]
            .into(),
        ..Held::default()
    };
    let cloud = Cloud::of(Accounts::from([(ONE.to_owned(), global), (OTHER.to_owned(), regional)]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order_of_type(TWO, "AWS::X::Y")).await;
    let rows = evidence.cells(&["account", "region"]);
    assert_eq!(rows, [format!("{ONE}|global"), format!("{OTHER}|eu-central-1"), format!("{OTHER}|us-east-1")]);
}

#[tokio::test]
async fn a_bucket_is_asked_where_it_is() {
    let of = |names: &[(&str, &str)]| Held {
        buckets: names.iter().map(|(name, region)| ((*name).to_owned(), (*region).to_owned())).collect(),
        ..Held::default()
    };
    let one = of(&[
        ("a", "eu-central-1"),
        ("b", "eu-central-1"),
        ("c", "eu-central-1"),
        ("d", "us-east-1"),
        ("e", "ap-south-1"),
    ]);
    let cloud = Cloud::of(Accounts::from([(ONE.to_owned(), one), (OTHER.to_owned(), of(&[("f", "us-east-1")]))]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(TWO, "aws-buckets")).await;
    let rows = evidence.cells(&["account", "region", "identifier"]);
    let expected = [
        format!("{ONE}|eu-central-1|a"),
        format!("{ONE}|eu-central-1|b"),
        format!("{ONE}|eu-central-1|c"),
        format!("{ONE}|us-east-1|d"),
        format!("{OTHER}|us-east-1|f"),
    ];
    assert_eq!((rows, cloud.server.times("GetResource")), (expected.to_vec(), 5));
    assert_eq!(evidence.parameter("operations"), "s3:ListBuckets cloudcontrolapi:GetResource");
}

#[tokio::test]
async fn values_of_environment_variables_are_nowhere_in_the_document_and_their_names_are() {
    let planted = "pl4nted-s3cret";
    let function = json!({ "FunctionName": "f", "Runtime": "python3.13", "Environment": { "Variables": { "DB_PASSWORD": planted } } });
    let at = ("eu-central-1".to_owned(), "AWS::Lambda::Function".to_owned(), "f".to_owned());
    let held = Held { resources: [(at, function.clone())].into(), ..Held::default() };
    let listed = json!({ "ResourceDescriptions": [{ "Identifier": "f", "Properties": function.to_string() }] });
    let cloud = Cloud::with(Accounts::from([(OWN.to_owned(), held)]), move |asked, _| {
        (asked.operation == "ListResources").then(|| Answer::json(&listed))
    });
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-functions")).await;
    let expected =
        r#"{"Environment":{"Variables":{"DB_PASSWORD":"withheld"}},"FunctionName":"f","Runtime":"python3.13"}"#;
    assert_eq!(evidence.cells(&["properties"]), [expected]);
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(planted);
    assert!(!shown(&evidence.bytes) && evidence.raw.iter().all(|raw| !shown(&raw.bytes)));
    let told = evidence.raw.iter().filter(|raw| String::from_utf8_lossy(&raw.bytes).contains("DB_PASSWORD")).count();
    assert_eq!((told, evidence.parameter("withheld").contains("Environment")), (2, true));
}

#[tokio::test]
async fn a_source_in_two_partitions_is_refused() {
    let source = "regions = [\"eu-central-1\", \"cn-north-1\"]\n";
    let cloud = Cloud::of(accounts());
    let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(source, "aws-tables")).await;
    assert!(failure == Failure::InvalidInput && message.contains("partitions"), "{message}");
    assert!(cloud.server.asked().is_empty());
}

const CHILD: &str = "EXHIBIT_TEST_CHILD";

/// What a process with this environment, and no other, collects.
fn process(environment: &[(&str, &str)]) -> String {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_process_with_an_environment_of_its_own", "--nocapture"]).env_clear();
    child.env(CHILD, "1").env("AWS_EC2_METADATA_DISABLED", "true").envs(environment.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

// Run by the next test, in a process of its own: an environment is all of a process's.
#[tokio::test]
async fn a_process_with_an_environment_of_its_own() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let place = Place::of(aws_source::Identities::of_environment());
    match place.collect(&order(OWN_ONE, "aws-tables")).await {
        collecting::Outcome::Collected { record, .. } => println!("{:?}", record.state),
        other => println!("{other:?}"),
    }
}

#[tokio::test]
async fn on_one_machine_the_environment_says_who_asks_and_where_and_what_is_missing_is_said() {
    let cloud = Cloud::of(Accounts::from([(OWN.to_owned(), tables("eu-central-1", &["mine"]))]));
    let endpoint = ("AWS_ENDPOINT_URL", cloud.server.address.as_str());
    let key = format!("AKIA{OWN}");
    let known = process(&[endpoint, ("AWS_ACCESS_KEY_ID", &key), ("AWS_SECRET_ACCESS_KEY", "x")]);
    assert!(known.contains("row_count: 1"), "{known}");
    let before = cloud.server.asked().len();
    let unknown = process(&[endpoint]);
    assert!(unknown.contains("InvalidInput") && unknown.contains("AWS_PROFILE"), "{unknown}");
    assert_eq!(cloud.server.asked().len(), before);
}
