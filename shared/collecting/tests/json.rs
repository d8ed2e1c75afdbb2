//! JSON and what is written in it, as evidence; each public file against an independent count.
#![cfg(test)]

mod support;

use catalog::{FileFormat, FileFormat::*};
use domain::evidence::Cell;
use proptest::prelude::*;
use serde_json::Value;
use std::slice::from_ref;
use support::{files, public, query, raw, refusal, rows, texts};

fn parse(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn rows_are_where_the_path_says_and_see_what_holds_them() {
    let json = r#"{"a":{"groups":[
        {"members":[{"id":1,"x":{"y":"p"}},{"id":2,"x":null}],"name":"g1"},
        {"name":"none"},
        {"members":null,"name":"none"},
        {"name":"g2","members":[{"x":{},"id":3}]}]},"by":{"who":"ana"}}"#;
    let columns = ["id:integer", "y?:text=x.y", "group:text=^.name", "by:text=^^.by.who", "all:json=."];
    let found = rows(&query(Json, Some("a.groups[].members[]"), &columns), &[raw("a.json", json)]).unwrap();
    assert_eq!(
        texts(&found),
        [
            ["1", "p", "g1", "ana", r#"{"id":1,"x":{"y":"p"}}"#],
            ["2", "", "g1", "ana", r#"{"id":2,"x":null}"#],
            ["3", "", "g2", "ana", r#"{"id":3,"x":{}}"#],
        ]
    );
    assert_eq!(found[1][1], Cell::Null);
}

#[test]
fn the_answer_itself_can_be_the_row() {
    let answer = raw("a.json", "\u{feff} {\"PasswordPolicy\": {\"MinimumPasswordLength\": 14}} \n");
    let found =
        rows(&query(Json, Some(""), &["length:integer=PasswordPolicy.MinimumPasswordLength"]), &[answer]).unwrap();
    assert_eq!(found, [[Cell::Integer(14)]]);
}

#[test]
fn each_line_of_json_lines_is_a_row() {
    let query = query(JsonLines, None, &["a:integer"]);
    let found = rows(&query, &[raw("a.jsonl", "{\"a\":1}\r\n\n {\"a\":2}"), raw("b.jsonl", "")]).unwrap();
    assert_eq!(texts(&found), [["1"], ["2"]]);
    let broken = refusal(&query, &[raw("a.jsonl", "{\"a\":1}\n{\"a\":\n2}")]);
    assert!(broken.contains("\"a.jsonl\", line 2: this is not JSON"), "{broken}");
}

#[test]
fn what_does_not_fit_is_refused_with_file_row_and_column() {
    let array = |columns: &[&str], json: &str| refusal(&query(Json, Some("[]"), columns), &[raw("x/a.json", json)]);
    for (refusal, expected) in [
        (
            array(&["a:integer"], "[{\"a\":1},\n{\"a\":9007199254740993}]"),
            "row 2 (line 2), column \"a\": the number is beyond 2^53",
        ),
        (array(&["a:real"], "[{\"a\":1e300}]"), "row 1 (line 1), column \"a\": the number is beyond 2^53"),
        (array(&["a:json"], "[{\"a\":[9007199254740993]}]"), "column \"a\": a number in it is beyond 2^53"),
        (array(&["a:text"], "[{\"a\":{}}]"), "declare the column as json"),
        (array(&["a:text"], "[{\"b\":1}]"), "row 1 (line 1), column \"a\": there is no \"a\""),
        (array(&["a:text"], "[{\"a\":1,\"a\":2}]"), "row 1 (line 1): an object names its member \"a\" twice"),
        (array(&["a:text"], "[1]"), "row 1 (line 1), column \"a\": there is no \"a\""),
        (array(&["a:text"], "[null]"), "a row is absent or null"),
        (array(&["a:text"], "{\"a\":1}"), "at the row path \"[]\": there is something else than an array"),
        (array(&["a:text=^^.x"], "[]"), "looks further up than the 1 arrays around a row"),
        (array(&["a:text"], "[{\"a\":1}"), "line 1: this is not JSON"),
        (array(&["a:text"], "[{\"a\":1}]x"), "line 1: this is not JSON"),
        (array(&["a:text"], "[{\"a\":\"\\ud800\"}]"), "column \"a\""),
    ] {
        assert!(refusal.contains(expected), "{refusal}");
    }
    let envelope = refusal(&query(Json, Some("Records[]"), &["a:text"]), &[raw("a.json", "{\"records\":[]}")]);
    assert!(envelope.contains("at the row path \"Records[]\": there is no such array"), "{envelope}");
    let missing = refusal(&query(Json, Some("[].node"), &["a:text"]), &[raw("a.json", "[{\"node\":{\"a\":1}},{}]")]);
    assert!(missing.contains("a row is absent or null"), "{missing}");
}

#[test]
fn json_nested_beyond_reason_is_passed_over_or_refused() {
    let deep = format!("[{{\"a\":1,\"b\":{}{}}}]", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(rows_text(&["a:integer"], &deep), [["1"]]);
    assert!(refusal(&query(Json, Some("[]"), &["b:json"]), &[raw("a.json", deep)]).contains("recursion limit"));
}

fn rows_text(columns: &[&str], json: &str) -> Vec<Vec<String>> {
    texts(&rows(&query(Json, Some("[]"), columns), &[raw("a.json", json)]).unwrap())
}

#[test]
fn sarif_gives_every_result_with_its_tool() {
    for file in files("scans", ".sarif") {
        let sarif = parse(&file.bytes);
        let mut expected = Vec::new();
        for run in sarif["runs"].as_array().unwrap() {
            for result in run["results"].as_array().unwrap() {
                let rule = result["ruleId"].as_str().or(result["rule"]["id"].as_str()).unwrap_or_default();
                expected.push(vec![run["tool"]["driver"]["name"].as_str().unwrap().to_owned(), rule.to_owned()]);
            }
        }
        let by_id = rows(&query(Sarif, None, &["tool:text=^.tool.driver.name", "rule?:text=ruleId"]), from_ref(&file));
        println!("{}: {} results", file.name, expected.len());
        assert_eq!(texts(&by_id.unwrap()), expected, "{}", file.name);
    }
    let old = refusal(&query(Sarif, None, &["x?:text"]), &[raw("a.sarif", "{\"version\":\"2.0.0\",\"runs\":[]}")]);
    assert!(old.contains("SARIF of another version"), "{old}");
}

#[test]
fn scanners_outputs_lose_no_finding() {
    let count =
        |format: FileFormat, rows_at: Option<&str>, id: &str, file: &str, expected: &dyn Fn(&Value) -> Vec<String>| {
            let folder = if file.starts_with("example") { "prowler" } else { "scans" };
            for file in files(folder, file) {
                let found =
                    texts(&rows(&query(format, rows_at, &[&format!("id:text={id}")]), from_ref(&file)).unwrap());
                let expected = expected(&parse(&file.bytes));
                println!("{}: {} findings", file.name, expected.len());
                assert!(!expected.is_empty());
                assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), expected, "{}", file.name);
            }
        };
    let each = |pointer: &'static str| {
        move |answer: &Value| -> Vec<String> {
            let of = |row: &Value| row.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            answer.as_array().unwrap().iter().map(of).collect()
        }
    };
    count(Asff, None, "Id", "asff_many_vulns.json", &each("/Id"));
    count(Ocsf, None, "finding_info.uid", "prowler_many_vuln.ocsf.json", &each("/finding_info/uid"));
    count(Ocsf, None, "metadata.event_code", "example_output_aws.ocsf.json", &each("/metadata/event_code"));
    count(Ocsf, None, "metadata.event_code", "example_output_gcp.ocsf.json", &each("/metadata/event_code"));
    let nested = |list: &'static str, id: &'static str| {
        move |answer: &Value| -> Vec<String> {
            let results = answer["Results"].as_array().unwrap().iter();
            let lists = results.filter_map(|result| result[list].as_array()).flatten();
            lists.map(|row| row[id].as_str().unwrap().to_owned()).collect()
        }
    };
    let trivy = nested("Vulnerabilities", "VulnerabilityID");
    for file in ["all_statuses.json", "issue_9263.json"] {
        count(Json, Some("Results[].Vulnerabilities[]"), "VulnerabilityID", file, &trivy);
    }
    count(Json, Some("results.failed_checks[]"), "check_id", "checkov-report-many-vuln.json", &|answer| {
        let checks = answer["results"]["failed_checks"].as_array().unwrap();
        checks.iter().map(|check| check["check_id"].as_str().unwrap().to_owned()).collect()
    });
}

