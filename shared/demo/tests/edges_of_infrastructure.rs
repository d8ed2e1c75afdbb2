//! What the finding queries about infrastructure say of the rare things that no demo shows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at what is missing")]

mod collecting;
mod judging;

use domain::{FindingRow, Outcome};
use flate2::{Compression, write::GzEncoder};
use judging::judge;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write as _};

fn outcomes(rows: &BTreeMap<String, FindingRow>) -> Vec<(&str, Outcome)> {
    rows.iter().map(|(subject, row)| (subject.as_str(), row.outcome)).collect()
}

fn state(resources: &[(&str, &str, Value)]) -> Vec<u8> {
    let row = |(kind, name, attributes): &(&str, &str, Value)| {
        json!({"mode": "managed", "type": kind, "name": name, "provider": "aws",
            "instances": [{"schema_version": 0, "attributes": attributes}]})
    };
    let resources: Vec<Value> = resources.iter().map(row).collect();
    json!({"version": 4, "terraform_version": "1.13.4", "serial": 1, "lineage": "1", "outputs": {}, "resources": resources})
        .to_string()
        .into_bytes()
}

fn trail(name: &str, parameters: &Value) -> Value {
    json!({"eventVersion": "1.09", "eventID": format!("id {name} {parameters}"), "eventTime": "2026-07-10T10:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com", "eventName": name, "requestParameters": parameters})
}

