//! A collector around a store, documents read back, and catalogs that ask it: the same for every collector whose sources speak HTTP.
//! Whoever uses it says in `super` which collector is `Tested`, how it is made, and its `NAME`.

use super::{NAME, Tested, tested};
use catalog::Catalog;
use collecting::{CollectError, Invocation, Order, Outcome, Pace, Retry, Secrets, collect, orders};
use domain::{
    Actor, EvidenceState, Failure,
    evidence::{self, Cell, EvidenceHeader, RawFile},
};
use jiff::SignedDuration;
use runtime::Clock;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use storage::Storage;

/// The secret that is planted in every test.
pub const SECRET: &str = "hunter2-sEcr3t/with+odd\"chars&";

/// A store, secrets, and a collector over both.
pub struct Place {
    pub folder: PathBuf,
    _kept: Option<tempfile::TempDir>,
    pub storage: Storage,
    pub collector: Tested,
    pub lease: SignedDuration,
}

/// Evidence, read back.
pub struct Evidence {
    pub header: EvidenceHeader,
    pub rows: Vec<Vec<Cell>>,
    pub raw: Vec<RawFile>,
}

impl Evidence {
    /// The cells of a column, as text.
    pub fn column(&self, name: &str) -> Vec<String> {
        let at = self.header.columns.iter().position(|column| column.name == name).unwrap();
        self.rows.iter().map(|row| row[at].to_string()).collect()
    }
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        fs::write(secrets.join("token"), SECRET).unwrap();
        fs::set_permissions(secrets.join("token"), fs::Permissions::from_mode(0o600)).unwrap();
        Self { _kept: Some(folder), ..Self::at(&secrets.with_file_name("")) }
    }

    /// In a folder that others use, too.
    pub fn at(folder: &Path) -> Self {
        let storage = Storage::embedded(&folder.join("custody")).unwrap();
        let secrets = Secrets::Local { folder: folder.join("secrets") };
        let retry = Retry { attempts: 4, first: Duration::from_millis(5), longest: Duration::from_millis(20) };
        let collector = tested(secrets, Pace::new(storage.custodian.clone()), retry);
        let lease = SignedDuration::from_mins(15);
        Self { folder: folder.to_owned(), _kept: None, storage, collector, lease }
    }

    /// The secrets in its folder.
    pub fn secrets(&self) -> Secrets {
        self.collector.source.secrets.clone()
    }

    /// Collects the slot of `order`, as `owner`.
    pub async fn collect(&self, order: &Order, owner: &str) -> Outcome {
        let actor = Actor::new("a-test").unwrap();
        let (clock, lease, secrets) = (Clock::System, self.lease, self.secrets());
        let invocation = Invocation { owner: owner.to_owned(), actor, clock, lease, secrets };
        collect(&self.storage, &self.collector, order, &invocation).await.unwrap()
    }

    /// The evidence that comes of `order`. Nowhere in the store is the secret.
    pub async fn evidence(&self, order: &Order) -> Evidence {
        let outcome = self.collect(order, "a-test-1").await;
        let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
        let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
        let bytes = self.storage.locker.fetch(&kept.artifact).await.unwrap();
        evidence::check(&bytes).unwrap();
        assert_shows_nothing(&bytes, "the evidence");
        let mut rows = Vec::new();
        let header = evidence::read(&bytes, |_, cells| {
            rows.push(cells);
            Ok::<(), String>(())
        });
        self.assert_nothing_shown();
        Evidence { header: header.unwrap(), rows, raw: evidence::read_raw(&bytes).unwrap() }
    }

    /// How long the document is that comes of `order`.
    pub async fn evidence_of_size(&self, order: &Order) -> u64 {
        let outcome = self.collect(order, "a-test-1").await;
        let Outcome::Collected { record, new: true } = outcome else { panic!("{outcome:?}") };
        let EvidenceState::Collected(kept) = &record.state else { panic!("{record:?}") };
        kept.artifact.length
    }

    /// Why `order` cannot be collected. Nothing is kept, and neither the message nor the store shows the secret.
    pub async fn refusal(&self, order: &Order) -> (Failure, String) {
        let outcome = self.collect(order, "a-test-1").await;
        let Outcome::Failed { failure, message } = outcome else { panic!("{outcome:?}") };
        assert_shows_nothing(message.as_bytes(), "the message");
        self.assert_nothing_shown();
        (failure, message)
    }

    /// No file of the store has a byte of the secret, in any form.
    pub fn assert_nothing_shown(&self) {
        each_file(&self.folder.join("custody"), &mut |path, bytes| {
            assert_shows_nothing(&bytes, &path.display().to_string());
        });
    }
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

