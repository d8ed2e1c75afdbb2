//! Every kind of page, against servers that speak as GitHub, Okta, Jira, Splunk and others do.
#![cfg(test)]

mod support;

use support::{Answer, Asked, Place, Server, order};

const USERS: &str = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[[column]]\nname = \"login\"\nkind = \"text\"\n";

fn source(server: &Server) -> String {
    format!("address = \"{}\"\nprivate = true\n", server.address)
}

fn user(id: u64) -> String {
    format!("{{\"id\":{id},\"login\":\"user{id:03}\"}}")
}

fn users(ids: std::ops::Range<u64>) -> String {
    format!("[{}]", ids.map(user).collect::<Vec<_>>().join(","))
}

fn ids(count: u64) -> Vec<String> {
    (0..count).map(|id| id.to_string()).collect()
}

fn number(asked: &Asked, name: &str) -> u64 {
    asked.parameter(name).unwrap_or_default().parse().unwrap_or(0)
}

#[tokio::test]
async fn one_page_is_collected_with_the_placeholders_filled_in_and_again_is_no_operation() {
    let server = Server::start(|_, _| Answer::json(users(0..3)));
    let query = format!(
        "{USERS}[request]\npath = \"/orgs/{{organisation}}/members\"\n[request.parameters]\nsince = \"{{period_start}}\"\nuntil = \"{{end_seconds}}\"\n"
    );
    let values = "[authentication]\nscheme = \"bearer\"\nsecret = \"token\"\n[values]\norganisation = \"acme/../x?y=1\"\n";
    let order = order(&(source(&server) + values), &query);
    let place = Place::new();
    let evidence = place.evidence(&order).await;
    assert_eq!(evidence.column("login"), ["user000", "user001", "user002"]);
    let target = "/orgs/acme%2F..%2Fx%3Fy%3D1/members?since=2026-07-01T00%3A00%3A00Z&until=1782950400";
    assert_eq!(server.targets(), [format!("GET {target}")]);
    assert_eq!(evidence.header.asked.endpoint, format!("GET {}{target}", server.address));
    assert_eq!(evidence.header.asked.pages, [format!("{}{target}", server.address)]);
    assert_eq!(evidence.header.asked.parameters["parameter.since"], "2026-07-01T00:00:00Z");
    assert_eq!(evidence.header.asked.parameters["header.accept"], "application/json");
    assert_eq!(evidence.raw[0].bytes, users(0..3).into_bytes());
    assert_eq!(server.asked()[0].header("authorization"), format!("Bearer {}", support::SECRET));
    let again = place.collect(&order, "somebody-else").await;
    assert!(matches!(again, collecting::Outcome::Collected { new: false, .. }), "{again:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn links_are_followed_as_github_gives_them() {
    let server = Server::start(|asked, _| {
        let page = number(asked, "page").max(1);
        let answer = Answer::json(users((page - 1) * 30..(page * 30).min(100)));
        let link = |page: u64| format!("<http://{}/users?per_page=30&page={page}>", asked.header("host"));
        match page {
            4 => answer.with("link", format!("{}; rel=\"first\", {}; rel=\"prev\"", link(1), link(3))),
            _ => answer.with("link", format!("{}; rel=\"next\", {}; rel=\"last\"", link(page + 1), link(4))),
        }
    });
    let query = format!("{USERS}[request]\npath = \"/users\"\n[request.parameters]\nper_page = \"30\"\n[request.pages]\nkind = \"link\"\n");
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(100));
    let pages: Vec<_> = evidence.header.asked.pages.iter().map(|page| page.replace(&server.address, "")).collect();
    assert_eq!(pages, ["/users?per_page=30", "/users?per_page=30&page=2", "/users?per_page=30&page=3", "/users?per_page=30&page=4"]);
}