#[test]
fn findings_come_in_each_of_their_envelopes() {
    let one = |format, json: &str| texts(&rows(&query(format, None, &["id:text"]), &[raw("a.json", json)]).unwrap());
    assert_eq!(one(Asff, r#"{"Findings":[{"id":"1"}]}"#), [["1"]]);
    assert_eq!(one(Asff, r#"[{"id":"1"}]"#), [["1"]]);
    assert_eq!(one(Ocsf, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"), [["1"], ["2"]]);
    assert_eq!(one(Ocsf, "{\n\"id\":\"1\"\n}\n"), [["1"]]);
    assert_eq!(one(Cloudtrail, r#"{"Records":[{"id":"1"}]}"#), [["1"]]);
    assert_eq!(one(Cloudtrail, "{\"Records\":\n[{\"id\":\"1\"}]}"), [["1"]]);
    assert_eq!(one(Cloudtrail, "{\"id\":\"1\"}\n{\"id\":\"2\"}"), [["1"], ["2"]]);
    assert!(refusal(&query(Cloudtrail, None, &["id:text"]), &[raw("a.json", "")]).contains("not JSON"));
    assert!(refusal(&query(Asff, None, &["id:text"]), &[raw("a.json", "{\"id\":\"1\"}")]).contains("Findings[]"));
}

#[test]
fn recorded_cloudtrail_exercises_are_read_out_of_their_zips() {
    let Some(folder) = public("cloudtrail-otrf") else { return };
    let file = |name: &str| raw(name, std::fs::read(folder.join(name)).unwrap());
    let trail = file("ec2_proxy_s3_exfiltration.zip");
    let lines = unzip(&trail.bytes);
    let expected: Vec<Vec<String>> = lines
        .lines()
        .map(|line| parse(line.as_bytes()))
        .map(|event| {
            ["eventID", "eventName", "eventSource"].map(|name| event[name].as_str().unwrap().to_owned()).to_vec()
        })
        .collect();
    let columns = ["id:text=eventID", "name:text=eventName", "source:text=eventSource"];
    println!("{} events", expected.len());
    assert_eq!(texts(&rows(&query(Cloudtrail, None, &columns), from_ref(&trail)).unwrap()), expected);
    assert_eq!(texts(&rows(&query(JsonLines, None, &columns), from_ref(&trail)).unwrap()), expected);
    let times = rows(&query(Cloudtrail, None, &["at:time=@timestamp", "who:json=userIdentity"]), &[trail]).unwrap();
    assert_eq!(times.len(), expected.len());

    let bucket = file("aws_s3_honeybucketlogs.zip");
    let csv = unzip(&bucket.bytes);
    let expected = csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).count();
    println!("{expected} bucket events");
    let columns = ["at:time=Event DateTime", "name:text=Event Name", "from:text=Source IP"];
    assert_eq!(rows(&query(Csv, None, &columns), &[bucket]).unwrap().len(), expected);
}

fn unzip(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    std::io::read_to_string(archive.by_index(0).unwrap()).unwrap()
}

/// JSON of any shape, with names and texts that have to be escaped.
fn value() -> impl Strategy<Value = Value> {
    let text = || prop_oneof!["[a-c\"\\\\{}\\[\\],: \n]{0,5}", any::<String>()];
    let number = -((1_i64 << 53) - 1)..(1_i64 << 53);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number.prop_map(Value::from),
        (-1e15..1e15).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_serde_json_writes_reads_back_equal(
        values in prop::collection::vec(value(), 0..6),
        texts in prop::collection::vec(any::<String>(), 6),
        pretty in any::<bool>()
    ) {
        let row = |(value, text): (&Value, &String)| serde_json::json!({"v": value, "t": text, "w": [value]});
        let given: Vec<Value> = values.iter().zip(&texts).map(row).collect();
        let json = if pretty { serde_json::to_vec_pretty(&given) } else { serde_json::to_vec(&given) };
        let mut query = query(Json, None, &["v:json", "t:text", "all:json=."]);
        query.null.clear();
        let found = rows(&query, &[raw("a.json", json.unwrap())]).unwrap();
        prop_assert_eq!(found.len(), given.len());
        let canonical = |value: &Value| match value {
            Value::Null => Cell::Null,
            value => Cell::Text(String::from_utf8(domain::canonical::to_bytes(value).unwrap()).unwrap()),
        };
        for (cells, row) in found.iter().zip(&given) {
            let expected = [canonical(&row["v"]), Cell::Text(row["t"].as_str().unwrap().to_owned()), canonical(row)];
            prop_assert_eq!(cells.as_slice(), &expected);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_fail_otherwise_than_by_refusing(
        bytes in prop::collection::vec(prop_oneof![
            prop::sample::select(b"[]{}\",:\\10a \n".to_vec()), any::<u8>()
        ], 0..120),
        value in value()
    ) {
        for format in [Json, JsonLines, Cloudtrail, Sarif, Ocsf, Asff, TerraformState] {
            for bytes in [bytes.clone(), value.to_string().into_bytes()] {
                let query = query(format, None, &["a?:text", "b?:json=c.d"]);
                if let Err(error) = rows(&query, &[raw("a", bytes)]) {
                    prop_assert_eq!(error.failure(), domain::Failure::InvalidInput);
                }
            }
        }
    }
}
