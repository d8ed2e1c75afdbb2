//! Answers that AWS gave to others (Cloud Custodian recorded them), read whole: what comes out is what Python's own readers find in the same files.
//! Skipped with a line where they are not there.
#![cfg(test)]

mod support;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::{
    OWN_ONE, Place,
    cloud::{Accounts, Cloud, Held, OWN},
    order,
    server::Answer,
};

const REGION: &str = "eu-central-1";

// By file what is to be found in it, as lists of words; of nobody's making but Python's.
const INDEPENDENT: &str = r#"
import csv, datetime, io, json, os, sys
def instant(value):
    if not isinstance(value, dict):
        return value or ""
    parts = [value[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    return "%04d-%02d-%02dT%02d:%02d:%02d" % tuple(parts)
def word(value):
    return {True: "yes", False: "no", None: ""}.get(value, str(value)) if isinstance(value, (bool, type(None))) else str(value)
found = {}
for name in sorted(os.listdir(sys.argv[1])):
    if not name.endswith(".json"):
        continue
    data = json.load(open(os.path.join(sys.argv[1], name)))["data"]
    if "DescribeTrails" in name:
        trails = {trail["TrailARN"]: trail for trail in data["trailList"]}
        found[name] = sorted("|".join([trail["HomeRegion"], trail["Name"], word(trail["IsMultiRegionTrail"]), word(trail["LogFileValidationEnabled"]), trail.get("KmsKeyId", "")]) for trail in trails.values())
    elif "GetTrailStatus" in name:
        found[name] = [word(data["IsLogging"]) + "|" + instant(data.get("LatestDeliveryTime"))]
    elif "GetKeyRotationStatus" in name:
        found[name] = [word(data["KeyRotationEnabled"])]
    elif "GetAccountPasswordPolicy" in name:
        policy = data.get("PasswordPolicy")
        found[name] = ["yes|%s|%s" % (policy["MinimumPasswordLength"], word(policy["RequireSymbols"]))] if policy else ["no||"]
    elif "GetCredentialReport" in name:
        rows = list(csv.DictReader(io.StringIO(data.get("Content", ""))))
        none = lambda text: "" if text in ("N/A", "no_information", "not_supported") else {"true": "yes", "false": "no"}.get(text.lower(), text)
        found[name] = ["|".join([row["user"], row["arn"], none(row["password_enabled"]), none(row["mfa_active"]), none(row["access_key_1_active"])]) for row in rows]
    elif "DescribeDBInstances" in name:
        found[name] = sorted(instance["DBInstanceIdentifier"] + "|" + word(instance.get("StorageEncrypted")) for instance in data["DBInstances"])
    elif "GetAccountSummary" in name:
        found[name] = None
    else:
        raise SystemExit("nobody reads " + name)
print(json.dumps(found))
"#;

fn folder() -> Option<PathBuf> {
    let folder = env::var_os("EXHIBIT_DATA").map_or_else(|| PathBuf::from("/work/shared/data"), PathBuf::from);
    let folder = folder.join("aws-api");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}", folder.display());
    None
}

fn independently(folder: &Path) -> Option<BTreeMap<String, Option<Vec<String>>>> {
    let Ok(output) = Command::new("python3").args(["-c", INDEPENDENT]).arg(folder).output() else {
        println!("skipped: there is no python3");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

// A time as the recorder writes it, as AWS does.
fn as_sent(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.get("__class__").is_some_and(|class| class == "datetime") => seconds(members),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), as_sent(value))).collect(),
        Value::Array(items) => items.iter().map(as_sent).collect(),
        other => other.clone(),
    }
}

fn seconds(members: &Map<String, Value>) -> Value {
    let of = |name: &str| members[name].as_i64().unwrap();
    let small = |name: &str| i8::try_from(of(name)).unwrap();
    let year = i16::try_from(of("year")).unwrap();
    let time = civil::date(year, small("month"), small("day")).at(small("hour"), small("minute"), small("second"), 0);
    let instant: Timestamp = TimeZone::UTC.to_timestamp(time).unwrap();
    json!(instant.as_second() as f64 + of("microsecond") as f64 / 1e6)
}

fn texts(members: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.as_object().unwrap().iter().map(|(name, value)| format!("<{name}>{}</{name}>", text(value))).collect()
}

