//! What the tests share: a cloud on this machine, a collector around a store, documents read back.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod cloud;
pub mod server;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_source::Identities;
use catalog::{Access, Catalog};
use cloud::OWN;
use collect_aws::AwsCollector;
use collecting::{Invocation, Order, Outcome, Pace, Retry, Secrets, collect, orders};
use domain::{
    Actor, EvidenceState, Failure,
    evidence::{self, Cell, EvidenceHeader, RawFile},
};
use http_source::HttpSource;
use jiff::SignedDuration;
use runtime::Clock;
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use storage::Storage;

/// The secret of every credential here.
pub const SECRET: &str = "hunter2-sEcr3t/with+odd";
/// Two accounts, two regions.
pub const TWO: &str = "regions = [\"eu-central-1\", \"us-east-1\"]\n\
    [[account]]\nid = \"111122223333\"\nrole = \"arn:aws:iam::111122223333:role/exhibit-read\"\n\
    [[account]]\nid = \"444455556666\"\nrole = \"arn:aws:iam::444455556666:role/exhibit-read\"\n";
/// The account that asks, one region.
pub const OWN_ONE: &str = "regions = [\"eu-central-1\"]\n";

/// A store, and a collector over it.
pub struct Place {
    folder: tempfile::TempDir,
    storage: Storage,
    pub collector: AwsCollector,
    pub lease: SignedDuration,
}

/// Evidence, read back.
pub struct Evidence {
    pub header: EvidenceHeader,
    pub rows: Vec<Vec<Cell>>,
    pub raw: Vec<RawFile>,
    pub bytes: Vec<u8>,
}

impl Evidence {
    /// The cells of each row in these columns, joined by `|`.
    pub fn cells(&self, names: &[&str]) -> Vec<String> {
        let at = |name: &&str| self.header.columns.iter().position(|column| column.name == **name).unwrap();
        let at: Vec<usize> = names.iter().map(at).collect();
        let told = |row: &Vec<Cell>| at.iter().map(|at| row[*at].to_string()).collect::<Vec<_>>().join("|");
        self.rows.iter().map(told).collect()
    }

    /// The names of the raw answers.
    pub fn names(&self) -> Vec<&str> {
        self.raw.iter().map(|raw| raw.name.as_str()).collect()
    }

    pub fn parameter(&self, name: &str) -> &str {
        &self.header.asked.parameters[name]
    }
}

/// What asks the cloud at `address`, as the account that is nobody's role.
pub async fn identities(address: &str) -> Identities {
    Identities::of(config(address, Credentials::new(format!("AKIA{OWN}"), SECRET, None, None, "test")).await)
}

pub async fn config(address: &str, credentials: Credentials) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(address)
        .region(Region::from_static("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(credentials)
        .load()
        .await
}

impl Place {
    pub async fn new(address: &str) -> Self {
        Self::of(identities(address).await)
    }

    pub fn of(identities: Identities) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::embedded(&folder.path().join("custody")).unwrap();
        let secrets = Secrets::Local { folder: folder.path().join("secrets") };
        let mut source = HttpSource::new(secrets, Pace::new(storage.custodian.clone()));
        source.retry = Retry { attempts: 4, first: Duration::from_millis(5), longest: Duration::from_millis(20) };
        let collector = AwsCollector { source, identities };
        Self { folder, storage, collector, lease: SignedDuration::from_mins(15) }
    }

    pub async fn collect(&self, order: &Order) -> Outcome {
        let (owner, actor) = ("a-test-1".to_owned(), Actor::new("a-test").unwrap());
        let (clock, lease, secrets) = (Clock::System, self.lease, self.collector.source.secrets.clone());
        let invocation = Invocation { owner, actor, clock, lease, secrets };
        collect(&self.storage, &self.collector, order, &invocation).await.unwrap()
    }

    /// The evidence that comes of `order`. Nowhere in the store is a secret.
    pub async fn evidence(&self, order: &Order) -> Evidence {
        let outcome = self.collect(order).await;
        let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
        let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
        let bytes = self.storage.locker.fetch(&kept.artifact).await.unwrap();
        evidence::check(&bytes).unwrap();
        let mut rows = Vec::new();
        let header = evidence::read(&bytes, |_, cells| {
            rows.push(cells);
            Ok::<(), String>(())
        });
        self.assert_nothing_shown();
        let raw = evidence::read_raw(&bytes).unwrap();
        assert!(raw.iter().all(|raw| !shows(&raw.bytes)));
        Evidence { header: header.unwrap(), rows, raw, bytes: bytes.to_vec() }
    }

    /// Why `order` cannot be collected. Nothing is kept, and nothing shows a secret.
    pub async fn refusal(&self, order: &Order) -> (Failure, String) {
        let outcome = self.collect(order).await;
        let Outcome::Failed { failure, message } = outcome else { panic!("{outcome:?}") };
        assert!(!shows(message.as_bytes()), "{message}");
        self.assert_nothing_shown();
        (failure, message)
    }

    fn assert_nothing_shown(&self) {
        each_file(&self.folder.path().join("custody"), &mut |path, bytes| {
            assert!(!shows(&bytes), "{}", path.display())
        });
    }
}

