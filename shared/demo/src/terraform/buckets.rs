//! Buckets: closed ones, two that were open for days, and some that only look open.

use super::Resource;
use crate::{accounts::ACCOUNT, calendar::day, names::SERVICES, plan::Plan};
use serde_json::{Value, json};

fn bucket_name(name: &str) -> String {
    format!("acme-prod-{name}")
}

fn bucket(name: &str) -> Value {
    let bucket = bucket_name(name);
    json!({"arn": format!("arn:aws:s3:::{bucket}"), "bucket": bucket, "id": bucket, "force_destroy": false, "acl": null})
}

fn blocked(name: &str, on: bool) -> Value {
    json!({
        "bucket": bucket_name(name),
        "block_public_acls": on,
        "block_public_policy": on,
        "ignore_public_acls": on,
        "restrict_public_buckets": on,
    })
}

fn encrypted(name: &str) -> Value {
    json!({
        "bucket": bucket_name(name),
        "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}], "bucket_key_enabled": true}],
    })
}

fn policy(name: &str, statement: Value) -> Value {
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    json!({"bucket": bucket_name(name), "policy": text})
}

const BLOCK: &str = "aws_s3_bucket_public_access_block";
const ENCRYPTION: &str = "aws_s3_bucket_server_side_encryption_configuration";

fn ordinary_bucket(resources: &mut Vec<Resource>, name: &str) {
    resources.push(Resource::new("aws_s3_bucket", name, bucket(name)));
    resources.push(Resource::new(BLOCK, name, blocked(name, true)));
    resources.push(Resource::new(ENCRYPTION, name, encrypted(name)));
}

pub(super) fn buckets(resources: &mut Vec<Resource>, plan: &mut Plan) {
    for service in SERVICES {
        for purpose in ["data", "logs", "exports"] {
            ordinary_bucket(resources, &format!("{service}-{purpose}"));
        }
    }
    team_buckets(resources);
    open_buckets(resources, plan);
    near_miss_buckets(resources);
    if plan.has("storage-encryption") {
        let name = "supplier-inbox";
        let late = Resource::new(ENCRYPTION, name, Value::Null).then(day(8, 7), encrypted(name));
        resources.push(Resource::new("aws_s3_bucket", name, bucket(name)));
        resources.push(Resource::new(BLOCK, name, blocked(name, true)));
        resources.push(late);
        plan.partial("storage-encryption", format!("aws_s3_bucket.{name}"));
    }
}

// Names of instances are chosen by people, too.
fn team_buckets(resources: &mut Vec<Resource>) {
    for (index, key) in ["=SUM(A1:A9)", "<b>design</b>", "#let x = 1", "büro, \"eins\""].into_iter().enumerate() {
        let name = format!("team-{index}");
        resources.push(Resource::keyed("aws_s3_bucket", "team", key, bucket(&name)));
        resources.push(Resource::keyed(BLOCK, "team", key, blocked(&name, true)));
        resources.push(Resource::keyed(ENCRYPTION, "team", key, encrypted(&name)));
    }
}

fn open_buckets(resources: &mut Vec<Resource>, plan: &mut Plan) {
    // Three days open to everybody, in the middle of the quarter.
    let name = "campaign-assets";
    let acl = |acl: &str| json!({"bucket": bucket_name(name), "acl": acl});
    let opened = Resource::new(BLOCK, name, blocked(name, true)).then(day(8, 4), blocked(name, false));
    resources.push(Resource::new("aws_s3_bucket", name, bucket(name)));
    resources.push(opened.then(day(8, 7), blocked(name, true)));
    resources.push(Resource::new("aws_s3_bucket_acl", name, acl("public-read")));
    resources.push(Resource::new(ENCRYPTION, name, encrypted(name)));
    plan.partial("storage-public", format!("aws_s3_bucket.{name}"));
    // Made without a block, which came two days later.
    let name = "partner-exchange";
    let attributes = bucket(name);
    resources.push(Resource::new("aws_s3_bucket", name, Value::Null).then(day(9, 8), attributes));
    resources.push(Resource::new(BLOCK, name, Value::Null).then(day(9, 10), blocked(name, true)));
    resources.push(Resource::new(ENCRYPTION, name, Value::Null).then(day(9, 8), encrypted(name)));
    plan.partial("storage-public", format!("aws_s3_bucket.{name}"));
}

fn near_miss_buckets(resources: &mut Vec<Resource>) {
    // A public list that is ignored.
    let name = "press-archive";
    ordinary_bucket(resources, name);
    let acl = json!({"bucket": bucket_name(name), "acl": "public-read"});
    resources.push(Resource::new("aws_s3_bucket_acl", name, acl));
    // Anybody, but only through one distribution.
    let name = "website-assets";
    ordinary_bucket(resources, name);
    let statement = json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{}/*", bucket_name(name)),
        "Condition": {"StringEquals": {"AWS:SourceArn": format!("arn:aws:cloudfront::{ACCOUNT}:distribution/E2QWRUHAPOMQZL")}}}]);
    resources.push(Resource::new("aws_s3_bucket_policy", name, policy(name, statement)));
    // Somebody else's bucket, only looked at.
    let attributes = json!({"bucket": "public-datasets", "id": "public-datasets", "acl": "public-read"});
    resources.push(Resource { is_data: true, ..Resource::new("aws_s3_bucket", "public_datasets", attributes) });
    // Encryption declared inside the bucket, as older configurations do.
    let name = "legacy-invoices";
    let mut inline = bucket(name);
    if let Some(members) = inline.as_object_mut() {
        let rule = json!([{"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]}]);
        members.insert("server_side_encryption_configuration".to_owned(), rule);
    }
    resources.push(Resource::new("aws_s3_bucket", name, inline));
    resources.push(Resource::new(BLOCK, name, blocked(name, true)));
}
