//! The Terraform state of production: storage, networks, keys and log trails.

use crate::{
    accounts::ACCOUNT,
    calendar::{FIRST, Timeline, day, number},
    databases::Clusters,
    names::SERVICES,
    plan::Plan,
    random::Random,
    writing::json,
};
use jiff::civil::Date;
use serde_json::{Value, json};

/// One resource instance, with its attributes from day to day; null while it does not exist.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    kind: &'static str,
    name: String,
    key: Option<String>,
    is_data: bool,
    attributes: Timeline<Value>,
}

impl Resource {
    fn new(kind: &'static str, name: &str, attributes: Value) -> Self {
        let attributes = Timeline::always(attributes);
        Self { kind, name: name.to_owned(), key: None, is_data: false, attributes }
    }

    fn keyed(kind: &'static str, name: &str, key: &str, attributes: Value) -> Self {
        Self { key: Some(key.to_owned()), ..Self::new(kind, name, attributes) }
    }

    fn then(mut self, from: Date, attributes: Value) -> Self {
        self.attributes = self.attributes.then(from, attributes);
        self
    }

    /// The address, as Terraform writes it.
    fn address(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("[{}]", json!(key)));
        format!("{}.{}{}", self.kind, self.name, key.unwrap_or_default())
    }

    fn row(&self, attributes: Value) -> Value {
        let mut instance = json!({"schema_version": 0, "attributes": attributes, "sensitive_attributes": []});
        if let (Some(key), Some(members)) = (&self.key, instance.as_object_mut()) {
            members.insert("index_key".to_owned(), json!(key));
        }
        json!({
            "mode": if self.is_data { "data" } else { "managed" },
            "type": self.kind,
            "name": self.name,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [instance],
        })
    }
}

/// Everything that the state of production knows.
pub(crate) struct Estate {
    lineage: String,
    resources: Vec<Resource>,
}

impl Estate {
    pub(crate) fn new(seed: u64, clusters: &Clusters, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "estate");
        let lineage = random.uuid();
        let mut resources = Vec::new();
        buckets(&mut resources, plan);
        volumes(&mut random, &mut resources, plan);
        databases(clusters, &mut resources);
        networks(&mut resources, plan);
        keys(&mut random, &mut resources, plan);
        trails(&mut resources, plan);
        Self { lineage, resources }
    }

    /// The state at the end of `on`, in version 4 of its format.
    pub(crate) fn state(&self, on: Date) -> Vec<u8> {
        let there = self.resources.iter().map(|resource| (resource, resource.attributes.on(on)));
        let there = there.filter(|(_, attributes)| !attributes.is_null());
        let resources: Vec<Value> = there.map(|(resource, attributes)| resource.row(attributes)).collect();
        json(&json!({
            "version": 4,
            "terraform_version": "1.13.4",
            "serial": 1200 + number(on) - number(FIRST),
            "lineage": self.lineage,
            "outputs": {},
            "resources": resources,
        }))
    }
}

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

