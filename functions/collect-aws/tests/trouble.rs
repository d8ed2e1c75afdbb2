//! Services that are slow, cut or refuse, credentials that end, things that vanish: waited for where that helps, and never half.
#![cfg(test)]

mod support;

use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use aws_source::Identities;
use domain::Failure;
use serde_json::{Value, json};
use support::{
    OWN_ONE, Place, TWO,
    cloud::{Accounts, Cloud, Held, OWN},
    order, order_of_type,
    server::{Answer, Asked},
};

const ONE: &str = "111122223333";

fn tables(count: usize) -> Held {
    let at = |number| {
        let name = format!("t{number}");
        (("eu-central-1".to_owned(), "AWS::DynamoDB::Table".to_owned(), name.clone()), json!({ "TableName": name }))
    };
    Held { resources: (0..count).map(at).collect(), ..Held::default() }
}

/// A cloud of one account with three tables, in which `trouble` answers instead.
fn cloud(trouble: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static) -> Cloud {
    let accounts = [OWN, ONE, "444455556666"].map(|id| (id.to_owned(), tables(3)));
    Cloud::with(Accounts::from(accounts), trouble)
}

#[tokio::test]
async fn throttles_of_every_protocol_are_waited_out() {
    for throttle in [
        Answer::error(400, "ThrottlingException", "Rate exceeded"),
        Answer::error(400, "TooManyRequestsException", "Rate exceeded"),
        Answer::error(400, "HandlerInternalFailureException", "inside"),
        Answer::xml_error(400, "Throttling", "Rate exceeded"),
        Answer::xml_error(503, "SlowDown", "Please reduce your request rate"),
        Answer { status: 429, ..Answer::json(&json!({ "message": "Too Many Requests" })) },
    ] {
        let own = throttle.clone();
        let cloud = cloud(move |asked, before| (asked.operation == "ListResources" && before < 2).then(|| own.clone()));
        let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-tables")).await;
        assert_eq!((evidence.rows.len(), cloud.server.times("ListResources")), (3, 4), "{throttle:?}");
    }
    let always = cloud(|asked, _| {
        (asked.operation == "GetResource").then(|| Answer::error(400, "ThrottlingException", "Rate exceeded"))
    });
    let (failure, message) = Place::new(&always.server.address).await.refusal(&order(OWN_ONE, "aws-tables")).await;
    assert!(failure == Failure::SourceUnavailable && message.ends_with("4 times"), "{message}");
    assert!(
        message.contains(OWN) && message.contains("eu-central-1") && message.contains("ThrottlingException"),
        "{message}"
    );
}

#[tokio::test]
async fn credentials_that_have_ended_are_renewed_once() {
    let expired =
        || Answer::error(400, "ExpiredTokenException", "The security token included in the request is expired");
    let renewed = cloud(move |asked, before| (asked.operation == "GetResource" && before == 0).then(expired));
    let one = "regions = [\"eu-central-1\"]\n[[account]]\nid = \"111122223333\"\nrole = \"arn:aws:iam::111122223333:role/exhibit-read\"\n";
    let evidence = Place::new(&renewed.server.address).await.evidence(&order(one, "aws-tables")).await;
    assert!(evidence.rows.len() == 3 && renewed.server.times("AssumeRole") == 2);
    let never = cloud(move |asked, _| (asked.operation == "GetResource").then(expired));
    let (failure, message) = Place::new(&never.server.address).await.refusal(&order(one, "aws-tables")).await;
    assert!(failure == Failure::SourceDenied && message.contains("ExpiredTokenException"), "{message}");
}

#[tokio::test]
async fn what_is_cut_comes_again_and_never_half() {
    let page = json!({ "ResourceDescriptions": [{ "Identifier": "t0" }], "NextToken": null });
    let whole = page.to_string().len();
    for at in [1, whole / 2, whole - 1] {
        let own = page.clone();
        let cloud = cloud(move |asked, before| {
            (asked.operation == "ListResources" && before == 0).then(|| Answer::json(&own).cut(at))
        });
        let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-tables")).await;
        assert_eq!((evidence.rows.len(), cloud.server.times("ListResources")), (3, 3));
    }
    // As long as it says, and not whole all the same.
    let short = cloud(|asked, _| {
        (asked.operation == "ListResources")
            .then(|| Answer { body: "{\"ResourceDescriptions\":[".to_owned(), ..Answer::json(&Value::Null) })
    });
    let (failure, message) = Place::new(&short.server.address).await.refusal(&order(OWN_ONE, "aws-tables")).await;
    assert!(failure == Failure::InvalidInput && message.contains("not whole JSON"), "{message}");
}

