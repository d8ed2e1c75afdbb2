//! Splunk's export: results to the last one, or nothing.
#![cfg(test)]

mod support;

use domain::Failure;
use std::{fs, path::Path};
use support::{Answer, Asked, Place, SECRET, Server, order};

const QUERY: &str = "[logs]\ntext = '''\n| tstats count AS events WHERE index={index} BY host\n'''\n\
    [[column]]\nname = \"host\"\nkind = \"text\"\n[[column]]\nname = \"events\"\nkind = \"integer\"\n";

fn source(address: &str) -> String {
    format!(
        "engine = \"splunk\"\naddress = \"{address}\"\nprivate = true\n\
         [authentication]\nscheme = \"bearer\"\nsecret = \"token\"\n[values]\nindex = \"main\"\n"
    )
}

const INFO: &str = "{\"entry\":[{\"name\":\"server-info\",\"content\":{\"version\":\"9.3.1\"}}]}";

fn line(row: u64, last: bool) -> String {
    let last = if last { ",\"lastrow\":true" } else { "" };
    format!(
        "{{\"preview\":false,\"offset\":{row}{last},\"result\":{{\"host\":\"h{row:03}\",\"events\":\"{}\"}}}}\n",
        row * 7
    )
}

fn results(rows: u64) -> String {
    (0..rows).map(|row| line(row, row + 1 == rows)).collect()
}

fn export(lines: impl Into<String>) -> Server {
    let lines = lines.into();
    answering(move |_, _| Answer::of("application/json; charset=UTF-8", lines.clone()))
}

fn answering(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |asked, before| match asked.path() {
        "/services/server/info" => Answer::json(INFO),
        path => {
            assert_eq!((asked.method.as_str(), path), ("POST", "/services/search/v2/jobs/export"));
            answer(asked, before)
        }
    })
}

#[tokio::test]
async fn an_export_is_asked_for_the_time_of_the_slot_and_every_result_is_a_row() {
    let server = export(results(17));
    let evidence = Place::new().evidence(&order(&source(&server.address), QUERY)).await;
    assert_eq!(evidence.column("host")[16], "h016");
    assert_eq!(evidence.column("events"), (0..17).map(|row| (row * 7).to_string()).collect::<Vec<_>>());
    let asked = &server.asked()[1];
    for (name, value) in [
        ("search", "| tstats count AS events WHERE index=main BY host"),
        ("earliest_time", "1782864000"),
        ("latest_time", "1782950400"),
        ("output_mode", "json"),
        ("preview", "false"),
        ("allow_partial_results", "false"),
    ] {
        assert_eq!(asked.field(name).unwrap(), value);
        assert_eq!(evidence.header.asked.parameters[&format!("parameter.{name}")], value);
    }
    assert_eq!(evidence.header.asked.parameters["engine"], "splunk 9.3.1");
    assert_eq!(evidence.raw[1].bytes, results(17).as_bytes());
}

