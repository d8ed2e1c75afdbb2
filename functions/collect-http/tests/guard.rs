//! Where a source may lead: to its own origin, and nowhere else, whatever its answers say.
#![cfg(test)]

mod support;

use domain::Failure;
use std::{env, io::Write as _, net::TcpListener, process::Command};
use support::{Answer, Place, Server, order, try_order};

const QUERY: &str = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\npath = \"/users\"\n[request.pages]\nkind = \"link\"\n";
const AUTHENTICATION: &str = "[authentication]\nscheme = \"bearer\"\nsecret = \"token\"\n";

fn asks(address: &str, private: bool) -> collecting::Order {
    order(&format!("address = \"{address}\"\nprivate = {private}\n{AUTHENTICATION}"), QUERY)
}

#[tokio::test]
async fn an_address_on_a_network_of_ones_own_is_refused_unless_the_source_says_so() {
    let server = Server::start(|_, _| Answer::json("[]"));
    let port = server.port;
    for host in
        ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
    {
        let (failure, message) = Place::new().refusal(&asks(&format!("https://{host}:{port}"), false)).await;
        assert!(failure == Failure::InvalidInput && message.contains("private = true"), "{host}: {message}");
    }
    for host in
        ["10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fc00::1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]"]
    {
        let (failure, message) = Place::new().refusal(&asks(&format!("https://{host}"), false)).await;
        assert!(failure == Failure::InvalidInput && message.contains("private = true"), "{host}: {message}");
    }
    assert_eq!(server.asked().len(), 0);
    assert!(Place::new().evidence(&asks(&server.address, true)).await.rows.is_empty());
    let clear = try_order(&format!("address = \"http://api.acme.example\"\n{AUTHENTICATION}"), QUERY);
    assert!(clear.unwrap_err().contains("private = true"));
}

#[tokio::test]
async fn where_clouds_keep_credentials_is_never_a_source() {
    for host in [
        "169.254.169.254",
        "169.254.170.2",
        "2852039166",
        "0xa9fea9fe",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
    ] {
        for private in [true, false] {
            let (failure, message) = Place::new().refusal(&asks(&format!("https://{host}/latest"), private)).await;
            assert!(failure == Failure::InvalidInput && message.contains("link-local"), "{host}: {message}");
        }
    }
}

#[tokio::test]
async fn a_token_is_asked_for_where_a_source_may_be_and_nowhere_else() {
    for (token, told) in
        [("https://169.254.169.254/token", "link-local"), ("https://localhost:1/token", "private = true")]
    {
        let access = format!(
            "address = \"https://api.acme.example\"\n[authentication]\nscheme = \"oauth2\"\ntoken_address = \"{token}\"\nclient = \"an-id\"\nsecret = \"token\"\n"
        );
        let (failure, message) = Place::new().refusal(&order(&access, QUERY)).await;
        assert!(failure == Failure::InvalidInput && message.contains(told), "{message}");
    }
}

#[tokio::test]
async fn a_connection_that_is_not_encrypted_as_it_says_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").unwrap();
        }
    });
    let (failure, message) = Place::new().refusal(&asks(&format!("https://127.0.0.1:{port}"), true)).await;
    assert!(failure == Failure::InvalidInput && message.contains("cannot be trusted"), "{message}");
}

#[tokio::test]
async fn redirects_are_followed_within_the_origin_alone() {
    let other = Server::start(|_, _| Answer::json("[{\"id\":666}]"));
    let elsewhere = [
        other.address.clone(),
        format!("{}/users", other.address.replace("127.0.0.1", "localhost")),
        format!("//127.0.0.1:{}/users", other.port),
        "http://169.254.169.254/latest/meta-data/iam".to_owned(),
        "https://127.0.0.1/users".to_owned(),
        "ftp://127.0.0.1/users".to_owned(),
        "http://user:word@127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for target in elsewhere {
        for status in [301, 302, 303, 307, 308] {
            let to = target.clone();
            let server = Server::start(move |_, _| Answer::status(status).with("location", to.clone()));
            let (failure, message) = Place::new().refusal(&asks(&server.address, true)).await;
            assert!(
                failure == Failure::InvalidInput && message.contains("only http://127.0.0.1"),
                "{target}: {message}"
            );
            assert_eq!(server.asked().len(), 1);
        }
    }
    assert_eq!(other.asked().len(), 0);
    let server = Server::start(|asked, before| match before {
        0 => Answer::status(302).with("location", "/v2/users?a=b"),
        1 => Answer::status(307).with("location", format!("http://{}/v3/users", asked.header("host"))),
        2 => Answer::status(308).with("location", "../v4/users"),
        _ => Answer::json("[{\"id\":1}]"),
    });
    assert_eq!(Place::new().evidence(&asks(&server.address, true)).await.column("id"), ["1"]);
    assert_eq!(server.targets(), ["GET /users", "GET /v2/users?a=b", "GET /v3/users", "GET /v4/users"]);
    let endless = Server::start(|_, before| Answer::status(302).with("location", format!("/{before}")));
    let (_, message) = Place::new().refusal(&asks(&endless.address, true)).await;
    assert!(message.contains("3 redirects at most") && endless.asked().len() == 4, "{message}");
}

#[tokio::test]
async fn a_form_is_not_sent_on_to_where_a_redirect_leads_as_another_method() {
    let server = Server::start(|_, _| Answer::status(302).with("location", "/login"));
    let query = QUERY.replacen("path", "method = \"POST\"\nform = true\npath", 1);
    let (_, message) =
        Place::new().refusal(&order(&format!("address = \"{}\"\nprivate = true\n", server.address), &query)).await;
    assert!(message.contains("a POST was redirected") && server.asked().len() == 1, "{message}");
}

