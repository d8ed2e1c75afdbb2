//! A small organisation in a temporary folder: two controls, three slots a day, a report in a moment.

use bundle::{Options, Verdict};
use custody_log::{SigningKey, Trust};
use domain::{CustodyEvent, FrameworkId, Period, ReportRequest, RunId};
use exhibit::{
    CommandError, Home, Layout,
    collection::{Collected, Selection, collect_all, tasks},
    pipeline::{self, Finished},
    sealing::OwnLog,
};
use runtime::{Clock, Configuration};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use storage::{FaultHook, Storage};
use verify::download::Received;

/// A data directory and what its sources deliver.
pub struct Fixture {
    /// The data directory.
    pub folder: PathBuf,
    /// The window of its reports: its first days.
    pub window: Period,
    _temporary: Option<tempfile::TempDir>,
}

const START: &str = "2026-07-01T00:00:00Z";

impl Fixture {
    /// A data directory with `days` of files, in a folder that goes with it.
    pub fn new(days: u8) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("data");
        Self { _temporary: Some(temporary), ..Self::at(&folder, days) }
    }

    /// The same in a folder that stays.
    pub fn at(folder: &Path, days: u8) -> Self {
        let configuration = Configuration {
            tenant: "acme".parse().unwrap(),
            actor: "tester@acme.example".parse().unwrap(),
            since: None,
            origin: Some("tests.example/acme".to_owned()),
            sources: "sources".into(),
            catalog: Some("catalog".into()),
            files: BTreeMap::new(),
        };
        // A process that is killed must not leave half of what the next one reads: only the first one prepares.
        if configuration.write_new(folder).unwrap() {
            let own = Path::new(env!("CARGO_MANIFEST_DIR"));
            copy_folder(&own.join("fixture/catalog"), &folder.join("catalog"));
            copy_folder(&own.join("../catalog/templates"), &folder.join("catalog/templates"));
            fs::create_dir_all(folder.join("sources")).unwrap();
            (1..=days).for_each(|day| write_day(&folder.join("sources"), day));
            write_key(&folder.join("log.key"));
        }
        let end = format!("2026-07-{:02}T00:00:00Z", days + 1);
        let window = Period::new(START.parse().unwrap(), end.parse().unwrap()).unwrap();
        Self { folder: folder.to_owned(), window, _temporary: None }
    }

    /// Where Exhibit keeps things.
    pub fn custody(&self) -> PathBuf {
        Layout::of(&self.folder).custody
    }

    /// Opens the data directory with a fixed clock and with faults.
    pub fn home(&self, hook: FaultHook) -> Home {
        let clock = Clock::Fixed("2026-08-01T00:00:00Z".parse().unwrap());
        let storage = Storage::embedded_with_faults(&self.custody(), hook).unwrap();
        let configuration = Configuration::read(&self.folder).unwrap();
        Home::with_storage(Layout::of(&self.folder), configuration, storage, clock).unwrap()
    }

    /// Collects every slot of the window, one after the other.
    pub async fn collect(&self, home: &Home) -> Vec<Collected> {
        let selection = Selection { window: Some(self.window), ..Selection::default() };
        let tasks = tasks(home, &selection, home.clock.now()).unwrap();
        collect_all(home, tasks, 1, |_| ()).await
    }

    /// Commits the slots of the window, before it begins.
    pub async fn commit(&self, home: &Home) {
        let (catalog, wanted) = (home.catalog.digest(), home.catalog.commitments());
        let custodian = &home.storage.custodian;
        custodian.commit_slots(&home.tenant, &home.actor, catalog, &wanted, self.window.start()).await.unwrap();
    }

    /// The key that seals.
    pub fn key() -> SigningKey {
        SigningKey::new("tests.example/acme", [7; 32]).unwrap()
    }

    /// Those that are trusted.
    pub fn trust() -> Trust {
        Trust { keys: vec![Self::key().verification_key()], witnesses: Vec::new() }
    }

    /// Brings everything that was told into the log.
    pub async fn seal(&self, home: &Home) {
        OwnLog::of(home).seal().await.unwrap();
    }

    /// Everything that was told, by name: in the log, or waiting for it.
    pub async fn events(home: &Home) -> BTreeMap<String, CustodyEvent> {
        let custodian = &home.storage.custodian;
        // First what waits: an event that enters the log in between is seen twice rather than not at all.
        let mut events = custodian.waiting_events(&home.tenant).await.unwrap();
        let size = custodian.log_head(&home.tenant).await.unwrap().map_or(0, |(head, _)| head.stored.size);
        let entries = seal::entries(&home.storage, &home.tenant, size, (0, size)).await.unwrap();
        events.extend(entries.iter().map(|entry| serde_json::from_slice::<CustodyEvent>(entry).unwrap()));
        events.into_iter().map(|event| (event.name(), event)).collect()
    }

    /// What an auditor finds in the folder at `path`.
    pub fn verified(path: &Path) -> Verdict {
        Self::verified_with(path, Options { trust: Self::trust(), ..Options::default() })
    }

    /// The same by other keys, or since a checkpoint; the report is made again.
    pub fn verified_with(path: &Path, options: Options) -> Verdict {
        let workspace = tempfile::tempdir().unwrap();
        let options = Options { workspace: Some(workspace.path().to_owned()), ..options };
        bundle::verify(&Received::open(path).unwrap(), &options).unwrap()
    }

    /// The request for the window's report, always with the same run.
    pub fn request(&self, home: &Home) -> ReportRequest {
        ReportRequest {
            run_id: RunId::new("run-1").unwrap(),
            tenant: home.tenant.clone(),
            framework: FrameworkId::new("soc2").unwrap(),
            period: self.window,
            requested_by: home.actor.clone(),
        }
    }

    /// Makes the window's report.
    pub async fn report(&self, home: &Home) -> Result<Finished, CommandError> {
        pipeline::report(home, &self.request(home), |_| ()).await
    }
}

// As a data directory keeps it: its owner alone may read it.
fn write_key(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut made.unwrap(), Fixture::key().to_text().as_bytes()).unwrap();
}

fn write_day(sources: &Path, day: u8) {
    let accounts = format!("user,second_factor\nana,true\nben,{}\ncho,true\n", day > 1);
    let people = r#"{"people":[{"user":"ana"},{"user":"ben"},{"user":"cho","left_on":"2026-06-30"}]}"#;
    fs::write(sources.join(format!("accounts-2026-07-{day:02}.csv")), accounts).unwrap();
    fs::write(sources.join(format!("people-2026-07-{day:02}.json")), people).unwrap();
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below `folder` with its bytes, by path relative to it.
pub fn inventory(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    gather(folder, folder, &mut files);
    files
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