fn gzip(value: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(value.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bucket_policy_is_read_in_every_form_that_aws_takes() {
    let open = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"});
    let policies = [
        ("alone", json!({"Statement": open(json!("*"))}).to_string()),
        ("listed", json!({"Statement": [open(json!({"AWS": ["arn:aws:iam::1:root", "*"]}))]}).to_string()),
        (
            "unconditioned",
            json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Condition": {}}]}).to_string(),
        ),
        (
            "odd",
            json!({"Statement": ["Allow", 1, null, [], {"Effect": ["Allow"], "Principal": {"Service": "*"}}]})
                .to_string(),
        ),
        ("named", json!({"Statement": open(json!({"AWS": "arn:aws:iam::1:root"}))}).to_string()),
        ("broken", "{\"Statement\":".to_owned()),
    ];
    let mut resources = Vec::new();
    for (name, policy) in &policies {
        resources.push(("aws_s3_bucket", *name, json!({"bucket": name})));
        resources.push(("aws_s3_bucket_policy", *name, json!({"bucket": name, "policy": policy})));
    }
    let rows = judge("storage-public", &[("terraform/production-2026-07-10.tfstate", state(&resources))]);
    let open: Vec<&str> =
        rows.values().filter(|row| row.detail.contains("open to the world")).map(|row| &*row.subject).collect();
    assert_eq!(open, ["aws_s3_bucket.alone", "aws_s3_bucket.listed", "aws_s3_bucket.unconditioned"]);
    assert_eq!(rows.len(), 6);
    let detail = &rows["aws_s3_bucket.alone"].detail;
    assert_eq!(detail, "The bucket was open to the world, seen on 2026-07-10; it stands.");
}

#[test]
fn a_bucket_that_was_open_is_told_with_the_days_on_which_it_was() {
    let day = |day: u8, acl: &str| {
        let bucket = ("aws_s3_bucket", "inbox", json!({"bucket": "inbox", "acl": acl}));
        (format!("terraform/production-2026-07-{day:02}.tfstate"), state(&[bucket]))
    };
    let days = [day(9, "private"), day(10, "public-read"), day(11, "public-read"), day(12, "private")];
    let days: Vec<(&str, Vec<u8>)> = days.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let rows = judge("storage-public", &days);
    assert_eq!(
        rows["aws_s3_bucket.inbox"].detail,
        "The bucket was open to the world, seen from 2026-07-10 to 2026-07-11; \
         closed since, but public access is still not blocked in all four ways."
    );
}

#[test]
fn storage_of_every_kind_is_examined_for_encryption() {
    let kinds = [
        ("aws_redshift_cluster", json!({"encrypted": "true"}), json!({"encrypted": false})),
        ("aws_docdb_cluster", json!({"storage_encrypted": true}), json!({})),
        ("aws_neptune_cluster", json!({"storage_encrypted": true}), json!({"storage_encrypted": null})),
        ("aws_elasticache_replication_group", json!({"at_rest_encryption_enabled": true}), json!({})),
        ("aws_opensearch_domain", json!({"encrypt_at_rest": [{"enabled": true}]}), json!({"encrypt_at_rest": []})),
        ("aws_elasticsearch_domain", json!({"encrypt_at_rest": [{"enabled": true}]}), json!({})),
        (
            "aws_instance",
            json!({"root_block_device": [{"encrypted": true}]}),
            json!({"root_block_device": [{"encrypted": false}]}),
        ),
    ];
    let mut resources = vec![("aws_instance", "diskless", json!({"root_block_device": []}))];
    for (kind, good, bad) in kinds {
        resources.extend([(kind, "good", good), (kind, "bad", bad)]);
    }
    resources.push(("aws_s3_bucket", "bad", json!({"bucket": "bad"})));
    let rows = judge("storage-encryption", &[("terraform/production-2026-07-12.tfstate", state(&resources))]);
    assert_eq!(rows.len(), 15);
    for (subject, row) in &rows {
        assert_eq!(row.outcome == Outcome::Pass, subject.ends_with(".good"), "{row:?}");
    }
    assert_eq!(rows["aws_s3_bucket.bad"].detail, "No encryption is declared, seen on 2026-07-12; it stands.");
}

#[test]
fn a_default_security_group_and_both_forms_of_address_are_examined() {
    let rule = |port: u16, networks: Value| json!({"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": networks, "ipv6_cidr_blocks": ["::/0"]});
    let inside = json!({"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"], "description": "0.0.0.0/0"});
    let alone =
        json!({"type": "ingress", "from_port": 9042, "to_port": 9042, "protocol": "6", "cidr_blocks": ["0.0.0.0/0"]});
    let resources = [
        ("aws_default_security_group", "open", json!({"ingress": [rule(5986, json!([]))]})),
        ("aws_security_group", "odd", json!({"ingress": ["x", null, inside]})),
        ("aws_security_group_rule", "alone", alone),
    ];
    let rows = judge("network-exposure", &[("terraform/production-2026-07-12.tfstate", state(&resources))]);
    let expected = [
        ("aws_default_security_group.open", Outcome::Fail),
        ("aws_security_group.odd", Outcome::Pass),
        ("aws_security_group_rule.alone", Outcome::Fail),
    ];
    assert_eq!(outcomes(&rows), expected);
}

#[test]
fn a_trail_of_one_region_is_no_missing_trail() {
    let trail = json!({"enable_log_file_validation": true, "is_multi_region_trail": false});
    let file = "terraform/production-2026-07-12.tfstate";
    let detail = |resources: &[(&str, &str, Value)]| {
        judge("log-trail", &[(file, state(resources))])["a trail of all regions"].detail.clone()
    };
    let one = detail(&[("aws_cloudtrail", "one", trail)]);
    assert_eq!(one, "No trail that records covers all regions, seen on 2026-07-12; it stands.");
    let none = detail(&[("aws_kms_key", "key", json!({}))]);
    assert_eq!(none, "There is no trail, seen on 2026-07-12; it stands.");
}

#[test]
fn whatever_takes_from_the_log_is_found() {
    let selectors = |category: &str| json!({"advancedEventSelectors": [{"fieldSelectors": [{"field": "eventCategory", "equals": [category]}]}]});
    let harmful = [
        trail("DeleteEventDataStore", &json!({"eventDataStore": "1"})),
        trail("StopEventDataStoreIngestion", &json!({"eventDataStore": "1"})),
        trail("PutEventSelectors", &selectors("Data")),
        trail("PutEventSelectors", &json!({"eventSelectors": [{"includeManagementEvents": false}]})),
    ];
    let harmless = [
        trail("PutEventSelectors", &selectors("Management")),
        trail("PutEventSelectors", &json!({"eventSelectors": ["x", null, {"readWriteType": "All"}]})),
        trail("PutEventSelectors", &json!({"eventSelectors": "all"})),
        trail("StartEventDataStoreIngestion", &Value::Null),
    ];
    for (events, outcome) in [(harmful, Outcome::Fail), (harmless, Outcome::Pass)] {
        let file = gzip(&json!({"Records": events}));
        let rows = judge("log-tampering", &[("aws-cloudtrail/2026-07-10/one.json.gz", file)]);
        assert_eq!(rows.len(), 4);
        assert!(rows.values().all(|row| row.outcome == outcome), "{rows:#?}");
    }
}
