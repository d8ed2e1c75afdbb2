//! Every kind of page, against servers that speak as GitHub, Okta, Jira, Splunk and others do.
#![cfg(test)]

mod support;

use support::{Answer, Asked, Place, Server, order};

const USERS: &str =
    "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[[column]]\nname = \"login\"\nkind = \"text\"\n";

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
    let values =
        "[authentication]\nscheme = \"bearer\"\nsecret = \"token\"\n[values]\norganisation = \"acme/../x?y=1\"\n";
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
    let query = format!(
        "{USERS}[request]\npath = \"/users\"\n[request.parameters]\nper_page = \"30\"\n[request.pages]\nkind = \"link\"\n"
    );
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(100));
    let pages: Vec<_> = evidence.header.asked.pages.iter().map(|page| page.replace(&server.address, "")).collect();
    assert_eq!(
        pages,
        ["/users?per_page=30", "/users?per_page=30&page=2", "/users?per_page=30&page=3", "/users?per_page=30&page=4"]
    );
}

#[tokio::test]
async fn the_next_address_may_be_in_the_answer_as_microsoft_gives_it() {
    let server = Server::start(|asked, _| {
        let from = number(asked, "$skiptoken");
        let next =
            format!("\"@odata.nextLink\":\"http://{}/v1.0/users?$skiptoken={}\",", asked.header("host"), from + 10);
        let next = if from < 20 { next } else { String::new() };
        Answer::json(format!("{{{next}\"value\":{}}}", users(from..from + 10)))
    });
    let query = USERS.replacen("format", "rows = \"value[]\"\nformat", 1)
        + "[request]\npath = \"/v1.0/users\"\n[request.pages]\nkind = \"link\"\nat = '@odata\\.nextLink'\n";
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(30));
    assert_eq!(server.targets()[1], "GET /v1.0/users?$skiptoken=10");
}

#[tokio::test]
async fn a_cursor_is_sent_as_a_parameter_until_there_is_none() {
    let server = Server::start(|asked, _| {
        let from = number(asked, "cursor");
        let next = if from < 40 { format!("\"{}\"", from + 20) } else { "\"\"".to_owned() };
        Answer::json(format!("{{\"members\":{},\"meta\":{{\"next\":{next}}}}}", users(from..from + 20)))
    });
    let query = USERS.replacen("format", "rows = \"members[]\"\nformat", 1)
        + "[request]\npath = \"/users.list\"\n[request.pages]\nkind = \"cursor\"\ncursor = \"meta.next\"\nparameter = \"cursor\"\n";
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(60));
    assert_eq!(server.targets(), ["GET /users.list", "GET /users.list?cursor=20", "GET /users.list?cursor=40"]);
}

const GRAPHQL: &str = "format = \"json\"\nrows = \"data.organization.members.nodes[]\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n\
    [request]\nmethod = \"POST\"\npath = \"/graphql\"\ngraphql = \"query($org:String!,$after:String){ organization(login:$org){ members(first:100,after:$after){ nodes{ id } } } }\"\n\
    [request.variables]\norg = \"{organisation}\"\n\
    [request.pages]\nkind = \"cursor\"\ncursor = \"data.organization.members.pageInfo.endCursor\"\nmore = \"data.organization.members.pageInfo.hasNextPage\"\nvariable = \"after\"\n\
    total = \"data.organization.members.totalCount\"\n";

fn graphql(asked: &Asked) -> Answer {
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["variables"]["org"], "acme\"}, x: {\"");
    let from: u64 =
        body["variables"]["after"].as_str().map_or(0, |after| after.strip_prefix("id:").unwrap().parse().unwrap());
    let page = format!("{{\"hasNextPage\":{},\"endCursor\":\"id:{}\"}}", from < 200, from + 100);
    Answer::json(format!(
        "{{\"data\":{{\"organization\":{{\"members\":{{\"totalCount\":300,\"pageInfo\":{page},\"nodes\":{}}}}}}}}}",
        users(from..from + 100)
    ))
}