#[tokio::test]
async fn the_next_page_is_at_the_same_origin_and_nobody_else_sees_the_secret() {
    let other = Server::start(|_, _| Answer::json("[{\"id\":666}]"));
    let away = [
        other.address.clone(),
        "http://169.254.169.254/".to_owned(),
        format!("//localhost:{}/x", other.port),
        "javascript:0".to_owned(),
    ];
    for there in away {
        let to = there.clone();
        let server =
            Server::start(move |_, _| Answer::json("[{\"id\":1}]").with("link", format!("<{to}>; rel=\"next\"")));
        let (failure, message) = Place::new().refusal(&asks(&server.address, true)).await;
        assert!(failure == Failure::InvalidInput && message.contains("its next page is at"), "{there}: {message}");
    }
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn hostile_values_never_become_more_than_a_value() {
    for hostile in [
        "../admin",
        "a/b",
        "?x=1",
        "#x",
        "%2e%2e%2fadmin",
        "%00",
        "a&b=c",
        "\"}{\"",
        "{period}",
        "{{",
        "a b\tc",
        "é\u{202e}",
        "\\..\\x",
        ";x=y",
    ] {
        let server = Server::start(|_, _| Answer::json("[{\"id\":1}]"));
        let access =
            format!("address = \"{}\"\nprivate = true\n[values]\nname = {}\n", server.address, toml_text(hostile));
        let query = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\nmethod = \"POST\"\npath = \"/of/{name}/end\"\n\
            [request.parameters]\nq = \"<{name}>\"\n[request.body]\ndeep = [{ text = \"a{name}b\" }]\n";
        Place::new().evidence(&order(&access, query)).await;
        let asked = server.asked().remove(0);
        let parts: Vec<&str> = asked.path().split('/').collect();
        assert_eq!((parts.len(), parts[1], parts[3]), (4, "of", "end"), "{}", asked.target);
        assert!(parts[2].chars().all(|c| c.is_ascii_alphanumeric() || "-._~%".contains(c)), "{}", asked.target);
        assert_eq!(asked.parameter("q").unwrap(), format!("<{hostile}>"));
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body, serde_json::json!({"deep": [{"text": format!("a{hostile}b")}]}));
    }
    for refused in ["..", ".", ""] {
        let server = Server::start(|_, _| Answer::json("[{\"id\":1}]"));
        let access =
            format!("address = \"{}\"\nprivate = true\n[values]\nname = {}\n", server.address, toml_text(refused));
        let query = QUERY.replacen("/users", "/of/{name}/end", 1);
        let (failure, message) = Place::new().refusal(&order(&access, &query)).await;
        assert!(failure == Failure::InvalidInput && server.asked().is_empty(), "{message}");
    }
    let header =
        format!("{}[request.headers]\nx-name = \"{{name}}\"\n", QUERY.split("[request.pages]").next().unwrap());
    let access = "address = \"http://127.0.0.1:1\"\nprivate = true\n[values]\nname = \"a\\r\\nx-other: b\"\n";
    let (_, message) = Place::new().refusal(&order(access, &header)).await;
    assert!(message.contains("x-name") && message.contains("cannot have"), "{message}");
}

fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[tokio::test]
async fn hostile_members_of_rows_never_become_more_than_a_value() {
    let server = Server::start(|asked, _| match asked.target.as_str() {
        "/users" => {
            Answer::json(r#"[{"id":1,"name":"../../admin?x=1#y"},{"id":2,"name":"%2e%2e"},{"id":3,"name":{"a":1}}]"#)
        }
        _ => Answer::json("{}"),
    });
    let query = QUERY.split("[request.pages]").next().unwrap().to_owned()
        + "[request.each]\npath = \"/users/{name}\"\ninto = \"more\"\n";
    let access = format!("address = \"{}\"\nprivate = true\n", server.address);
    let (_, message) = Place::new().refusal(&order(&access, &query)).await;
    assert!(message.contains("{name}"), "{message}");
    assert_eq!(server.targets(), ["GET /users"]);
    let two = Server::start(|asked, _| match asked.target.as_str() {
        "/users" => Answer::json(r#"[{"id":1,"name":"../../admin?x=1#y"},{"id":2,"name":"%2e%2e"}]"#),
        _ => Answer::json("{}"),
    });
    Place::new().evidence(&order(&format!("address = \"{}\"\nprivate = true\n", two.address), &query)).await;
    assert_eq!(two.targets()[1..], ["GET /users/..%2F..%2Fadmin%3Fx%3D1%23y", "GET /users/%252e%252e"]);
}

const ADDRESS: &str = "EXHIBIT_TEST_PROXY_ADDRESS";

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let server = Server::start(|_, _| Answer::json("[{\"id\":1}]"));
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "child", "--ignored"]).env(ADDRESS, &server.address);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        child.env(variable, "http://127.0.0.1:1");
    }
    assert!(child.output().unwrap().status.success());
    assert_eq!(server.targets(), ["GET /users"]);
}

#[tokio::test]
#[ignore = "run by a_proxy_of_the_environment_is_not_used"]
async fn child() {
    let Ok(address) = env::var(ADDRESS) else { return };
    assert_eq!(Place::new().evidence(&asks(&address, true)).await.column("id"), ["1"]);
}
