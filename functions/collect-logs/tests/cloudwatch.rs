//! CloudWatch Logs Insights in two accounts and two regions: queries that complete, or nothing.
#![cfg(test)]

mod support;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_source::Identities;
use domain::Failure;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use support::{Answer, Asked, Place, SECRET, Server, order, try_order};

const TWO: &str = "engine = \"cloudwatch\"\nregions = [\"eu-central-1\", \"us-east-1\"]\n\
    [[account]]\nid = \"111122223333\"\nrole = \"arn:aws:iam::111122223333:role/exhibit-read\"\n\
    [[account]]\nid = \"444455556666\"\nrole = \"arn:aws:iam::444455556666:role/exhibit-read\"\n";
const ONE: &str = "engine = \"cloudwatch\"\nregions = [\"eu-central-1\"]\n";
const QUERY: &str = "[logs]\nplace = [\"/hosts/secure\"]\ntext = '''\nfilter @message like /sudo: it's/\n| stats count(*) as commands by person\n| limit 5000\n'''\n\
    [[column]]\nname = \"account\"\nkind = \"text\"\n[[column]]\nname = \"region\"\nkind = \"text\"\n\
    [[column]]\nname = \"person\"\nkind = \"text\"\nrequired = false\n[[column]]\nname = \"commands\"\nkind = \"integer\"\n";

/// A request to AWS: who asks, where, and what for.
struct Call {
    account: String,
    region: String,
    operation: String,
    body: Value,
}

impl Call {
    fn of(asked: &Asked) -> Self {
        let scope = asked.header("authorization").split("Credential=").nth(1).unwrap().split(',').next().unwrap();
        let parts: Vec<&str> = scope.split('/').collect();
        let operation = asked.header("x-amz-target").strip_prefix("Logs_20140328.").map(str::to_owned);
        Self {
            account: parts[0][4..16].to_owned(),
            region: parts[2].to_owned(),
            operation: operation.or_else(|| asked.field("Action")).unwrap(),
            body: serde_json::from_str(&asked.body).unwrap_or_default(),
        }
    }
}

/// Answers `GetQueryResults` the so-many-th time, in that account and region.
type Results = dyn Fn(&Call, usize) -> Value + Send + Sync;

/// What was asked of Logs, by account and region.
type Log = Arc<Mutex<Vec<String>>>;

fn cloud(
    trouble: impl Fn(&Call, usize) -> Option<Answer> + Send + Sync + 'static,
    results: impl Fn(&Call, usize) -> Value + Send + Sync + 'static,
) -> (Server, Log) {
    let (log, counts) = (Log::default(), Mutex::new(BTreeMap::<String, usize>::new()));
    let kept = Arc::clone(&log);
    let results: Box<Results> = Box::new(results);
    let server = Server::start(move |asked, _| {
        let call = Call::of(asked);
        let name = format!("{}/{}/{}", call.account, call.region, call.operation);
        let before = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(name.clone()).or_default();
            *count += 1;
            *count - 1
        };
        kept.lock().unwrap().push(name);
        trouble(&call, before).unwrap_or_else(|| answer(asked, &call, before, &results))
    });
    (server, log)
}

fn answer(asked: &Asked, call: &Call, before: usize, results: &Results) -> Answer {
    match call.operation.as_str() {
        "AssumeRole" => assumed(&asked.field("RoleArn").unwrap()),
        "GetCallerIdentity" => Answer::of(
            "text/xml",
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
                call.account
            ),
        ),
        "StartQuery" => {
            assert_eq!(
                (&call.body["startTime"], &call.body["endTime"]),
                (&json!(1_782_864_000), &json!(1_782_950_400))
            );
            assert_eq!(call.body["limit"], 10_000);
            Answer::json(json!({ "queryId": format!("{}-{}", call.account, call.region) }).to_string())
        }
        "GetQueryResults" => {
            assert_eq!(call.body["queryId"], format!("{}-{}", call.account, call.region));
            Answer::json(results(call, before).to_string())
        }
        "StopQuery" => Answer::json("{\"success\":true}"),
        other => panic!("{other}"),
    }
}