#[tokio::test]
async fn a_graphql_cursor_is_a_variable_and_a_value_in_a_variable_stays_one() {
    let server = Server::start(|asked, _| graphql(asked));
    let values = "[values]\norganisation = 'acme\"}, x: {\"'\n";
    let evidence = Place::new().evidence(&order(&(source(&server) + values), GRAPHQL)).await;
    assert_eq!(evidence.column("id"), ids(300));
    assert_eq!(evidence.header.totals.source_count, Some(300));
    assert_eq!(evidence.header.asked.parameters["variables"], r#"{"org":"acme\"}, x: {\""}"#);
    assert!(evidence.header.asked.parameters["graphql"].starts_with("query($org"));
    let pages: Vec<_> = evidence.header.asked.pages.iter().map(|page| page.replace(&server.address, "")).collect();
    assert_eq!(pages, ["/graphql", "/graphql#after=id%3A100", "/graphql#after=id%3A200"]);
}

#[tokio::test]
async fn a_graphql_answer_with_errors_is_refused() {
    let server = Server::start(|_, _| {
        Answer::json(r#"{"data":{"organization":null},"errors":[{"message":"Could not resolve"}]}"#)
    });
    let (failure, message) =
        Place::new().refusal(&order(&(source(&server) + "[values]\norganisation = \"x\"\n"), GRAPHQL)).await;
    assert!(failure == domain::Failure::InvalidInput && message.contains("Could not resolve"), "{message}");
}

#[tokio::test]
async fn a_search_engine_is_asked_on_from_the_last_hit_in_a_body() {
    let server = Server::start(|asked, _| {
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!((&body["query"]["range"]["gte"], &body["size"]), (&"2026-07-01".into(), &10.into()));
        let from = body["search_after"][0].as_u64().unwrap_or(0);
        let last = if from < 20 { format!("[{}]", from + 10) } else { "null".to_owned() };
        Answer::json(format!("{{\"last\":{last},\"hits\":{}}}", users(from..from + 10)))
    });
    let query = USERS.replacen("format", "rows = \"hits[]\"\nformat", 1)
        + "[request]\nmethod = \"POST\"\npath = \"/_search\"\n[request.body]\nsize = 10\nquery.range.gte = \"{first_day}\"\n\
           [request.pages]\nkind = \"cursor\"\ncursor = \"last\"\nvariable = \"search_after\"\n";
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(30));
}

#[tokio::test]
async fn numbered_pages_are_asked_for_until_one_is_not_full() {
    let server = Server::start(|asked, _| {
        let (page, size) = (number(asked, "page"), number(asked, "per_page"));
        Answer::json(users((page - 1) * size..(page * size).min(25)))
    });
    let query = format!(
        "{USERS}[request]\npath = \"/users\"\n[request.pages]\nkind = \"page\"\nparameter = \"page\"\nsize_parameter = \"per_page\"\nsize = 10\n"
    );
    let evidence = Place::new().evidence(&order(&source(&server), &query)).await;
    assert_eq!(evidence.column("id"), ids(25));
    assert_eq!(server.targets().last().unwrap(), "GET /users?page=3&per_page=10");
}

fn jira(total: u64, most: u64) -> Server {
    Server::start(move |asked, _| {
        let (from, size) = (number(asked, "startAt"), number(asked, "maxResults").min(most));
        let issues = users(from..(from + size).min(total));
        Answer::json(format!("{{\"startAt\":{from},\"maxResults\":{size},\"total\":{total},\"issues\":{issues}}}"))
    })
}

const JIRA: &str = "format = \"json\"\nrows = \"issues[]\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\npath = \"/rest/api/3/search\"\n\
    [request.parameters]\njql = \"updated < {last_day}\"\n\
    [request.pages]\nkind = \"offset\"\nparameter = \"startAt\"\nsize_parameter = \"maxResults\"\nsize = 100\ntotal = \"total\"\n";

#[tokio::test]
async fn offsets_go_on_as_far_as_jira_counts_even_when_it_gives_less_at_once_than_it_is_asked_for() {
    for most in [100, 50] {
        let server = jira(230, most);
        let evidence = Place::new().evidence(&order(&source(&server), JIRA)).await;
        assert_eq!(evidence.column("id"), ids(230));
        assert_eq!(evidence.header.totals.source_count, Some(230));
        assert_eq!(
            server.targets()[1],
            format!("GET /rest/api/3/search?jql=updated+%3C+2026-07-01&maxResults=100&startAt={most}")
        );
    }
}

#[tokio::test]
async fn a_source_that_counts_other_rows_than_came_is_refused() {
    let server = Server::start(|_, _| Answer::json("{\"total\":3,\"issues\":[{\"id\":1},{\"id\":2}]}"));
    let one_page = "[request.pages]\nkind = \"link\"\ntotal = \"total\"\n";
    let query = JIRA.split("[request.pages]").next().unwrap().to_owned() + one_page;
    let (failure, message) = Place::new().refusal(&order(&source(&server), &query)).await;
    assert!(message.contains("counts 3 rows, and 2 came") && failure == domain::Failure::InvalidInput, "{message}");
    let silent = Server::start(|_, _| Answer::json("{\"issues\":[]}"));
    let (_, message) = Place::new().refusal(&order(&source(&silent), &query)).await;
    assert!(message.contains("no count of rows at total"), "{message}");
}

#[tokio::test]
async fn splunk_is_asked_with_a_form_and_answers_in_lines() {
    let server = Server::start(|asked, _| {
        assert_eq!(asked.field("search").unwrap(), "search index=\"a&b\" earliest=1782864000");
        let from: u64 = asked.field("offset").unwrap().parse().unwrap();
        let lines: String = (from..(from + 10).min(17)).map(|id| format!("{}\n", user(id))).collect();
        Answer::of("application/json; charset=UTF-8", lines)
    });
    let query = USERS.replacen("\"json\"", "\"json-lines\"", 1)
        + "[request]\nmethod = \"POST\"\npath = \"/services/search/v2/jobs/export\"\nform = true\n\
           [request.parameters]\nsearch = 'search index=\"{index}\" earliest={start_seconds}'\noutput_mode = \"json\"\n\
           [request.pages]\nkind = \"offset\"\nparameter = \"offset\"\nsize_parameter = \"count\"\nsize = 10\n";
    let access = source(&server)
        + "[authentication]\nscheme = \"basic\"\nuser = \"ana\"\nsecret = \"token\"\n[values]\nindex = \"a&b\"\n";
    let evidence = Place::new().evidence(&order(&access, &query)).await;
    assert_eq!(evidence.column("id"), ids(17));
    let page = evidence.header.asked.pages[1].replace(&server.address, "");
    assert_eq!(page, "/services/search/v2/jobs/export#count=10&offset=10");
}

const OKTA: &str = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"text\"\n[[column]]\nname = \"factors\"\nkind = \"json\"\n\
    [request]\npath = \"/api/v1/users\"\n[request.pages]\nkind = \"link\"\n\
    [request.each]\npath = \"/api/v1/users/{id}/factors\"\ninto = \"factors\"\nabsent = [404]\n";

fn okta(asked: &Asked) -> Answer {
    assert!(asked.header("authorization").starts_with("SSWS hunter2"));
    let here = format!("http://{}", asked.header("host"));
    match asked.target.as_str() {
        "/api/v1/users" => {
            let answer = Answer::json("[ {\"id\":\"00u/1?x=../%2e\"},\n {\"id\":\"00u2\" } ]");
            answer
                .with("link", format!("<{here}/api/v1/users>; rel=\"self\""))
                .with("link", format!("<{here}/api/v1/users?after=00u2>; rel=\"next\""))
        }
        "/api/v1/users?after=00u2" => Answer::json("[{\"id\":\"00u3\"},{\"id\":\"00u2\"}]"),
        "/api/v1/users/00u%2F1%3Fx%3D..%2F%252e/factors" => {
            Answer::json("[{\"factorType\":\"push\"},\n{\"factorType\":\"sms\"}]")
        }
        "/api/v1/users/00u2/factors" => Answer::json("[]"),
        _ => Answer::status(404),
    }
}

#[tokio::test]
async fn factors_are_asked_for_each_user_as_okta_gives_them() {
    let server = Server::start(|asked, _| okta(asked));
    let access = source(&server)
        + "[authentication]\nscheme = \"header\"\nname = \"Authorization\"\nprefix = \"SSWS \"\nsecret = \"token\"\n";
    let evidence = Place::new().evidence(&order(&access, OKTA)).await;
    assert_eq!(evidence.column("id"), ["00u/1?x=../%2e", "00u2", "00u3", "00u2"]);
    assert_eq!(evidence.column("factors"), [r#"[{"factorType":"push"},{"factorType":"sms"}]"#, "[]", "", "[]"]);
    let pages: Vec<_> = evidence.header.asked.pages.iter().map(|page| page.replace(&server.address, "")).collect();
    let factors = |user: &str| format!("/api/v1/users/{user}/factors");
    let expected = [
        "/api/v1/users".to_owned(),
        "/api/v1/users?after=00u2".to_owned(),
        factors("00u%2F1%3Fx%3D..%2F%252e"),
        factors("00u2"),
        factors("00u3") + "#404",
    ];
    assert_eq!(pages, expected);
    assert_eq!(evidence.header.asked.parameters["each.path"], "/api/v1/users/{id}/factors");
    assert_eq!(evidence.raw[2].bytes, b"[{\"factorType\":\"push\"},\n{\"factorType\":\"sms\"}]");
}

#[tokio::test]
async fn what_is_asked_for_each_row_may_come_in_pages_and_rows_may_be_lines() {
    let server = Server::start(|asked, _| match asked.path() {
        "/teams" => Answer::of("application/x-ndjson", "{\"team\":{\"slug\":\"a b\"}}\n{\"team\":{\"slug\":\"c\"}}\n"),
        path => {
            let (from, page) = (if path == "/teams/a%20b/members" { 0 } else { 7 }, number(asked, "page"));
            Answer::json(format!("{{\"values\":{}\n}}", users(from..if page == 1 { from + 2 } else { from + 1 })))
        }
    });
    let query = "format = \"json-lines\"\n[[column]]\nname = \"slug\"\nkind = \"text\"\nfrom = \"team.slug\"\n[[column]]\nname = \"members\"\nkind = \"json\"\n\
        [request]\npath = \"/teams\"\n[request.each]\npath = \"/teams/{team.slug}/members\"\ninto = \"members\"\nrows = \"values[]\"\n\
        [request.each.pages]\nkind = \"page\"\nparameter = \"page\"\nsize = 2\n";
    let evidence = Place::new().evidence(&order(&source(&server), query)).await;
    assert_eq!(evidence.column("slug"), ["a b", "c"]);
    let login = |id: u64| format!("{{\"id\":{id},\"login\":\"user{id:03}\"}}");
    let all = |from: u64| format!("[{},{},{}]", login(from), login(from + 1), login(from));
    assert_eq!(evidence.column("members"), [all(0), all(7)]);
}

#[tokio::test]
async fn pages_that_never_end_are_refused() {
    let link = "[request]\npath = \"/users\"\n[request.pages]\nkind = \"link\"\n";
    let cursor =
        "[request]\npath = \"/users\"\n[request.pages]\nkind = \"cursor\"\ncursor = \"next\"\nparameter = \"after\"\n";
    let numbered = "[request]\npath = \"/users\"\n[request.pages]\nkind = \"page\"\nparameter = \"page\"\nsize = 2\n";
    let rows = |query: &str| USERS.replacen("format", "rows = \"u[]\"\nformat", 1) + query;
    let server = Server::start(|asked, before| {
        let next = if before % 2 == 0 { "b" } else { "a" };
        Answer::json(format!("{{\"u\":{},\"next\":\"{next}\"}}", users(0..2)))
            .with("link", format!("<http://{}/users?after={next}>; rel=next", asked.header("host")))
    });
    for (query, told) in [(link, "was there before"), (cursor, "was there before")] {
        let (failure, message) = Place::new().refusal(&order(&source(&server), &rows(query))).await;
        assert!(message.contains(told) && failure == domain::Failure::InvalidInput, "{message}");
    }
    let same = Server::start(|_, _| Answer::json(format!("{{\"u\":{}}}", users(0..2))));
    let (_, message) = Place::new().refusal(&order(&source(&same), &rows(numbered))).await;
    assert!(message.contains("two pages are the same"), "{message}");
    let endless = Server::start(|asked, _| {
        Answer::json(format!("{{\"u\":{},\"next\":{}}}", users(0..2), number(asked, "after") + 1))
    });
    let mut place = Place::new();
    place.collector.source.bounds.pages = 20;
    let (_, message) = place.refusal(&order(&source(&endless), &rows(cursor))).await;
    assert!(message.contains("more than 20 pages") && endless.asked().len() == 20, "{message}");
}

#[tokio::test]
async fn a_page_with_more_rows_than_it_may_have_or_more_without_a_cursor_is_refused() {
    let full = Server::start(|_, _| Answer::json(users(0..30)));
    let query = format!(
        "{USERS}[request]\npath = \"/users\"\n[request.pages]\nkind = \"page\"\nparameter = \"page\"\nsize = 10\n"
    );
    let (_, message) = Place::new().refusal(&order(&source(&full), &query)).await;
    assert!(message.contains("30 rows instead of 10"), "{message}");
    let lost = Server::start(|_, _| Answer::json("{\"u\":[],\"more\":true}"));
    let query = USERS.replacen("format", "rows = \"u[]\"\nformat", 1)
        + "[request]\npath = \"/users\"\n[request.pages]\nkind = \"cursor\"\ncursor = \"next\"\nmore = \"more\"\nparameter = \"after\"\n";
    let (_, message) = Place::new().refusal(&order(&source(&lost), &query)).await;
    assert!(message.contains("there is more, and not where"), "{message}");
}
