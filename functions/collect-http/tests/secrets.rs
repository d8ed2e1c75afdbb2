//! Who asks: each scheme as its standard says it, and the secret shown nowhere but there.
#![cfg(test)]

mod support;

use domain::Failure;
use std::time::Duration;
use support::{Answer, Asked, Place, SECRET, Server, assert_shows_nothing, error_of, order};

const QUERY: &str = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\npath = \"/users\"\n[request.pages]\nkind = \"link\"\n";

fn access(server: &Server, authentication: &str) -> String {
    format!("address = \"{}\"\nprivate = true\n[authentication]\n{authentication}", server.address)
}

const BEARER: &str = "scheme = \"bearer\"\nsecret = \"token\"\n";

#[tokio::test]
async fn each_scheme_sends_what_its_standard_says() {
    let basic = "YW5hOmh1bnRlcjItc0VjcjN0L3dpdGgrb2RkImNoYXJzJg==";
    for (authentication, header, value) in [
        (BEARER, "authorization", format!("Bearer {SECRET}")),
        ("scheme = \"basic\"\nuser = \"ana\"\nsecret = \"token\"\n", "authorization", format!("Basic {basic}")),
        ("scheme = \"header\"\nname = \"DD-API-KEY\"\nsecret = \"token\"\n", "dd-api-key", SECRET.to_owned()),
        (
            "scheme = \"header\"\nname = \"authorization\"\nprefix = \"SSWS \"\nsecret = \"token\"\n",
            "authorization",
            format!("SSWS {SECRET}"),
        ),
    ] {
        let server = Server::start(|_, _| Answer::json("[]"));
        Place::new().evidence(&order(&access(&server, authentication), QUERY)).await;
        assert_eq!(server.asked()[0].header(header), value);
    }
}

fn oauth(tokens: &Server, api: &Server) -> String {
    let scheme = format!(
        "scheme = \"oauth2\"\ntoken_address = \"{}/oauth2/token\"\nclient = \"an-id\"\nsecret = \"token\"\nscope = \"read:all x\"\n",
        tokens.address
    );
    access(api, &scheme)
}

fn tokens(lasts: u64) -> Server {
    Server::start(move |asked, before| {
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/oauth2/token"));
        assert_eq!(
            (asked.field("grant_type").unwrap(), asked.field("scope").unwrap()),
            ("client_credentials".into(), "read:all x".into())
        );
        assert!(asked.header("authorization").starts_with("Basic YW4taWQ6aHVudGVyMi1zRWNyM3QlMkZ3aXRo"));
        Answer::json(format!(
            "{{\"access_token\":\"token-number-{before}\",\"token_type\":\"Bearer\",\"expires_in\":{lasts}}}"
        ))
    })
}

fn page(asked: &Asked, after: Duration) -> Answer {
    let page: u64 = asked.parameter("page").map_or(1, |page| page.parse().unwrap());
    let answer = Answer::json(format!("[{{\"id\":{page}}}]")).after(after);
    if page == 4 { answer } else { answer.with("link", format!("</users?page={}>; rel=next", page + 1)) }
}

#[tokio::test]
async fn a_token_is_kept_until_it_ends() {
    let (lasting, short) = (tokens(3600), tokens(1));
    let api = Server::start(|asked, _| page(asked, Duration::from_millis(300)));
    assert_eq!(Place::new().evidence(&order(&oauth(&lasting, &api), QUERY)).await.column("id"), ["1", "2", "3", "4"]);
    assert_eq!(lasting.asked().len(), 1);
    assert!(api.asked().iter().all(|asked| asked.header("authorization") == "Bearer token-number-0"));
    Place::new().evidence(&order(&oauth(&short, &api), QUERY)).await;
    assert!((2..=4).contains(&short.asked().len()), "{}", short.asked().len());
}

#[tokio::test]
async fn a_token_that_ends_early_is_asked_for_anew_once() {
    let tokens = tokens(3600);
    let api = Server::start(|asked, before| match before {
        2 => Answer::status(401),
        _ if before > 2 && asked.header("authorization") != "Bearer token-number-1" => Answer::status(500),
        _ => page(asked, Duration::ZERO),
    });
    assert_eq!(Place::new().evidence(&order(&oauth(&tokens, &api), QUERY)).await.column("id"), ["1", "2", "3", "4"]);
    assert_eq!((tokens.asked().len(), api.asked().len()), (2, 5));
    let closed = Server::start(|_, _| Answer::status(401));
    let (failure, _) = Place::new().refusal(&order(&oauth(&tokens, &closed), QUERY)).await;
    assert_eq!((failure, closed.asked().len()), (Failure::SourceDenied, 2));
}

