//! `infra/openapi.yaml`, and holding what is answered to it.

use crate::served::Answer;
use api::{Problem, ProblemKind, ROUTES, Role};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, sync::LazyLock};

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/openapi.yaml");
    yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

fn resolved(mut node: &Value) -> &Value {
    while let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        node = DESCRIPTION
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere"));
    }
    node
}

/// The path of the description that `path` is one of.
fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let matches = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        // The path of a tile has slashes.
        let is_whole = wanted.len() == parts.len() || (template.ends_with("/{path}") && wanted.len() < parts.len());
        is_whole && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    ROUTES.iter().map(|route| route.path).find(|template| matches(template))
}

/// Fails when an answer is not as the description says. A path or a method that it does not have may only be refused.
pub fn hold(method: &str, path: &str, answer: &Answer) {
    let operation = template(path).and_then(|template| DESCRIPTION["paths"][template].get(method.to_lowercase()));
    let Some(operation) = operation else {
        assert!(path.starts_with("/v1/objects/") || [404, 405].contains(&answer.status), "{method} {path}: {answer:?}");
        return;
    };
    let found = complaint(operation, answer);
    assert!(found.is_none(), "{method} {path}: {}\n{}", found.unwrap(), answer.text());
}

fn complaint(operation: &Value, answer: &Answer) -> Option<String> {
    let response = operation["responses"].get(answer.status.to_string());
    let Some(response) = response.map(resolved) else { return Some(format!("{} is not described", answer.status)) };
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        if header["required"] == true && !answer.headers.contains_key(&name.to_lowercase()) {
            return Some(format!("there is no header {name}"));
        }
    }
    if response.get("content").is_none() {
        return (!answer.bytes.is_empty()).then(|| "a body is not described".to_owned());
    }
    let kind = answer.headers.get("content-type").cloned().unwrap_or_default();
    let Some(content) = response["content"].get(&kind) else { return Some(format!("{kind:?} is not described")) };
    let value = if kind.ends_with("json") { answer.json() } else { Value::String(answer.text()) };
    misfit(&content["schema"], &value, "$").err()
}

/// As much of JSON Schema as the description uses; formats and patterns are schemathesis' to check.
fn misfit(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(schema);
    let list = |name: &str| schema[name].as_array().into_iter().flatten();
    list("allOf").try_for_each(|part| misfit(part, value, at))?;
    let fitting = |name: &str| list(name).filter(|part| misfit(part, value, at).is_ok()).count();
    if schema.get("oneOf").is_some() && fitting("oneOf") != 1 {
        return Err(format!("{at} fits {} of oneOf", fitting("oneOf")));
    }
    if schema.get("anyOf").is_some() && fitting("anyOf") == 0 {
        return Err(format!("{at} fits none of anyOf"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{at} is not {}", schema["const"]));
    }
    if schema.get("enum").is_some_and(|all| !all.as_array().unwrap().contains(value)) {
        return Err(format!("{at} is none of {}", schema["enum"]));
    }
    fits_type(&schema["type"], value).then_some(()).ok_or_else(|| format!("{at} is not {}", schema["type"]))?;
    members(schema, value, at)
}

fn fits_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the description uses the type {other}"),
    };
    match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        _ => true,
    }
}

fn members(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        misfit(&schema["items"], item, &format!("{at}[{index}]"))?;
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten() {
        object.get(name.as_str().unwrap()).ok_or_else(|| format!("{at} has no {name}"))?;
    }
    for (name, member) in object {
        match schema["properties"].get(name) {
            Some(described) => misfit(described, member, &format!("{at}.{name}"))?,
            None if schema["additionalProperties"] == false => return Err(format!("{at}.{name} is not described")),
            None => {}
        }
    }
    Ok(())
}

#[test]
fn the_described_operations_and_roles_are_those_of_the_code() {
    let mut described = BTreeSet::new();
    for (path, methods) in DESCRIPTION["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let roles = operation["x-roles"].as_array().unwrap().iter().map(|role| role.as_str().unwrap());
            let name = operation["operationId"].as_str().unwrap();
            described.insert(format!("{} {path} {name} {:?}", method.to_uppercase(), roles.collect::<Vec<_>>()));
        }
    }
    let named = |roles: &[Role]| roles.iter().map(|role| role.name()).collect::<Vec<_>>();
    let ours = ROUTES
        .iter()
        .map(|route| format!("{} {} {} {:?}", route.method, route.path, route.operation, named(route.roles)));
    assert_eq!(described, ours.collect());
}

#[test]
fn every_problem_and_failure_of_the_code_is_described() {
    let described = |pointer: &str| -> BTreeSet<String> {
        let all = DESCRIPTION.pointer(pointer).unwrap().as_array().unwrap();
        all.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let problems = ProblemKind::ALL.iter().map(|kind| text(serde_json::to_value(kind).unwrap()));
    assert_eq!(described("/components/schemas/Problem/properties/type/enum"), problems.collect());
    let failures = domain::Failure::ALL.iter().map(|failure| failure.name().to_owned());
    assert_eq!(described("/components/schemas/Failure/enum"), failures.collect());
    let contents = api::LinkContent::ALL.iter().map(|content| text(serde_json::to_value(content).unwrap()));
    assert_eq!(described("/components/schemas/Link/properties/content/enum"), contents.collect());
}

#[test]
fn every_example_fits_its_own_schema() {
    let mut seen = 0;
    let methods =
        DESCRIPTION["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    for operation in methods {
        let responses = operation["responses"].as_object().unwrap().values();
        let contents = responses.chain([&operation["requestBody"]]).map(|holder| &resolved(holder)["content"]);
        for content in contents.filter_map(Value::as_object).flat_map(|content| content.values()) {
            let many = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            for example in many.chain(content.get("example")) {
                misfit(&content["schema"], example, "$").unwrap();
                seen += 1;
            }
        }
    }
    assert!(seen > 6, "only {seen} examples were seen");
}

#[test]
fn an_answer_that_is_not_described_is_seen() {
    let operation = &DESCRIPTION["paths"]["/v1/reports"]["get"];
    let answer = |status: u16, kind: &str, body: &str| Answer {
        status,
        headers: [("content-type".to_owned(), kind.to_owned())].into(),
        bytes: body.as_bytes().to_vec(),
    };
    let run = r#"{"run_id":"r","framework":"soc2","period":"2026","requested_by":"a","requested_at":"2026-01-01T00:00:00Z","status":"requested"}"#;
    let fine = answer(200, "application/json", &format!(r#"{{"items":[{run}],"next":null}}"#));
    assert_eq!(complaint(operation, &fine), None);
    let wrong = [
        answer(418, "application/json", "{}"),
        answer(200, "text/html", "{}"),
        answer(200, "application/json", r#"{"items":[]}"#),
        answer(200, "application/json", r#"{"items":[],"next":1}"#),
        answer(200, "application/json", r#"{"items":[],"next":null,"more":1}"#),
        answer(
            200,
            "application/json",
            &format!(r#"{{"items":[{}],"next":null}}"#, run.replace("requested\"}", "lost\"}")),
        ),
    ];
    for answer in wrong {
        assert!(complaint(operation, &answer).is_some(), "{answer:?}");
    }
    let problem = serde_json::to_string(&Problem::new(ProblemKind::BadRequest, "x")).unwrap();
    assert_eq!(complaint(operation, &answer(400, "application/problem+json", &problem)), None);
}