fn buckets(resources: &mut Vec<Resource>, plan: &mut Plan) {
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

fn volumes(random: &mut Random, resources: &mut Vec<Resource>, plan: &mut Plan) {
    for index in 0..30 {
        let id = format!("vol-{}", random.hex(17));
        let size = 20 * (1 + index % 8);
        let attributes =
            json!({"id": id, "encrypted": true, "size": size, "type": "gp3", "availability_zone": "eu-west-1a"});
        resources.push(Resource::new("aws_ebs_volume", &format!("worker_{index:02}"), attributes));
    }
    for service in ["reporting", "support-desk"] {
        let attributes = json!({"id": format!("fs-{}", random.hex(17)), "encrypted": true});
        resources.push(Resource::new("aws_efs_file_system", service, attributes));
    }
    if plan.has("storage-encryption") {
        let attributes =
            json!({"id": format!("vol-{}", random.hex(17)), "encrypted": false, "size": 200, "type": "gp3"});
        let volume = Resource::new("aws_ebs_volume", "migration_scratch", Value::Null).then(day(8, 31), attributes);
        plan.fail("storage-encryption", volume.address());
        resources.push(volume);
    }
}

fn databases(clusters: &Clusters, resources: &mut Vec<Resource>) {
    for cluster in clusters.production() {
        let name = cluster.name.replace('-', "_");
        let identity = json!(cluster.name);
        let (kind, attributes) = if cluster.engine.starts_with("aurora") {
            (
                "aws_rds_cluster",
                json!({"cluster_identifier": identity, "engine": cluster.engine, "storage_encrypted": true}),
            )
        } else {
            let attributes = json!({"identifier": identity, "engine": cluster.engine, "storage_encrypted": true,
                "publicly_accessible": false});
            ("aws_db_instance", attributes)
        };
        let from = cluster.created.date();
        resources.push(Resource::new(kind, &name, Value::Null).then(from, attributes));
        if kind == "aws_rds_cluster" {
            let member =
                json!({"cluster_identifier": identity, "engine": cluster.engine, "publicly_accessible": false});
            resources.push(Resource::new("aws_rds_cluster_instance", &name, Value::Null).then(from, member));
        }
    }
}

fn ingress(from: i64, to: i64, networks: &[&str]) -> Value {
    json!({"from_port": from, "to_port": to, "protocol": "tcp", "cidr_blocks": networks, "ipv6_cidr_blocks": []})
}

fn group(name: &str, ingress: Value) -> Value {
    let egress = json!([{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]);
    json!({"name": name, "vpc_id": "vpc-0a1b2c3d4e5f60718", "ingress": ingress, "egress": egress})
}

fn networks(resources: &mut Vec<Resource>, plan: &mut Plan) {
    for service in SERVICES {
        let rules = json!([ingress(443, 443, &["0.0.0.0/0"]), ingress(22, 22, &["10.20.0.0/16"])]);
        resources.push(Resource::new("aws_security_group", service, group(service, rules)));
        let name = format!("{service}_database");
        let rule = json!({"type": "ingress", "from_port": 5432, "to_port": 5432, "protocol": "tcp",
            "cidr_blocks": ["10.0.0.0/8"], "security_group_id": "sg-0f1e2d3c4b5a69788"});
        resources.push(Resource::new("aws_security_group_rule", &name, rule));
    }
    let outside =
        json!({"cidr_ipv4": "0.0.0.0/0", "cidr_ipv6": null, "ip_protocol": "tcp", "from_port": 80, "to_port": 80});
    resources.push(Resource::new("aws_vpc_security_group_ingress_rule", "redirect", outside));
    let out =
        json!({"type": "egress", "from_port": 0, "to_port": 65535, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]});
    resources.push(Resource::new("aws_security_group_rule", "everything_out", out));
    let closed = json!([ingress(22, 22, &["198.51.100.7/32"])]);
    let open = json!([ingress(22, 22, &["198.51.100.7/32", "0.0.0.0/0"])]);
    let bastion = Resource::keyed("aws_security_group", "legacy", "<b>bastion</b>", group("bastion", closed.clone()))
        .then(day(8, 7), group("bastion", open))
        .then(day(8, 18), group("bastion", closed));
    plan.partial("network-exposure", bastion.address());
    resources.push(bastion);
    // A range of ports that a database happens to lie in, over IPv6.
    let wide =
        json!({"cidr_ipv4": null, "cidr_ipv6": "::/0", "ip_protocol": "tcp", "from_port": 5000, "to_port": 6000});
    let narrow =
        json!({"cidr_ipv4": null, "cidr_ipv6": "fd00::/8", "ip_protocol": "tcp", "from_port": 5000, "to_port": 6000});
    let stream = Resource::new("aws_vpc_security_group_ingress_rule", "stream", wide).then(day(7, 21), narrow);
    plan.partial("network-exposure", stream.address());
    resources.push(stream);
}

fn keys(random: &mut Random, resources: &mut Vec<Resource>, plan: &mut Plan) {
    let key = |random: &mut Random, rotates: bool, usage: &str, spec: &str| {
        json!({"key_id": random.uuid(), "enable_key_rotation": rotates, "is_enabled": true, "key_usage": usage,
            "customer_master_key_spec": spec})
    };
    for service in SERVICES {
        let attributes = key(random, true, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT");
        resources.push(Resource::new("aws_kms_key", service, attributes));
    }
    let signing = key(random, false, "SIGN_VERIFY", "ECC_NIST_P256");
    resources.push(Resource::new("aws_kms_key", "receipt_signing", signing));
    if plan.has("key-rotation") {
        let (off, on) = (
            key(random, false, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"),
            key(random, true, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"),
        );
        let standing = Resource::new("aws_kms_key", "archive", off.clone());
        let corrected = Resource::new("aws_kms_key", "exchange", off).then(day(8, 25), on);
        plan.fail("key-rotation", standing.address());
        plan.partial("key-rotation", corrected.address());
        resources.extend([standing, corrected]);
    }
}

fn trails(resources: &mut Vec<Resource>, plan: &mut Plan) {
    let trail = |name: &str, validated: bool, everywhere: bool| {
        json!({"name": name, "enable_logging": true, "enable_log_file_validation": validated,
            "is_multi_region_trail": everywhere, "s3_bucket_name": "acme-prod-trail"})
    };
    resources.push(Resource::new("aws_cloudtrail", "organisation", trail("organisation-trail", true, true)));
    let data = Resource::new("aws_cloudtrail", "data_events", trail("data-events", true, false));
    if plan.has("log-trail") {
        plan.partial("log-trail", data.address());
        resources.push(
            data.then(day(7, 28), trail("data-events", false, false))
                .then(day(8, 27), trail("data-events", true, false)),
        );
    } else {
        resources.push(data);
    }
}