#[tokio::test]
async fn a_client_that_is_not_known_is_denied_and_no_token_is_not_taken_for_one() {
    let api = Server::start(|_, _| Answer::json("[]"));
    let unknown = Server::start(|_, _| Answer { status: 400, ..Answer::json("{\"error\":\"invalid_client\"}") });
    let (failure, message) = Place::new().refusal(&order(&oauth(&unknown, &api), QUERY)).await;
    assert!(failure == Failure::SourceDenied && message.contains("invalid_client"), "{message}");
    for odd in ["{}", "<html>", "{\"access_token\":\"abcdefghi\",\"token_type\":\"mac\"}"] {
        let tokens = Server::start(move |_, _| Answer::json(odd));
        let (_, message) = Place::new().refusal(&order(&oauth(&tokens, &api), QUERY)).await;
        assert!(message.contains("token") && !message.contains("abcdefghi"), "{message}");
    }
    let away = Server::start(|_, _| Answer::status(307).with("location", "http://127.0.0.1:1/token"));
    Place::new().refusal(&order(&oauth(&away, &api), QUERY)).await;
    assert_eq!(api.asked().len(), 0);
}

/// A server that gives back whatever proof it was sent, in a place of its answer.
fn echo(place: &'static str) -> Server {
    Server::start(move |asked, before| {
        let proof = asked.header("authorization");
        let secret = proof.split_once(' ').unwrap().1;
        let json = serde_json::Value::from(secret).to_string();
        match place {
            "body" => Answer::json(format!("[{{\"id\":1,\"seen\":{json}}}]")),
            "text" => Answer::json(format!("{secret} [")),
            "message" => Answer { status: 400, ..Answer::json(format!("{{\"message\":{json}}}")) },
            "denied" => Answer { status: 403, ..Answer::json(format!("{{\"error\":{{\"message\":{json}}}}}")) },
            "retried" => Answer { status: 500, ..Answer::json(format!("{{\"message\":{json}}}")) },
            "type" => Answer::of(&format!("text/{secret}"), "[]"),
            "location" => Answer::status(302).with("location", format!("http://{secret}.evil.example/{secret}")),
            "host" => Answer::status(302).with("location", "http://hunter2-secr3t.evil.example/"),
            "link" => Answer::json("[]")
                .with("link", format!("</users?token={}{before}>; rel=next", secret.replace('"', "%22"))),
            "away" => Answer::json("[]").with("link", format!("<https://evil.example/{secret}>; rel=next")),
            "errors" => Answer::json(format!("{{\"errors\":[{{\"message\":{json}}}]}}")),
            "status" => Answer::raw(format!("HTTP/1.1 {secret}\r\n\r\n")),
            "header" => Answer::raw(format!("HTTP/1.1 200 x\r\n{secret}: x y\r\nbad header {secret}\r\n\r\n")),
            "length" => Answer::raw(format!("HTTP/1.1 200 x\r\ncontent-length: {secret}\r\n\r\n")),
            other => panic!("{other}"),
        }
    })
}

#[tokio::test]
async fn a_source_that_gives_the_secret_back_is_refused_and_nothing_shows_it() {
    for basic in [false, true] {
        for place in [
            "body", "text", "message", "denied", "retried", "type", "location", "link", "away", "errors", "status",
            "header", "length",
        ] {
            let server = echo(place);
            let scheme = if basic { "scheme = \"basic\"\nuser = \"ana\"\nsecret = \"token\"\n" } else { BEARER };
            let (_, message) = Place::new().refusal(&order(&access(&server, scheme), QUERY)).await;
            assert!(!message.is_empty(), "{place}");
            let error = error_of(&Place::new(), &order(&access(&server, scheme), QUERY)).await;
            assert_shows_nothing(format!("{error} {error:?} {error:#?}").as_bytes(), place);
        }
    }
}

#[tokio::test]
async fn a_token_that_is_given_back_is_not_shown_either() {
    let tokens = tokens(3600);
    for place in ["body", "message", "link", "location"] {
        let server = echo(place);
        let error = error_of(&Place::new(), &order(&oauth(&tokens, &server), QUERY)).await;
        assert!(!format!("{error} {error:?}").contains("token-number"), "{place}: {error}");
    }
}

#[tokio::test]
async fn a_secret_that_is_absent_or_written_into_the_catalog_is_refused_before_anybody_is_asked() {
    let server = Server::start(|_, _| Answer::json("[]"));
    let absent = BEARER.replace("\"token\"", "\"not-there\"");
    let (_, message) = Place::new().refusal(&order(&access(&server, &absent), QUERY)).await;
    assert!(message.contains("not-there") && message.contains("EXHIBIT_SECRET_NOT_THERE"), "{message}");
    let values = format!("{}[values]\nkey = {}\n", access(&server, BEARER), serde_json::Value::from(SECRET));
    let query = QUERY.split("[request.pages]").next().unwrap().to_owned();
    for planted in ["[request.parameters]\nkey = \"{key}\"\n", "[request.headers]\nx-key = \"{key}\"\n"] {
        let (_, message) = Place::new().refusal(&order(&values, &(query.clone() + planted))).await;
        assert!(message.contains("holds the secret"), "{message}");
    }
    let (_, message) = Place::new().refusal(&order(&values, &query.replace("/users", "/{key}"))).await;
    assert!(message.contains("the address holds the secret"), "{message}");
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn the_collector_shows_no_secret_when_it_is_printed() {
    assert_shows_nothing(format!("{:?}", Place::new().collector).as_bytes(), "the collector");
}
