//! Reading templates, with CloudFormation's tags written out: `!Ref X` is `{"Ref": "X"}`.

use serde_json::{Map, Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};
use yaml_serde::Value as Yaml;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// What the file at `path`, from the workspace's root, says.
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A template or another YAML document.
pub fn read(path: &str) -> Value {
    parse(&text(path))
}

/// `infra/app.yaml`
pub fn app() -> Value {
    read("infra/app.yaml")
}

/// `infra/custody.yaml`
pub fn custody() -> Value {
    read("infra/custody.yaml")
}

/// `statemachines/report.asl.json`
pub fn state_machine() -> Value {
    serde_json::from_str(&text("statemachines/report.asl.json")).unwrap()
}

/// The names in a folder, in order.
pub fn names_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The resources of a type, by logical id.
pub fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap();
    all.iter().filter(move |(_, resource)| resource["Type"] == kind).map(|(id, resource)| (id.as_str(), resource))
}

/// Every function of an application.
pub fn functions(template: &Value) -> impl Iterator<Item = (&str, &Value)> {
    resources(template, "AWS::Serverless::Function")
}

/// A value that may stand alone or in a list.
pub fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

pub fn parse(text: &str) -> Value {
    json_of(yaml_serde::from_str(text).unwrap())
}

fn json_of(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Mapping(members) => {
            let name = |key: Yaml| key.as_str().map(str::to_owned).or_else(|| key.as_u64().map(|key| key.to_string()));
            Value::Object(members.into_iter().map(|(key, value)| (name(key).unwrap(), json_of(value))).collect())
        }
        Yaml::Sequence(values) => Value::Array(values.into_iter().map(json_of).collect()),
        Yaml::Tagged(tagged) => written_out(&tagged.tag.to_string(), json_of(tagged.value)),
        plain => serde_json::to_value(plain).unwrap(),
    }
}

fn written_out(tag: &str, value: Value) -> Value {
    let name = match tag.trim_start_matches('!') {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name => format!("Fn::{name}"),
    };
    let value = match value {
        Value::String(path) if name == "Fn::GetAtt" => json!(path.splitn(2, '.').collect::<Vec<_>>()),
        other => other,
    };
    Value::Object(Map::from_iter([(name, value)]))
}

#[test]
fn tags_are_written_out() {
    let read = parse("a: !Ref B\nc: [!GetAtt D.Arn, !Sub \"${E}\"]\nf: !If [G, 1, true]\n200: x\n");
    let expected = json!({"a": {"Ref": "B"}, "c": [{"Fn::GetAtt": ["D", "Arn"]}, {"Fn::Sub": "${E}"}],
        "f": {"Fn::If": ["G", 1, true]}, "200": "x"});
    assert_eq!(read, expected);
}
