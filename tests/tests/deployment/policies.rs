//! What the roles of the functions may do.

use crate::{none, one, template};
use serde_json::{Value, json};

/// The statements of a function's policies.
fn statements(function: &Value) -> Vec<&Value> {
    let policies = template::list(&function["Properties"]["Policies"]);
    policies.into_iter().flat_map(|policy| template::list(&policy["Statement"])).collect()
}

fn actions(statement: &Value) -> Vec<&str> {
    template::list(&statement["Action"]).into_iter().filter_map(Value::as_str).collect()
}

const READS: [&str; 8] = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectRetention",
    "s3:ListBucket",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "kms:Decrypt",
    "kms:GetPublicKey",
];

/// What `ApiReadFunction` may do beyond reading: nothing but to record that a link was handed out.
fn writes_of_api_read(app: &Value) -> Vec<String> {
    let statements = statements(&app["Resources"]["ApiReadFunction"]);
    let allowed = statements.iter().filter(|statement| statement["Effect"] == "Allow");
    let is_only_write = |statement: &Value| {
        let condition = json!({
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*/handed-out"]}, "Null": {"dynamodb:LeadingKeys": "false"}
        });
        actions(statement) == ["dynamodb:PutItem"] && statement["Condition"] == condition
    };
    let writing = allowed.filter(|statement| actions(statement).iter().any(|action| !READS.contains(action)));
    let more = writing.filter(|statement| !is_only_write(statement));
    let mut complaints: Vec<String> = more.map(|statement| format!("api-read may {}", statement["Action"])).collect();
    // `*` takes slashes, too: acme/evidence/handed-out would be the evidence of a control of that name.
    let denial = json!({"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "*/*/*"}});
    let is_denied = |statement: &&Value| statement["Effect"] == "Deny" && statement["Condition"] == denial;
    if !statements.iter().any(|statement| is_denied(statement) && actions(statement) == ["dynamodb:PutItem"]) {
        complaints.push("api-read may write the evidence of a control called handed-out".to_owned());
    }
    let policies = template::list(&app["Resources"]["ApiReadFunction"]["Properties"]["Policies"]);
    let foreign = policies.iter().filter(|policy| policy.get("Statement").is_none());
    complaints.extend(foreign.map(|policy| format!("api-read has a policy that is not spelled out: {policy}")));
    complaints
}

/// What no function may have: actions by pattern, records of any partition, other people's rules, loosening locks.
fn too_much(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, function) in template::functions(app) {
        let allowed = statements(function).into_iter().filter(|statement| statement["Effect"] == "Allow");
        for statement in allowed {
            complaints.extend(excess(statement).map(|what| format!("{id}: {} {what}", statement["Sid"])));
        }
    }
    complaints
}

const NOBODYS: [&str; 5] =
    ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "dynamodb:Scan", "iam:PassRole"];

fn excess(statement: &Value) -> Option<&'static str> {
    let actions = actions(statement);
    let of = |service: &str| actions.iter().any(|action| action.starts_with(service));
    let condition = &statement["Condition"];
    if actions.is_empty() || actions.iter().any(|action| action.contains('*')) {
        return Some("allows actions by pattern");
    }
    if actions.iter().any(|action| NOBODYS.contains(action)) {
        return Some("allows what no function needs");
    }
    if statement["Resource"] == "*" && actions != ["events:ListRules"] {
        return Some("is about everything");
    }
    // For all of no keys is true: a call without a leading key has to be refused apart.
    let partitions = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].is_array();
    if of("dynamodb:") && !(partitions && condition["Null"]["dynamodb:LeadingKeys"] == "false") {
        return Some("is about records of any partition");
    }
    if actions.contains(&"dynamodb:DeleteItem")
        && condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] != json!(["*/outbox", "*/handed-out"])
    {
        return Some("deletes other records than events that are in the log");
    }
    let of_the_log = actions.iter().all(|action| ["kms:Sign", "kms:GetPublicKey"].contains(action));
    if of_the_log && statement["Resource"].to_string().contains("EvidenceKey") {
        return Some("signs with another key than the log's");
    }
    if of("kms:") && !of_the_log && condition["StringEquals"]["kms:ViaService"].is_null() {
        return Some("uses the key outside of the stores");
    }
    let drafts = ["${DraftsBucket.Arn}/*", "${DraftsBucket.Arn}/*/parts-*"].map(|drafts| json!({"Fn::Sub": drafts}));
    let deletes = actions.contains(&"s3:DeleteObject") && !drafts.contains(&statement["Resource"]);
    deletes.then_some("deletes more than drafts")
}

/// Whoever signs or takes events away beside the function that seals, and what it could write because it is only named like the log.
fn sealing(app: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, function) in template::functions(app) {
        let allowed = statements(function).into_iter().filter(|statement| statement["Effect"] == "Allow");
        for action in allowed.flat_map(actions).filter(|action| ["kms:Sign", "dynamodb:DeleteItem"].contains(action)) {
            if id != "SealFunction" {
                complaints.push(format!("{id} may {action}"));
            }
        }
    }
    for (id, writes) in [
        ("SealFunction", json!(["dynamodb:PutItem", "dynamodb:DeleteItem"])),
        ("ScheduleFunction", json!("dynamodb:PutItem")),
        ("SnapshotFunction", json!("dynamodb:PutItem")),
        ("ApiWriteFunction", json!("dynamodb:PutItem")),
    ] {
        let denial = json!({"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "*/*/*"}});
        let denies = |of: &&Value| of["Effect"] == "Deny" && of["Action"] == writes && of["Condition"] == denial;
        if !statements(&app["Resources"][id]).iter().any(denies) {
            complaints.push(format!("{id} may write the evidence of a control called outbox"));
        }
    }
    let objects = |of: &&Value| {
        of["Effect"] == "Deny"
            && of["Action"] == json!(["s3:PutObject", "s3:PutObjectRetention"])
            && of["Resource"]["Fn::Sub"][0] == "${Bucket}/*/*/log/*"
    };
    if !statements(&app["Resources"]["SealFunction"]).iter().any(objects) {
        complaints.push("SealFunction may deposit evidence of a control called log".to_owned());
    }
    complaints
}

#[test]
fn one_function_signs_and_takes_events_away_and_writes_nothing_else() {
    none(sealing(&template::app()));
}

#[test]
fn another_that_signs_or_a_name_that_lets_more_be_written_is_seen() {
    let mut app = planted("UploadFunction", 0, |statement| statement["Action"] = json!(["kms:Sign"]));
    one(sealing(&app), "UploadFunction may kms:Sign");
    app = planted("ApiWriteFunction", 0, |statement| statement["Action"] = json!(["dynamodb:DeleteItem"]));
    one(sealing(&app), "ApiWriteFunction may dynamodb:DeleteItem");
    for (index, word) in [(4, "called outbox"), (9, "called log")] {
        one(sealing(&planted("SealFunction", index, |statement| statement["Effect"] = json!("Allow"))), word);
    }
    let other_key = |statement: &mut Value| statement["Resource"] = json!({"Fn::ImportValue": "x-EvidenceKeyArn"});
    one(too_much(&planted("SealFunction", 10, other_key)), "another key");
    let partitions = |statement: &mut Value| {
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = json!(["*/outbox", "*/log"]);
    };
    one(too_much(&planted("SealFunction", 3, partitions)), "deletes other records");
}

#[test]
fn auditors_come_in_through_a_role_that_writes_nothing_but_that_a_link_was_handed_out() {
    none(writes_of_api_read(&template::app()));
}

#[test]
fn no_function_may_do_more_than_it_does() {
    none(too_much(&template::app()));
}

fn planted(function: &str, index: usize, plant: impl Fn(&mut Value)) -> Value {
    let mut app = template::app();
    plant(&mut app["Resources"][function]["Properties"]["Policies"][0]["Statement"][index]);
    app
}

#[test]
fn a_role_of_api_read_that_could_write_is_seen() {
    let allow = |action: &'static str| move |statement: &mut Value| statement["Action"] = json!([action]);
    for action in ["s3:PutObject", "dynamodb:UpdateItem", "kms:GenerateDataKey", "dynamodb:Scan", "s3:*"] {
        one(writes_of_api_read(&planted("ApiReadFunction", 0, allow(action))), action);
    }
    let everywhere = |statement: &mut Value| statement["Condition"] = Value::Null;
    one(writes_of_api_read(&planted("ApiReadFunction", 2, everywhere)), "dynamodb:PutItem");
    let wider = |statement: &mut Value| {
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = json!(["*/handed-out", "*/outbox"]);
    };
    one(writes_of_api_read(&planted("ApiReadFunction", 2, wider)), "dynamodb:PutItem");
    let undone = |statement: &mut Value| statement["Condition"] = Value::Null;
    one(writes_of_api_read(&planted("ApiReadFunction", 3, undone)), "called handed-out");
    let mut app = template::app();
    let policies = app["Resources"]["ApiReadFunction"]["Properties"]["Policies"].as_array_mut();
    policies.unwrap().push(json!("AmazonS3FullAccess"));
    one(writes_of_api_read(&app), "AmazonS3FullAccess");
}

#[test]
fn a_role_that_is_too_wide_is_seen() {
    let widened = |index, plant: fn(&mut Value)| too_much(&planted("UploadFunction", index, plant));
    one(widened(0, |statement| statement["Action"] = json!("s3:*")), "by pattern");
    one(widened(0, |statement| statement["Action"] = json!(["s3:DeleteObjectVersion"])), "no function needs");
    one(widened(1, |statement| statement["Resource"] = json!("*")), "about everything");
    one(widened(3, |statement| statement["Condition"]["Null"] = Value::Null), "any partition");
    one(widened(4, |statement| statement["Condition"] = Value::Null), "outside of the stores");
    one(widened(2, |statement| statement["Action"] = json!(["s3:PutObject", "s3:DeleteObject"])), "more than drafts");
}