#[tokio::test]
async fn a_denied_region_of_one_account_fails_the_slot_and_is_named() {
    let cloud = cloud(|asked, _| {
        let is_denied = asked.account() == ONE && asked.region == "us-east-1" && asked.operation == "ListResources";
        is_denied.then(|| {
            Answer::error(400, "AccessDeniedException", "not authorized to perform: cloudformation:ListResources")
        })
    });
    let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(TWO, "aws-tables")).await;
    assert!(failure == Failure::SourceDenied, "{message}");
    for word in [ONE, "us-east-1", "cloudcontrolapi", "AccessDeniedException", "cloudformation:ListResources"] {
        assert!(message.contains(word), "{message} lacks {word}");
    }
}

#[tokio::test]
async fn what_is_deleted_while_it_is_asked_is_left_out_and_its_absence_kept() {
    let cloud = cloud(|asked, _| {
        let is_gone = asked.operation == "GetResource" && asked.member("Identifier").as_deref() == Some("t1");
        is_gone.then(|| Answer::error(400, "ResourceNotFoundException", "was not found"))
    });
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, "aws-tables")).await;
    assert_eq!(evidence.cells(&["identifier"]), ["t0", "t2"]);
    let absent =
        format!("{OWN}/eu-central-1/cloudcontrolapi/GetResource/AWS::DynamoDB::Table%20t1#ResourceNotFoundException");
    assert!(evidence.names().contains(&absent.as_str()), "{:?}", evidence.names());
}

#[tokio::test]
async fn types_that_cannot_be_listed_are_refused_in_the_words_of_aws() {
    for (code, text) in [
        ("UnsupportedActionException", "Resource type AWS::X::Y does not support LIST action"),
        ("TypeNotFoundException", "The type AWS::X::Y cannot be found"),
        (
            "InvalidRequestException",
            "Missing or invalid ResourceModel property in AWS::X::Y list handler request input",
        ),
    ] {
        let cloud = cloud(move |asked, _| (asked.operation == "ListResources").then(|| Answer::error(400, code, text)));
        let refused = Place::new(&cloud.server.address).await.refusal(&order_of_type(OWN_ONE, "AWS::X::Y")).await;
        assert!(
            refused.0 == Failure::InvalidInput && refused.1.contains(code) && refused.1.contains(text),
            "{refused:?}"
        );
        assert_eq!(cloud.server.times("ListResources"), 1);
    }
}

#[tokio::test]
async fn answers_that_lead_nowhere_or_speak_of_others_are_refused() {
    let list =
        |body: Value| move |asked: &Asked, _: usize| (asked.operation == "ListResources").then(|| Answer::json(&body));
    let get = |body: Value| {
        let is_first = |asked: &Asked| asked.operation == "GetResource" && asked.body.contains("t0");
        move |asked: &Asked, _: usize| is_first(asked).then(|| Answer::json(&body))
    };
    let described =
        |id: &str, properties: &str| json!({ "ResourceDescription": { "Identifier": id, "Properties": properties } });
    for (cloud, reason) in [
        (cloud(list(json!({ "ResourceDescriptions": [], "NextToken": "again" }))), "was there before"),
        (cloud(list(json!({ "NextToken": null }))), "it has no `ResourceDescriptions`"),
        (cloud(get(described("another", "{}"))), "another resource"),
        (cloud(get(described("t0", "not JSON hunter3"))), "Properties are not an object"),
        (cloud(get(described("t0", "{\"N\":1e999999,\"M\":12345678901234567890}"))), "properties"),
    ] {
        let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(OWN_ONE, "aws-tables")).await;
        assert!(failure == Failure::InvalidInput && message.contains(reason), "{message}");
        assert!(!message.contains("hunter3") && !message.contains("12345678901234567890"), "{message}");
    }
}

