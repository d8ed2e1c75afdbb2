//! The Terraform state of production: storage, networks, keys and log trails.

mod buckets;

use crate::{
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
        buckets::buckets(&mut resources, plan);
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
