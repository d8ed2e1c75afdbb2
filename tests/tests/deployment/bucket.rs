//! The stack that has to last: what it denies, and that nothing of it goes away.

use crate::{none, one, template};
use serde_json::{Value, json};

/// What the policy of the evidence bucket has to deny everybody: an action, and under which condition.
fn denials() -> Vec<(&'static str, Value)> {
    let mode = json!({"StringNotEquals": {"s3:object-lock-mode": "COMPLIANCE"}});
    let days = json!({"NumericLessThan": {"s3:object-lock-remaining-retention-days": {"Ref": "MinimumRetentionDays"}}});
    vec![
        ("s3:*", json!({"Bool": {"aws:SecureTransport": "false"}})),
        ("s3:DeleteObject", Value::Null),
        ("s3:DeleteObjectVersion", Value::Null),
        ("s3:DeleteBucket", Value::Null),
        ("s3:BypassGovernanceRetention", Value::Null),
        ("s3:PutBucketObjectLockConfiguration", Value::Null),
        ("s3:PutObject", json!({"Null": {"s3:if-none-match": "true"}})),
        ("s3:PutObject", mode.clone()),
        ("s3:PutObjectRetention", mode),
        ("s3:PutObject", days.clone()),
        ("s3:PutObjectRetention", days),
        ("s3:ReplicateObject", Value::Null),
        ("s3:ReplicateDelete", Value::Null),
        ("s3:PutObject", json!({"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}})),
    ]
}

fn complaints(custody: &Value) -> Vec<String> {
    let resources = &custody["Resources"];
    let policy = &resources["EvidenceBucketPolicy"]["Properties"];
    let mut complaints = Vec::new();
    for (action, condition) in denials() {
        if !template::list(&policy["PolicyDocument"]["Statement"]).iter().any(|s| denies(s, action, &condition)) {
            complaints.push(format!("the evidence bucket does not deny {action} {condition}"));
        }
    }
    if policy["Bucket"] != json!({"Ref": "EvidenceBucket"}) {
        complaints.push("the policy is not the evidence bucket's".to_owned());
    }
    complaints.extend(bucket(&resources["EvidenceBucket"]["Properties"]));
    complaints.extend(table(&resources["Table"]["Properties"]));
    complaints.extend(kept(resources));
    complaints.extend(keys(resources));
    complaints.extend(signing(resources));
    complaints
}

fn denies(statement: &Value, action: &str, condition: &Value) -> bool {
    let about = |resource: &Value| {
        let below = json!({"Fn::Sub": "${EvidenceBucket.Arn}/*"});
        let itself = json!({"Fn::GetAtt": ["EvidenceBucket", "Arn"]});
        let listed = template::list(resource);
        let of_the_bucket = action.contains("Bucket") || action == "s3:*";
        listed.contains(&&below) && (!of_the_bucket || listed.contains(&&itself))
            || action == "s3:PutBucketObjectLockConfiguration" && listed.contains(&&itself)
    };
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && template::list(&statement["Action"]).contains(&&json!(action))
        && statement["Condition"] == *condition
        && about(&statement["Resource"])
}

fn bucket(properties: &Value) -> Vec<String> {
    let blocked = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let rules = template::list(&properties["LifecycleConfiguration"]["Rules"]);
    let encryption = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    let claims = [
        ("has no Object Lock", properties["ObjectLockEnabled"] == true),
        ("keeps no versions", properties["VersioningConfiguration"]["Status"] == "Enabled"),
        ("may be public", blocked.iter().all(|name| properties["PublicAccessBlockConfiguration"][name] == true)),
        ("is not under its key", encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"),
        ("expires", rules.iter().all(|rule| !rule.to_string().contains("Expiration"))),
        // The other classes would have to be restored before anybody can verify.
        ("cannot be verified at once", rules.iter().all(|rule| rule["Transitions"][0]["StorageClass"] == "GLACIER_IR")),
        ("never moves to Glacier", !rules.is_empty()),
    ];
    failed("the evidence bucket", &claims)
}

fn table(properties: &Value) -> Vec<String> {
    let keys =
        json!([{"AttributeName": "partition", "KeyType": "HASH"}, {"AttributeName": "sort", "KeyType": "RANGE"}]);
    let recovery = &properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
    let claims = [
        ("has other keys than the code", properties["KeySchema"] == keys),
        ("cannot be brought back to an instant", recovery == true),
        ("can be deleted", properties["DeletionProtectionEnabled"] == true),
        ("is not under a key of its own", properties["SSESpecification"]["SSEType"] == "KMS"),
    ];
    failed("the table", &claims)
}

fn failed(what: &str, claims: &[(&str, bool)]) -> Vec<String> {
    claims.iter().filter(|(_, holds)| !holds).map(|(fault, _)| format!("{what} {fault}")).collect()
}

fn kept(resources: &Value) -> Vec<String> {
    let is_kept =
        |resource: &Value| ["DeletionPolicy", "UpdateReplacePolicy"].iter().all(|name| resource[name] == "Retain");
    let fault = |(id, resource): (&String, &Value)| match (resource["Type"] == "AWS::KMS::Alias", is_kept(resource)) {
        (false, false) => Some(format!("{id} is not retained")),
        // It holds nothing, and its name can be given once.
        (true, true) => Some(format!("{id} would keep the next stack of its stage from being made")),
        _ => None,
    };
    resources.as_object().unwrap().iter().filter_map(fault).collect()
}

// Without its key evidence is noise, whatever its lock says.
fn keys(resources: &Value) -> Vec<String> {
    let lost = ["EvidenceKey", "SigningKey"].into_iter().filter(|id| {
        let statements = template::list(&resources[id]["Properties"]["KeyPolicy"]["Statement"]);
        let protects = |statement: &&&Value| {
            let actions = template::list(&statement["Action"]);
            statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && ["kms:ScheduleKeyDeletion", "kms:DisableKey"].iter().all(|action| actions.contains(&&json!(action)))
        };
        statements.iter().find(protects).is_none()
    });
    lost.map(|id| format!("{id} can be deleted")).collect()
}

// An administrator who could sign could show an auditor another log.
fn signing(resources: &Value) -> Vec<String> {
    let role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/exhibit-${Stage}-app-SealFunctionRole-*";
    let statements = template::list(&resources["SigningKey"]["Properties"]["KeyPolicy"]["Statement"]);
    let denies = |statement: &&Value| {
        statement["Effect"] == "Deny"
            && statement["Principal"] == "*"
            && statement["Action"] == "kms:Sign"
            && statement["Condition"] == json!({"ArnNotLike": {"aws:PrincipalArn": {"Fn::Sub": role}}})
    };
    let kind = &resources["SigningKey"]["Properties"]["KeySpec"];
    let claims = [
        ("signs for others than the function that seals", statements.iter().any(denies)),
        ("is no key of Ed25519", kind == "ECC_NIST_EDWARDS25519"),
    ];
    failed("SigningKey", &claims)
}

#[test]
fn what_has_to_last_cannot_be_deleted_overwritten_or_loosened() {
    none(complaints(&template::custody()));
}

fn planted(plant: impl Fn(&mut Value)) -> Vec<String> {
    let mut custody = template::custody();
    plant(&mut custody["Resources"]);
    complaints(&custody)
}

#[test]
fn each_denial_that_is_absent_is_seen() {
    let count = template::list(
        &template::custody()["Resources"]["EvidenceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"],
    )
    .len();
    // The two last are about keys and beyond what the checks ask for.
    for index in 0..count - 2 {
        let allow = |resources: &mut Value| {
            resources["EvidenceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][index]["Effect"] =
                json!("Allow");
        };
        assert!(!planted(allow).is_empty(), "statement {index}");
    }
    let own = |resources: &mut Value| {
        resources["EvidenceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][3]["Condition"] =
            json!({"Null": {"s3:if-none-match": "false"}});
    };
    one(planted(own), "s3:if-none-match");
}

#[test]
fn a_store_that_would_lose_something_is_seen() {
    one(planted(|all| all["EvidenceBucket"]["Properties"]["ObjectLockEnabled"] = json!(false)), "no Object Lock");
    one(planted(|all| all["Table"]["DeletionPolicy"] = json!("Delete")), "Table is not retained");
    let names = |all: &mut Value| {
        all["SigningKeyAlias"]["DeletionPolicy"] = json!("Retain");
        all["SigningKeyAlias"]["UpdateReplacePolicy"] = json!("Retain");
    };
    one(planted(names), "SigningKeyAlias would keep");
    one(planted(|all| all["Table"]["Properties"]["DeletionProtectionEnabled"] = json!(false)), "can be deleted");
    one(
        planted(|all| all["EvidenceKey"]["Properties"]["KeyPolicy"]["Statement"][1]["Effect"] = json!("Allow")),
        "EvidenceKey",
    );
    let key = "KeyPolicy";
    one(
        planted(|all| all["SigningKey"]["Properties"][key]["Statement"][1]["Effect"] = json!("Allow")),
        "SigningKey can be",
    );
    one(
        planted(|all| all["SigningKey"]["Properties"][key]["Statement"][2]["Effect"] = json!("Allow")),
        "signs for others",
    );
    let everybody = |all: &mut Value| {
        all["SigningKey"]["Properties"][key]["Statement"][2]["Condition"]["ArnNotLike"]["aws:PrincipalArn"] =
            json!("*");
    };
    one(planted(everybody), "signs for others");
    one(planted(|all| all["SigningKey"]["Properties"]["KeySpec"] = json!("ECC_NIST_P256")), "no key of Ed25519");
    let rules = "LifecycleConfiguration";
    one(
        planted(|all| all["EvidenceBucket"]["Properties"][rules]["Rules"][0]["ExpirationInDays"] = json!(400)),
        "expires",
    );
    let archive = |all: &mut Value| {
        all["EvidenceBucket"]["Properties"][rules]["Rules"][0]["Transitions"][0]["StorageClass"] =
            json!("DEEP_ARCHIVE");
    };
    one(planted(archive), "verified at once");
}