/// What the collector makes of one recorded answer, in the words of [`INDEPENDENT`].
async fn collected(name: &str, status: u16, data: &Value) -> Vec<String> {
    let mut held = Held::default();
    let (query, columns): (&str, &[&str]) = if name.contains("DescribeTrails") {
        let trails = data["trailList"].as_array().unwrap().clone();
        for trail in &trails {
            held.statuses.insert(trail["TrailARN"].as_str().unwrap().to_owned(), json!({ "IsLogging": true }));
        }
        held.trails.insert(REGION.to_owned(), trails);
        ("aws-trail-status", &["region", "name", "is_multi_region", "log_file_validation", "kms_key_id"])
    } else if name.contains("GetTrailStatus") {
        let trail = json!({ "Name": "t", "TrailARN": "t", "HomeRegion": REGION, "IsMultiRegionTrail": true, "LogFileValidationEnabled": true });
        held.trails.insert(REGION.to_owned(), vec![trail]);
        held.statuses.insert("t".to_owned(), data.clone());
        ("aws-trail-status", &["is_logging", "latest_delivery_time"])
    } else if name.contains("GetKeyRotationStatus") {
        let key = json!({ "KeyId": "k", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "KeyState": "Enabled" });
        held.keys.insert((REGION.to_owned(), "k".to_owned()), (key, Answer::json(data)));
        ("aws-key-rotation", &["rotation_enabled"])
    } else if name.contains("GetAccountPasswordPolicy") {
        held.policy = data.get("PasswordPolicy").map(texts);
        ("aws-password-policy", &["present", "minimum_length", "require_symbols"])
    } else if name.contains("GetCredentialReport") {
        held.report = data["Content"].as_str().unwrap_or("user,arn\n").to_owned();
        ("aws-credential-report", &["user", "arn", "password_enabled", "mfa_active", "access_key_1_active"])
    } else {
        for instance in data["DBInstances"].as_array().unwrap() {
            let id = instance["DBInstanceIdentifier"].as_str().unwrap().to_owned();
            held.resources.insert((REGION.to_owned(), "AWS::RDS::DBInstance".to_owned(), id), instance.clone());
        }
        ("aws-database-instances", &["identifier", "properties"])
    };
    if status >= 400 && name.contains("GetCredentialReport") {
        return not_yet(held, data, status).await;
    }
    let cloud = Cloud::of(Accounts::from([(OWN.to_owned(), held)]));
    let evidence = Place::new(&cloud.server.address).await.evidence(&order(OWN_ONE, query)).await;
    let cells = evidence.cells(columns);
    match query {
        "aws-database-instances" => cells.iter().map(|cell| encrypted(cell)).collect(),
        "aws-trail-status" if columns.len() == 2 => cells.iter().map(|cell| whole_seconds(cell)).collect(),
        _ => cells,
    }
}

// A report that is not there yet is asked for again; this one never comes.
async fn not_yet(held: Held, data: &Value, status: u16) -> Vec<String> {
    let answer = Answer::xml_error(status, data["Error"]["Code"].as_str().unwrap(), "");
    let cloud = Cloud::with(Accounts::from([(OWN.to_owned(), held)]), move |asked, _| {
        (asked.operation == "GetCredentialReport").then(|| answer.clone())
    });
    let mut place = Place::new(&cloud.server.address).await;
    place.lease = jiff::SignedDuration::from_secs(121);
    let (failure, _) = place.refusal(&order(OWN_ONE, "aws-credential-report")).await;
    assert!(failure == domain::Failure::SourceUnavailable && cloud.server.times("GetCredentialReport") > 1);
    Vec::new()
}

fn encrypted(cell: &str) -> String {
    let (id, properties) = cell.split_once('|').unwrap();
    let properties: Value = serde_json::from_str(properties).unwrap();
    let is = properties.get("StorageEncrypted").map_or("", |is| if is.as_bool().unwrap() { "yes" } else { "no" });
    format!("{id}|{is}")
}

fn whole_seconds(cell: &str) -> String {
    cell.split(['.', 'Z']).next().unwrap().to_owned()
}

#[tokio::test]
async fn every_recorded_answer_is_read_as_python_reads_it() {
    let Some(folder) = folder() else { return };
    let Some(found) = independently(&folder) else { return };
    let (mut read, mut rows) = (0, 0);
    for (name, expected) in &found {
        let Some(expected) = expected else { continue };
        let recorded: Value = serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
        let status = u16::try_from(recorded["status_code"].as_u64().unwrap()).unwrap();
        let mut told = collected(name, status, &as_sent(&recorded["data"])).await;
        if !name.contains("GetCredentialReport") {
            told.sort();
        }
        assert_eq!(&told, expected, "{name}");
        read += 1;
        rows += told.len();
    }
    println!("{read} of {} recorded answers, {rows} rows", found.len());
    assert!(read >= found.len() - 1 && rows > read);
}