fn shows(bytes: &[u8]) -> bool {
    [SECRET.as_bytes(), b"hunter2", b"aHVudGVyMi"]
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == *form))
}

fn each_file(folder: &Path, on_file: &mut impl FnMut(&Path, Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, on_file)
        } else if let Ok(bytes) = fs::read(&path) {
            on_file(&path, bytes)
        }
    }
}

/// The order of a source, without id and title, and one of the repository's own queries.
pub fn order(source: &str, query: &str) -> Order {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../catalog/queries/{query}.toml"));
    order_of(source, query, &fs::read_to_string(file).unwrap())
}

/// The order of a type that no query of the repository asks for.
pub fn order_of_type(source: &str, type_name: &str) -> Order {
    let own = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/queries/aws-tables.toml"));
    order_of(source, "aws-tables", &own.unwrap().replace("AWS::DynamoDB::Table", type_name))
}

fn order_of(source: &str, query: &str, text: &str) -> Order {
    let control = format!(
        "id = \"a-control\"\ntitle = \"A\"\ndescription = \"A.\"\nseverity = \"high\"\nschedule = \"cron(0 3 * * ? *)\"\nperiod = \"day\"\n\
        retention = \"six-years\"\nfinding = \"a-control\"\nremediation = \"Do.\"\n\
        [satisfies]\nsoc2 = [\"CC6.1\"]\n[[collect]]\nsource = \"a-source\"\nquery = \"{query}\"\n"
    );
    let framework = "id = \"soc2\"\ntitle = \"SOC 2\"\nversion = \"1\"\nsource = \"s\"\n[[requirement]]\nid = \"CC6.1\"\ntitle = \"t\"\n";
    let mut files = BTreeMap::from([
        ("frameworks/soc2.toml".to_owned(), framework.to_owned()),
        ("controls/a-control.toml".to_owned(), control),
        (
            "sources/a-source.toml".to_owned(),
            format!("id = \"a-source\"\ntitle = \"A\"\ncollector = \"aws\"\n{source}"),
        ),
        (format!("queries/{query}.toml"), text.to_owned()),
        (
            "queries/a-control.sql".to_owned(),
            "-- name: a-control\n-- version: 1\n-- answers: What.\nSELECT 1\n".to_owned(),
        ),
        ("templates/report.typ".to_owned(), "x".to_owned()),
    ]);
    // The table that this query fills is called after another query.
    if query == "aws-credential-report" {
        files.insert(format!("queries/{query}.toml"), text.replace("table = \"iam-credential-report\"\n", ""));
    }
    let catalog = Catalog::read(files).map_err(|problems| problems.to_string()).unwrap();
    let control = catalog.control(&"a-control".parse().unwrap()).unwrap();
    let (tenant, window) = ("acme".parse().unwrap(), "2026-07-01".parse().unwrap());
    let orders = orders(&catalog, &tenant, control, &window, "2026-07-02T03:00:00Z".parse().unwrap());
    let order = orders.unwrap().pop().unwrap();
    assert!(matches!(order.access, Access::Aws(_)));
    order
}