/// The secret, as it is, in an address, a form, JSON, base64, and as the password of the user `ana` and the client `an-id`.
pub fn forms_of_secret() -> Vec<String> {
    let mut forms = vec![
        SECRET.to_owned(),
        "hunter2-sEcr3t%2Fwith%2Bodd%22chars%26".to_owned(),
        "hunter2-sEcr3t/with+odd\\\"chars&".to_owned(),
        "hunter2-sEcr3t".to_owned(),
    ];
    forms.extend(["aHVudGVyMi1zRWNyM3Q", "YW5hOmh1bnRlcjIt", "YW4taWQ6aHVudGVyMi1z"].map(str::to_owned));
    forms
}

#[track_caller]
pub fn assert_shows_nothing(bytes: &[u8], place: &str) {
    for form in forms_of_secret() {
        let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
        assert!(!found, "{place} shows {form}");
    }
}

/// The error that asking gives, without a store around it.
pub async fn error_of(place: &Place, order: &Order) -> CollectError {
    use collecting::{Asking, Budget, Fetch as _};
    let (actor, budget, clock) = (Actor::new("a-test").unwrap(), Budget::new(), Clock::System);
    let deadline = clock.now().checked_add(SignedDuration::from_mins(5)).unwrap();
    let asking = Asking { actor: &actor, executed_at: clock.now(), clock, deadline, budget: &budget };
    let spool = place.storage.locker.spool().unwrap();
    place.collector.fetch(order, &asking, spool).await.unwrap_err()
}

/// The order of a source and a query, given as the texts of a catalog: `source` without id and title, `query` without name and version.
pub fn order(source: &str, query: &str) -> Order {
    try_order(source, query).unwrap()
}

pub fn try_order(source: &str, query: &str) -> Result<Order, String> {
    let control = "id = \"a-control\"\ntitle = \"A\"\ndescription = \"A.\"\nseverity = \"high\"\nschedule = \"cron(0 3 * * ? *)\"\nperiod = \"day\"\n\
        retention = \"six-years\"\nfinding = \"a-control\"\nremediation = \"Do.\"\n\
        [satisfies]\nsoc2 = [\"CC6.1\"]\n[[collect]]\nsource = \"a-source\"\nquery = \"a-query\"\n";
    let framework = "id = \"soc2\"\ntitle = \"SOC 2\"\nversion = \"1\"\nsource = \"s\"\n[[requirement]]\nid = \"CC6.1\"\ntitle = \"t\"\n";
    let finding = "-- name: a-control\n-- version: 1\n-- answers: What.\nSELECT 1\n";
    let files = BTreeMap::from([
        ("frameworks/soc2.toml".to_owned(), framework.to_owned()),
        ("controls/a-control.toml".to_owned(), control.to_owned()),
        (
            "sources/a-source.toml".to_owned(),
            format!("id = \"a-source\"\ntitle = \"A\"\ncollector = \"{NAME}\"\n{source}"),
        ),
        ("queries/a-query.toml".to_owned(), format!("name = \"a-query\"\nversion = 1\nanswers = \"What.\"\n{query}")),
        ("queries/a-control.sql".to_owned(), finding.to_owned()),
        ("templates/report.typ".to_owned(), "x".to_owned()),
    ]);
    let catalog = Catalog::read(files).map_err(|problems| problems.to_string())?;
    let control = catalog.control(&"a-control".parse().unwrap()).unwrap();
    let (tenant, window) = ("acme".parse().unwrap(), "2026-07-01".parse().unwrap());
    let orders = orders(&catalog, &tenant, control, &window, "2026-07-02T03:00:00Z".parse().unwrap());
    let order = orders.unwrap().pop().unwrap();
    assert_eq!(order.access.collector(), NAME);
    Ok(order)
}