#[tokio::test]
async fn an_answer_that_gives_a_secret_back_is_refused() {
    let echo = cloud(|asked, _| {
        let key = asked.headers.get("x-amz-security-token").cloned().unwrap_or_default();
        (asked.operation == "ListResources").then(|| Answer::json(&json!({ "ResourceDescriptions": [], "Echo": key })))
    });
    let (_, message) = Place::new(&echo.server.address).await.refusal(&order(TWO, "aws-tables")).await;
    assert!(message.contains("gives back the secret"), "{message}");
}

#[tokio::test]
async fn a_service_without_an_answer_is_told_from_one_that_refuses() {
    let closed = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let address = format!("http://127.0.0.1:{closed}");
    for source in [OWN_ONE, TWO] {
        let (failure, message) = Place::new(&address).await.refusal(&order(source, "aws-tables")).await;
        assert_eq!(failure, Failure::SourceUnavailable, "{message}");
    }
}

#[tokio::test]
async fn one_answer_may_not_have_all_that_is_left() {
    let large = |asked: &Asked, _: usize| {
        let padding = "x".repeat(3000);
        let page = json!({ "ResourceDescriptions": [], "Padding": padding });
        (asked.operation == "ListResources").then(|| Answer::json(&page))
    };
    let (fits, over) = (cloud(large), cloud(large));
    let mut place = Place::new(&fits.server.address).await;
    assert_eq!(place.collector.source.bounds.signed, 64 << 20);
    place.collector.source.bounds.signed = 4000;
    assert!(place.evidence(&order(OWN_ONE, "aws-tables")).await.rows.is_empty());
    let mut place = Place::new(&over.server.address).await;
    place.collector.source.bounds.signed = 2000;
    let (_, message) = place.refusal(&order(OWN_ONE, "aws-tables")).await;
    assert!(message.contains("one answer may have 2000 bytes") && message.contains("ListResources"), "{message}");
}

#[tokio::test]
async fn an_outage_of_sts_is_no_refusal() {
    for answer in [
        Answer::xml_error(500, "InternalFailure", "inside"),
        Answer::xml_error(503, "ServiceUnavailable", "later"),
        Answer::xml_error(400, "IDPCommunicationError", "the provider did not answer"),
        Answer::xml_error(400, "Throttling", "Rate exceeded"),
        Answer::xml_error(403, "ExpiredToken", "The security token is expired"),
        Answer { status: 503, ..Answer::xml("<html>down</html>") },
        Answer { status: 500, ..Answer::xml("") },
    ] {
        let own = answer.clone();
        let cloud = cloud(move |asked, _| (asked.operation == "AssumeRole").then(|| own.clone()));
        let (failure, message) = Place::new(&cloud.server.address).await.refusal(&order(TWO, "aws-tables")).await;
        assert_eq!(failure, Failure::SourceUnavailable, "{answer:?}: {message}");
    }
}

/// A process that was given nothing.
#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(
            "no providers in chain provided credentials",
        )))
    }
}

#[tokio::test]
async fn without_credentials_it_is_said_what_to_set() {
    let cloud = cloud(|_, _| None);
    let own =
        support::config(&cloud.server.address, aws_credential_types::Credentials::new("x", "y", None, None, "t")).await;
    let nobody = aws_credential_types::provider::SharedCredentialsProvider::new(Nobody);
    let config = own.into_builder().credentials_provider(nobody).build();
    for source in [OWN_ONE, TWO] {
        let place = Place::of(Identities::of(config.clone()));
        let (failure, message) = place.refusal(&order(source, "aws-tables")).await;
        assert!(message.contains("AWS_PROFILE"), "{failure:?}: {message}");
        assert_eq!(failure, Failure::InvalidInput);
    }
    assert!(cloud.server.asked().is_empty());
}

#[tokio::test]
async fn link_local_addresses_are_refused_though_private_ones_are_not() {
    let (failure, message) = Place::new("http://169.254.169.254").await.refusal(&order(OWN_ONE, "aws-tables")).await;
    assert!(failure == Failure::InvalidInput && message.contains("link-local"), "{message}");
}
