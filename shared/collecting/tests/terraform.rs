//! Terraform and OpenTofu state as evidence.
#![cfg(test)]

mod support;

use catalog::FileFormat::TerraformState;
use domain::evidence::{Cell, RawFile};
use serde_json::Value;
use support::{files, query, raw, refusal, rows, texts};

const COLUMNS: [&str; 8] = [
    "address:text",
    "mode:text",
    "type:text",
    "name:text",
    "module?:text",
    "index_key?:text",
    "id?:text=attributes.id",
    "attributes?:json",
];

/// What an independent reader finds: `type.name` of every instance, or none when the file is to be refused.
fn expected(file: &RawFile) -> Option<Vec<String>> {
    // One file names the dependencies of an instance twice, differently: nobody can say which are meant.
    let state: Value = serde_json::from_slice(&file.bytes).ok().filter(|_| !file.name.contains("v4-legacy-modules"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut names = Vec::new();
    match state["version"].as_u64()? {
        3 => {
            for module in list(&state["modules"]) {
                names.extend(module["resources"].as_object().unwrap().keys().cloned());
            }
        }
        4 => {
            for resource in list(&state["resources"]) {
                let name = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
                names.extend(list(&resource["instances"]).iter().map(|_| name.clone()));
            }
        }
        _ => return None,
    }
    Some(names)
}

#[test]
fn every_state_of_opentofu_is_read_whole_or_refused() {
    let (mut whole, mut empty, mut refused, mut instances) = (0, 0, 0, 0);
    let all = files("tfstate-opentofu", ".tfstate");
    for file in &all {
        let query = query(TerraformState, None, &COLUMNS);
        match expected(file) {
            None => {
                let refusal = refusal(&query, std::slice::from_ref(file));
                let reasons =
                    ["this is not JSON", "this state is encrypted", "names its member \"dependencies\" twice"];
                assert!(reasons.iter().any(|reason| refusal.contains(reason)), "{refusal}");
                refused += 1;
            }
            Some(names) => {
                let found = rows(&query, std::slice::from_ref(file)).unwrap();
                let found: Vec<String> = texts(&found).iter().map(|row| format!("{}.{}", row[2], row[3])).collect();
                assert_eq!(found, names, "{}", file.name);
                instances += names.len();
                *(if names.is_empty() { &mut empty } else { &mut whole }) += 1;
            }
        }
    }
    println!("{whole} read with {instances} instances, {empty} without any, {refused} refused");
    assert!(
        all.is_empty() || (whole, empty, refused, instances) == (16, 36, 7, 29),
        "{whole} {empty} {refused} {instances}"
    );
}

const OLD: &str = r#"{"version":3,"terraform_version":"0.11.14","serial":9,"lineage":"l","modules":[
  {"path":["root"],"resources":{
    "aws_s3_bucket.logs":{"type":"aws_s3_bucket","provider":"provider.aws","depends_on":["aws_kms_key.a"],
      "primary":{"id":"logs","attributes":{"id":"logs","tags.%":"1","tags.team":"x","versioning.#":"1","versioning.0.enabled":"true"},
        "meta":{},"tainted":true},"deposed":[{"id":"older","attributes":{"id":"older"}}]},
    "data.aws_ami.base":{"type":"aws_ami","provider":"provider.aws","depends_on":[],"primary":{"id":"ami-1","attributes":{"id":"ami-1"}},"deposed":[]}}},
  {"path":["root","net","inner"],"resources":{
    "aws_subnet.a.1":{"type":"aws_subnet","primary":{"id":"s1","attributes":{"id":"s1"}}}}}]}"#;

#[test]
fn an_old_state_is_told_in_the_words_of_the_new() {
    let found = rows(&query(TerraformState, None, &COLUMNS), &[raw("a.tfstate", OLD)]).unwrap();
    let bucket = r#"{"id":"logs","tags":{"team":"x"},"versioning":[{"enabled":"true"}]}"#;
    assert_eq!(
        texts(&found),
        [
            ["aws_s3_bucket.logs", "managed", "aws_s3_bucket", "logs", "", "", "logs", bucket],
            ["aws_s3_bucket.logs", "managed", "aws_s3_bucket", "logs", "", "", "older", r#"{"id":"older"}"#],
            ["data.aws_ami.base", "data", "aws_ami", "base", "", "", "ami-1", r#"{"id":"ami-1"}"#],
            [
                "module.net.module.inner.aws_subnet.a[1]",
                "managed",
                "aws_subnet",
                "a",
                "module.net.module.inner",
                "1",
                "s1",
                r#"{"id":"s1"}"#
            ],
        ]
    );
    let columns = ["status?:text", "deposed?:text", "of:text=^.type", "serial:integer=^^.serial", "dependencies?:json"];
    let found = rows(&query(TerraformState, None, &columns), &[raw("a.tfstate", OLD)]).unwrap();
    assert_eq!(texts(&found)[0], ["tainted", "", "aws_s3_bucket", "9", r#"["aws_kms_key.a"]"#]);
    assert_eq!(texts(&found)[1], ["", "0", "aws_s3_bucket", "9", r#"["aws_kms_key.a"]"#]);
}

#[test]
fn a_new_state_gives_one_flat_row_per_instance() {
    let state = r#"{"resources":[{"module":"module.a","mode":"managed","type":"t","name":"n","provider":"p","each":"map",
        "instances":[{"index_key":"k\"1","attributes":{"id":"i","size":10,"public":false}},
                     {"index_key":0,"attributes_flat":{"id":"j","l.#":"1","l.0":"x"}}]}],"serial":3,"version":4}"#;
    let columns = [
        "address:text",
        "size?:integer=attributes.size",
        "public?:boolean=attributes.public",
        "l?:json=attributes.l",
        "serial:integer=^^.serial",
        "of:text=^.name",
    ];
    let found = rows(&query(TerraformState, None, &columns), &[raw("a.tfstate", state)]).unwrap();
    let text = |text: &str| Cell::Text(text.into());
    let first = vec![
        text("module.a.t.n[\"k\\\"1\"]"),
        Cell::Integer(10),
        Cell::Boolean(false),
        Cell::Null,
        Cell::Integer(3),
        text("n"),
    ];
    let second = vec![text("module.a.t.n[0]"), Cell::Null, Cell::Null, text("[\"x\"]"), Cell::Integer(3), text("n")];
    assert_eq!(found, [first, second]);
}

#[test]
fn what_is_no_state_is_refused_with_what_to_do() {
    for (state, expected) in [
        ("{\"version\":1}", "states of versions 1 and 2 are not read"),
        ("{\"version\":5}", "not version 3 or 4"),
        ("{}", "this is not a state"),
        ("[]", "the state is not an object"),
        ("{\"version\":4,\"resources\":{}}", "\"resources\" is not an array"),
        ("{\"version\":4,\"resources\":[{\"mode\":\"managed\"}]}", "a resource has no \"type\""),
        ("{\"version\":4,\"version\":3}", "names its member \"version\" twice"),
        ("{\"version\":3,\"modules\":[{\"path\":[\"root\"],\"resources\":{\"x\":{}}}]}", "a resource is not named"),
        ("{\"encrypted_data\":\"\"}", "tofu state pull"),
        ("", "this is not JSON"),
    ] {
        let refusal = refusal(&query(TerraformState, None, &["address:text"]), &[raw("a.tfstate", state)]);
        assert!(refusal.contains(expected) && refusal.contains("a.tfstate"), "{state}: {refusal}");
    }
}