#[tokio::test]
async fn previews_are_no_results_and_messages_that_tell_nothing_are_passed() {
    let previews: String = (0..3).map(|row| line(row, false).replace("false", "true")).collect();
    let note = "{\"preview\":true,\"messages\":[{\"type\":\"DEBUG\",\"text\":\"could not be truncated\"},{\"type\":\"INFO\",\"text\":\"Your timerange was substituted\"},{\"type\":\"WARN\",\"text\":\"a lookup is old\"}]}\r\n\n";
    let end = "{\"preview\":false,\"messages\":[]}\n";
    let server = export(format!("{previews}{note}{}{end}", results(2)));
    assert_eq!(Place::new().evidence(&order(&source(&server.address), QUERY)).await.column("host"), ["h000", "h001"]);
    for nothing in ["", "{\"preview\":false,\"offset\":0,\"lastrow\":true}\n", "{\"preview\":false}\n"] {
        let server = export(nothing);
        assert!(Place::new().evidence(&order(&source(&server.address), QUERY)).await.rows.is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn an_export_that_was_cut_is_refused() {
    let cut: String = (0..5).map(|row| line(row, false)).collect();
    let previews: String = (0..3).map(|row| line(row, true).replace("\"preview\":false", "\"preview\":true")).collect();
    let half = &results(3)[..results(3).len() - 20];
    for (lines, told) in [
        (cut.as_str(), "after 5 results without saying that the last one is the last"),
        (&format!("{}{}", results(2), line(2, false)), "after 3 results"),
        (&previews, "only previews came"),
        (half, "not JSON"),
    ] {
        let server = export(lines);
        let (failure, message) = Place::new().refusal(&order(&source(&server.address), QUERY)).await;
        assert!(failure == Failure::InvalidInput && message.contains(told), "{told}: {message}");
    }
    // Nothing at all, on a connection whose end says nothing, may have been anything.
    let server =
        answering(|_, _| Answer::raw("HTTP/1.1 200 x\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"));
    let (_, message) = Place::new().refusal(&order(&source(&server.address), QUERY)).await;
    assert!(message.contains("or nothing"), "{message}");
}

#[tokio::test]
async fn messages_that_say_that_results_are_missing_are_failures() {
    for (kind, says) in [
        ("ERROR", "Search Factory: Unknown search command 'x'."),
        ("FATAL", "Unable to find the saved search."),
        ("WARN", "Search results might be incomplete: the search process on the peer ended prematurely."),
        ("WARN", "The search was limited to 500 buckets."),
        ("INFO", "[subsearch]: Subsearch produced 50000 results, truncating to maxout 50000."),
        ("", "what is this?"),
    ] {
        let message = format!("{{\"preview\":false,\"messages\":[{{\"type\":\"{kind}\",\"text\":\"{says}\"}}]}}\n");
        for lines in [format!("{message}{}", results(3)), format!("{}{message}", results(3)), message] {
            let server = export(lines);
            let (failure, told) = Place::new().refusal(&order(&source(&server.address), QUERY)).await;
            assert!(failure == Failure::InvalidInput && told.contains(&says[..10]), "{told}");
        }
    }
    let secret = serde_json::Value::from(SECRET).to_string();
    let server = export(format!("{{\"messages\":[{{\"type\":\"ERROR\",\"text\":{secret}}}]}}\n"));
    let (_, told) = Place::new().refusal(&order(&source(&server.address), QUERY)).await;
    assert!(told.contains("gives back the secret"), "{told}");
    let refused = answering(|_, _| Answer {
        status: 400,
        ..Answer::json("{\"messages\":[{\"type\":\"FATAL\",\"text\":\"Unknown search command 'tstat'.\"}]}")
    });
    let (failure, told) = Place::new().refusal(&order(&source(&refused.address), QUERY)).await;
    assert!(failure == Failure::InvalidInput && told.contains("Unknown search command"), "{told}");
}

#[tokio::test]
async fn what_passes_is_waited_for_and_another_kind_of_answer_is_refused() {
    let server = answering(|_, before| match before {
        1 => Answer::status(503).with("retry-after", "1"),
        2 => Answer::raw(format!(
            "HTTP/1.1 200 x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{}",
            &results(9)[..64]
        )),
        _ => Answer::of("application/json", results(9)),
    });
    assert_eq!(Place::new().evidence(&order(&source(&server.address), QUERY)).await.rows.len(), 9);
    let page = answering(|_, _| Answer::of("text/html", "<html>Sign in</html>"));
    let (failure, message) = Place::new().refusal(&order(&source(&page.address), QUERY)).await;
    assert!(failure == Failure::InvalidInput && message.contains("text/html"), "{message}");
}

#[tokio::test]
async fn a_server_that_does_not_say_its_version_is_asked_all_the_same_and_cuts_are_doubted() {
    let server = Server::start(|asked, _| match asked.path() {
        "/services/server/info" => Answer::status(403),
        _ => Answer::of("application/json", results(25)),
    });
    let query = QUERY.replace("BY host", "BY host | head 25");
    let (_, message) = Place::new().refusal(&order(&source(&server.address), &query)).await;
    assert!(message.contains("25 rows") && message.contains("there may be more"), "{message}");
    let evidence = Place::new().evidence(&order(&source(&server.address), QUERY)).await;
    assert_eq!((evidence.rows.len(), evidence.header.asked.parameters.get("engine")), (25, None));
}

/// Splunk's own recording of an export, as JSON: each `<results>` becomes the lines that `output_mode=json` gives for it.
fn recorded() -> Option<(String, usize)> {
    let path = Path::new("/work/shared/data/splunk-results/streaming_results.xml");
    let Ok(text) = fs::read_to_string(path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    let (mut lines, mut count) = (String::new(), 0);
    for part in text.split("<results preview='").skip(1) {
        let preview = part.starts_with('1');
        let says = part.split("<msg type=\"").skip(1).map(|message| {
            let (kind, rest) = message.split_once("\">").unwrap();
            serde_json::json!({ "type": kind, "text": rest.split_once("</msg>").unwrap().0 })
        });
        lines += &format!("{}\n", serde_json::json!({ "preview": preview, "messages": says.collect::<Vec<_>>() }));
        for result in part.split("<result offset='").skip(1) {
            let value = result.split_once("<text>").unwrap().1.split_once("</text>").unwrap().0;
            lines += &format!(
                "{}\n",
                serde_json::json!({ "preview": preview, "offset": 0, "lastrow": true, "result": { "count": value } })
            );
            count += 1;
        }
    }
    assert_eq!(count, text.matches("</result>").count());
    Some((lines, count))
}

#[tokio::test]
async fn what_splunk_recorded_of_an_export_that_did_not_end_is_refused_and_with_its_end_it_is_taken() {
    let Some((lines, count)) = recorded() else { return };
    assert_eq!(count, 3);
    let query = "[logs]\ntext = \"index=main | stats count\"\n[[column]]\nname = \"count\"\nkind = \"integer\"\n";
    let (_, message) = Place::new().refusal(&order(&source(&export(lines.clone()).address), query)).await;
    assert!(message.contains("only previews came"), "{message}");
    let last = lines.lines().last().unwrap().replace("\"preview\":true", "\"preview\":false");
    let server = export(format!("{lines}{last}\n"));
    let evidence = Place::new().evidence(&order(&source(&server.address), query)).await;
    assert_eq!(evidence.column("count"), ["54"]);
    assert_eq!(server.asked()[1].field("search").unwrap(), "search index=main | stats count");
}