fn assumed(role: &str) -> Answer {
    let account = role.split(':').nth(4).unwrap();
    Answer::of(
        "text/xml",
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>\
         <SecretAccessKey>{SECRET_OF_ROLE}</SecretAccessKey><SessionToken>token-{SECRET_OF_ROLE}</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration></Credentials>\
         <AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

const SECRET_OF_ROLE: &str = "hunter2-sEcr3t-of-a-role";

async fn place(server: &Server) -> Place {
    let config: SdkConfig = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(&server.address)
        .region(Region::from_static("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::new("AKIA999988887777", SECRET, None, None, "test"))
        .load()
        .await;
    let mut place = Place::new();
    place.collector.identities = Identities::of(config);
    place
}

fn result(person: &str, commands: u64) -> Value {
    let field = |name: &str, value: &str| json!({ "field": name, "value": value });
    json!([field("person", person), field("commands", &commands.to_string()), field("@ptr", "CmEKJgoi")])
}

fn complete(results: Vec<Value>) -> Value {
    let statistics = json!({ "recordsMatched": 7.0, "recordsScanned": 1_000_000.0, "bytesScanned": 123_456_789.0, "logGroupsScanned": 1.0 });
    json!({ "status": "Complete", "statistics": statistics, "results": results })
}

fn with(status: &str) -> Value {
    let mut results = complete(vec![result("partial", 1)]);
    results["status"] = status.into();
    results
}

#[tokio::test]
async fn every_region_of_every_account_is_asked_until_its_query_is_complete() {
    let (server, log) = cloud(
        |call, before| {
            let busy = call.operation == "StartQuery" && call.region == "us-east-1" && before == 0;
            busy.then(|| Answer {
                status: 400,
                ..Answer::json("{\"__type\":\"LimitExceededException\",\"message\":\"too many\"}")
            })
        },
        |call, before| match before {
            0 => with("Scheduled"),
            1 => with("Running"),
            _ => complete(vec![result(&format!("p{}", &call.account[..1]), call.region.len() as u64), result("x", 2)]),
        },
    );
    let place = place(&server).await;
    let evidence = place.evidence(&order(TWO, QUERY)).await;
    let account = |id: &str| vec![id.to_owned(); 4];
    assert_eq!(evidence.column("account"), [account("111122223333"), account("444455556666")].concat());
    assert_eq!(evidence.column("region")[..4], ["eu-central-1", "eu-central-1", "us-east-1", "us-east-1"]);
    assert_eq!(evidence.column("person"), ["p1", "x", "p1", "x", "p4", "x", "p4", "x"]);
    assert_eq!(evidence.column("commands")[..3], ["12", "2", "9"]);
    let told = &evidence.header.asked.parameters;
    for (name, value) in [
        ("text", "filter @message like /sudo: it's/\n| stats count(*) as commands by person\n| limit 5000"),
        ("startTime", "1782864000"),
        ("endTime", "1782950400"),
        ("place", "/hosts/secure"),
        ("accounts", "111122223333 444455556666"),
        ("regions", "eu-central-1 us-east-1"),
        ("total.recordsMatched", "28"),
        ("total.recordsScanned", "4000000"),
        ("total.bytesScanned", "493827156"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    let names: Vec<&str> = evidence.raw.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.contains("GetQueryResults")).count(), 4);
    assert!(names.contains(&"444455556666/us-east-1/logs/StartQuery"), "{names:?}");
    assert!(evidence.raw.iter().all(|file| !String::from_utf8_lossy(&file.bytes).contains("partial")));
    assert!(!log.lock().unwrap().iter().any(|name| name.ends_with("StopQuery")));
    let again = place.collect(&order(TWO, QUERY), "b").await;
    assert!(matches!(again, collecting::Outcome::Collected { new: false, .. }));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_asked_for_again_and_not_awaited_as_long_as_a_search() {
    let (server, log) = cloud(
        |call, before| {
            if call.operation == "GetQueryResults" && before == 0 {
                std::thread::sleep(Duration::from_secs(5));
            }
            None
        },
        |_, _| complete(vec![result("x", 2)]),
    );
    let mut place = place(&server).await;
    assert_eq!(place.collector.aws.bounds, http_source::Bounds::default());
    assert!(place.collector.source.bounds.first_byte > place.collector.aws.bounds.first_byte);
    place.collector.aws.bounds.first_byte = Duration::from_millis(300);
    let begun = Instant::now();
    assert_eq!(place.evidence(&order(ONE, QUERY)).await.column("commands"), ["2"]);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(log.lock().unwrap().iter().filter(|name| name.ends_with("GetQueryResults")).count(), 2);
}

#[tokio::test]
async fn log_groups_are_named_in_the_question_or_in_the_text() {
    for (query, groups) in [
        (QUERY.to_owned(), json!(["/hosts/secure"])),
        (
            QUERY
                .replace("place = [\"/hosts/secure\"]\n", "")
                .replace("filter", "SOURCE logGroups(namePrefix: ['/hosts'])\n| filter"),
            Value::Null,
        ),
    ] {
        let (server, _) = cloud(
            move |call, _| {
                assert!(
                    call.operation != "StartQuery"
                        || call.body.get("logGroupIdentifiers").unwrap_or(&Value::Null) == &groups
                );
                None
            },
            |_, _| complete(vec![result("a", 1)]),
        );
        assert_eq!(place(&server).await.evidence(&order(ONE, &query)).await.column("account"), ["999988887777"]);
    }
    let both = QUERY.replace("filter", "source logGroups()\n| filter");
    let neither = QUERY.replace("place = [\"/hosts/secure\"]\n", "");
    for query in [both, neither] {
        assert!(try_order(ONE, &query).unwrap_err().contains("name the log groups once"));
    }
}

#[tokio::test]
async fn a_query_that_does_not_complete_is_a_failure_and_is_stopped() {
    let cut: Vec<Value> = (0..5000).map(|row| result(&format!("p{row}"), row)).collect();
    let mut more = complete(vec![result("a", 1)]);
    more["nextToken"] = "more".into();
    let mut nowhere = complete(Vec::new());
    nowhere["statistics"]["logGroupsScanned"] = json!(0.0);
    let twice = json!([{ "field": "person", "value": "a" }, { "field": "person", "value": "b" }]);
    for (results, told, is_over) in [
        (with("Failed"), "ended as Failed", false),
        (with("Cancelled"), "ended as Cancelled", false),
        (with("Timeout"), "shorter periods", false),
        (with("Unknown"), "not known", false),
        (json!({ "results": [] }), "status", false),
        (more, "more rows than one answer", false),
        (nowhere, "no log group was searched", true),
        (complete(cut), "5000 rows", true),
        (complete(vec![twice]), "a field twice", true),
    ] {
        // In one place of four; the others are complete.
        let (server, log) = cloud(
            |_, _| None,
            move |call, _| {
                if call.account == "444455556666" && call.region == "us-east-1" {
                    results.clone()
                } else {
                    complete(vec![result("a", 1)])
                }
            },
        );
        let (failure, message) = place(&server).await.refusal(&order(TWO, QUERY)).await;
        assert!(failure == Failure::InvalidInput && message.contains(told), "{told}: {message}");
        assert!(message.contains("444455556666/us-east-1"), "{message}");
        let stopped: Vec<String> =
            log.lock().unwrap().iter().filter(|name| name.ends_with("StopQuery")).cloned().collect();
        let expected: &[&str] = if is_over { &[] } else { &["444455556666/us-east-1/StopQuery"] };
        assert_eq!(stopped, expected, "{told}");
    }
}

#[tokio::test]
async fn a_query_that_runs_on_is_given_up_before_the_deadline_and_stopped() {
    let (server, log) = cloud(|_, _| None, |_, _| with("Running"));
    let mut place = place(&server).await;
    place.lease = jiff::SignedDuration::from_secs(123);
    place.collector.aws.retry.longest = Duration::from_millis(700);
    place.collector.aws.retry.first = Duration::from_millis(300);
    let begin = Instant::now();
    let (failure, message) = place.refusal(&order(ONE, QUERY)).await;
    assert!(failure == Failure::SourceUnavailable && message.contains("no time left"), "{message}");
    assert!(begin.elapsed().as_secs() < 4);
    assert_eq!(log.lock().unwrap().last().unwrap(), "999988887777/eu-central-1/StopQuery");
}

#[tokio::test]
async fn what_passes_is_waited_for_and_what_is_denied_is_told() {
    let error = |status, code: &str| Answer {
        status,
        ..Answer::json(format!("{{\"__type\":\"{code}\",\"message\":\"no {code}\"}}"))
    };
    let (server, _) = cloud(
        move |call, before| match (call.operation.as_str(), before) {
            ("StartQuery", 0) => Some(error(400, "ThrottlingException")),
            ("GetQueryResults", 0) => Some(error(503, "ServiceUnavailableException")),
            ("GetQueryResults", 1) => {
                Some(Answer::raw("HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n{\"status\":\"Complete\""))
            }
            _ => None,
        },
        |_, _| complete(vec![result("a", 1)]),
    );
    assert_eq!(place(&server).await.evidence(&order(ONE, QUERY)).await.rows.len(), 1);
    for (code, failure) in [
        ("AccessDeniedException", Failure::SourceDenied),
        ("MalformedQueryException", Failure::InvalidInput),
        ("ResourceNotFoundException", Failure::InvalidInput),
    ] {
        let (server, _) = cloud(
            move |call, _| (call.operation == "StartQuery").then(|| error(400, code)),
            |_, _| complete(Vec::new()),
        );
        let (found, message) = place(&server).await.refusal(&order(ONE, QUERY)).await;
        assert!(
            found == failure && message.contains(code) && message.contains("999988887777/eu-central-1"),
            "{message}"
        );
    }
}
