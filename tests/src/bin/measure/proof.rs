//! The log and bundles: events appended, and a large bundle to be verified from outside.

use crate::Outcome;
use bundle::{Envelope, Packer, contents, pre_authentication_encoding, statement, sums};
use catalog::Catalog;
use custody_log::{Checkpoint, Edge, SignedCheckpoint, SigningKey};
use domain::{
    ArtifactKey, ArtifactReference, CustodyEvent, Digest, EventKind, Period, Report, ReportArtifact, ReportFormat,
    ReportInputs, ReportRecord, SealedPeriod, SlotCommitment, Snapshot, SnapshotEvidence, Timestamp, canonical,
    evidence::{Asked, Cell, Collected, Collector, EvidenceWriter, Preamble, RawFile},
};
use seal::{Settled, Signer};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::BufWriter,
    path::Path,
    time::Instant,
};
use storage::{Storage, Write};

const SOURCES: usize = 12;
const ROWS: usize = 60;

/// How many events were recorded, sealed, and how fast: `name<TAB>value` a line.
pub fn append(events: usize) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let storage = Storage::embedded(folder.path())?;
    let signers = [Signer::File(key()?)];
    let (tenant, actor, now) = ("acme".parse()?, "measure@acme.example".parse()?, at("2026-08-01T00:00:00Z")?);
    runtime.block_on(record(&storage, events))?;
    let begun = Instant::now();
    let sealed = runtime.block_on(seal::seal(&storage, &tenant, &actor, &signers, Settled::HERE, now))?;
    let all = begun.elapsed().as_secs_f64();
    println!("events per second, {} at once\t{:.0}", sealed.appended, sealed.appended as f64 / all);
    let mut few = Vec::new();
    for round in 0..20 {
        runtime.block_on(record_from(&storage, events + round * 10, 10))?;
        let begun = Instant::now();
        runtime.block_on(seal::seal(&storage, &tenant, &actor, &signers, Settled::HERE, now))?;
        few.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    few.sort_by(f64::total_cmp);
    let middle = few.get(few.len() / 2).copied().unwrap_or_default();
    println!("ms per seal of 10 events, log of {events}\t{middle:.1}");
    Ok(())
}

async fn record(storage: &Storage, events: usize) -> Outcome<()> {
    for first in (0..events).step_by(100) {
        record_from(storage, first, 100.min(events - first)).await?;
    }
    Ok(())
}

async fn record_from(storage: &Storage, first: usize, count: usize) -> Outcome<()> {
    let mut writes = Vec::new();
    for n in first..first + count {
        let kind = EventKind::EvidenceCollected {
            evidence_id: format!("control-{n}.source.2026-07-01").parse()?,
            digest: Digest::of(n.to_string().as_bytes()),
            version: "1".to_owned(),
        };
        let event =
            CustodyEvent::new("acme".parse()?, "measure@acme.example".parse()?, at("2026-07-02T00:00:00Z")?, kind);
        let key = storage::RecordKey::event(&event.tenant, event.recorded_at, &event.name());
        writes.push(Write::PutNew { key, body: String::from_utf8(canonical::to_bytes(&event)?)? });
    }
    Ok(storage.table.transact(writes).await?)
}

/// Writes a bundle of `documents` pieces of evidence, and beside it the key that signed it.
pub fn make(folder: &Path, documents: usize) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    let catalog = catalog()?;
    let evidence = Evidence::new(&catalog, documents)?;
    let archive = catalog.archive();
    let tenant = "acme".parse()?;
    let catalog_object = artifact(&ArtifactKey::catalog(&tenant, catalog.digest()), &archive);
    let snapshot = evidence.snapshot(catalog_object)?;
    let snapshot_bytes = canonical::to_bytes(&snapshot)?;
    let (record, report) = report(&catalog, &snapshot, &snapshot_bytes, &evidence)?;
    let mut objects: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    objects.insert(snapshot.catalog.key.clone(), archive);
    objects.insert(record.snapshot.key.clone(), snapshot_bytes);
    objects.insert(record.staging.key.clone(), b"staging".to_vec());
    for file in &record.artifacts {
        let bytes = if file.format == ReportFormat::Json { canonical::to_bytes(&report)? } else { b"file".to_vec() };
        objects.insert(file.artifact.key.clone(), bytes);
    }
    let parts = contents(&record, &snapshot, &catalog)?;
    let sums = sums(&parts);
    let mut files: BTreeMap<String, Vec<u8>> = log(&catalog, &evidence, &record)?;
    let payload = statement(&record, &sums)?;
    let signature = key()?.sign(&pre_authentication_encoding(&payload));
    let envelope = Envelope::new(&payload, &key()?.verification_key(), &signature).to_bytes()?;
    files.insert(bundle::STATEMENT.to_owned(), envelope);
    files.insert(bundle::SUMS.to_owned(), sums.into_bytes());
    for (name, part) in parts {
        let bytes = match part {
            bundle::Part::Bytes(bytes) => bytes,
            bundle::Part::Object(artifact) => match objects.get(&artifact.key) {
                Some(bytes) => bytes.clone(),
                None => evidence.document(&artifact.key).to_vec(),
            },
        };
        files.insert(name, bytes);
    }
    let mut packer = Packer::new(BufWriter::new(File::create(folder.join("bundle.zip"))?));
    for (name, bytes) in &files {
        packer.add(name, bytes)?;
    }
    packer.finish()?;
    fs::write(folder.join("log.vkey"), key()?.verification_key().to_string())?;
    Ok(())
}

fn key() -> Outcome<SigningKey> {
    Ok(SigningKey::new("measure.example/acme", [5; 32])?)
}

fn at(text: &str) -> Outcome<Timestamp> {
    Ok(text.parse()?)
}

fn source(n: usize) -> String {
    format!("accounts-{n:02}")
}

// The tests' own catalog, with one control that asks many sources each hour.
fn catalog() -> Outcome<Catalog> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    for (folder, inside) in [
        ("fixture/catalog/frameworks", "frameworks"),
        ("fixture/catalog/queries", "queries"),
        ("../catalog/templates", "templates"),
    ] {
        for entry in fs::read_dir(own.join(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("gone") && !name.starts_with("people") {
                files.insert(format!("{inside}/{name}"), fs::read_to_string(entry.path())?);
            }
        }
    }
    let control = fs::read_to_string(own.join("fixture/catalog/controls/second-factor.toml"))?;
    let control =
        control.replace("period = \"day\"", "period = \"hour\"").replace("cron(0 3 * * ? *)", "cron(5 * * * ? *)");
    let (control, _) = control.split_once("[[collect]]").ok_or("the fixture's control collects nothing")?;
    let asked = |n| format!("[[collect]]\nsource = \"{}\"\nquery = \"accounts\"\n", source(n));
    files.insert(
        "controls/second-factor.toml".to_owned(),
        format!("{control}{}", (0..SOURCES).map(asked).collect::<String>()),
    );
    for n in 0..SOURCES {
        let id = source(n);
        let text = format!(
            "id = \"{id}\"\ntitle = \"Accounts\"\ncollector = \"files\"\nfiles = [\"{id}-{{last_day}}.csv\"]\n"
        );
        files.insert(format!("sources/{id}.toml"), text);
    }
    Ok(Catalog::read(files).map_err(|problems| problems.to_string())?)
}

struct Evidence {
    window: Period,
    frozen: Vec<SnapshotEvidence>,
    documents: BTreeMap<String, Vec<u8>>,
    hours: Vec<Period>,
}

impl Evidence {
    fn new(catalog: &Catalog, count: usize) -> Outcome<Self> {
        let window: Period = "2026".parse()?;
        let control = catalog.controls().next().ok_or("the catalog has no control")?;
        let mut slots = catalog.slots(&"acme".parse()?, control, &window)?;
        slots.sort_by_key(|slot| slot.period);
        slots.truncate(count.div_ceil(SOURCES) * SOURCES);
        let last = slots.last().ok_or("there is no slot")?.period.end();
        let window = Period::new(window.start(), last)?;
        let query = catalog.source_query(&"accounts".parse()?).ok_or("the catalog has no query")?.clone();
        let (mut frozen, mut documents) = (Vec::new(), BTreeMap::new());
        for slot in &slots {
            let preamble = Preamble {
                asked: Asked {
                    endpoint: format!("files:{}.csv", slot.source),
                    pages: vec![format!("{}.csv", slot.source)],
                    parameters: BTreeMap::new(),
                    query: query.name.clone(),
                    query_digest: query.digest,
                    query_text: query.text.clone(),
                    query_version: query.version,
                },
                collected: Collected { executed_at: slot.period.end(), executed_by: "measure@acme.example".parse()? },
                collector: Collector { name: "collect-files".to_owned(), version: "0.1.0".to_owned() },
                columns: query.evidence_columns(),
            };
            let mut writer = EvidenceWriter::begin(Vec::new(), &preamble)?;
            let rows: Vec<String> =
                (0..ROWS).map(|row| format!("person-{row:04}@acme.example-{}", slot.period.end())).collect();
            let text: String = rows.iter().map(|row| format!("{row},true\n")).collect();
            writer.raw(&RawFile {
                name: format!("{}.csv", slot.source),
                bytes: format!("user,second_factor\n{text}").into_bytes(),
            })?;
            for row in rows {
                writer.row(&[Cell::Text(row), Cell::Boolean(true)])?;
            }
            let written = writer.finish(slot, None)?;
            let artifact = artifact(&ArtifactKey::evidence(slot, written.digest), &written.out);
            documents.insert(artifact.key.clone(), written.out);
            frozen.push(SnapshotEvidence { evidence_id: slot.evidence_id(), artifact, row_count: ROWS as u64 });
        }
        frozen.sort_by(|one, other| one.evidence_id.cmp(&other.evidence_id));
        let mut hours: Vec<Period> = slots.iter().map(|slot| slot.period).collect();
        hours.dedup();
        Ok(Self { window, frozen, documents, hours })
    }

    fn document(&self, key: &str) -> &[u8] {
        self.documents.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    fn snapshot(&self, catalog: ArtifactReference) -> Outcome<Snapshot> {
        Ok(Snapshot {
            format: Snapshot::FORMAT.to_owned(),
            tenant: "acme".parse()?,
            framework: "soc2".parse()?,
            period: self.window,
            catalog,
            controls: vec!["second-factor".parse()?],
            due_since: None,
            expected: self.frozen.len() as u64,
            evidence: self.frozen.clone(),
            gaps: Vec::new(),
        })
    }
}

fn artifact(key: &ArtifactKey, bytes: &[u8]) -> ArtifactReference {
    let (key, version) = (key.to_string(), "1".to_owned());
    ArtifactReference { key, version, digest: Digest::of(bytes), length: bytes.len() as u64 }
}

// A small report is made as reports are made; the large one says the same of more evidence.
fn report(
    catalog: &Catalog,
    snapshot: &Snapshot,
    bytes: &[u8],
    evidence: &Evidence,
) -> Outcome<(ReportRecord, Report)> {
    let inputs = ReportInputs {
        format: ReportInputs::FORMAT.to_owned(),
        report_type: "controls".to_owned(),
        tenant: snapshot.tenant.clone(),
        framework: snapshot.framework.clone(),
        period: snapshot.period,
        snapshot: Digest::of(bytes),
        catalog: catalog.digest(),
        templates: catalog.templates_digest(),
        parameters: BTreeMap::new(),
    };
    let report_id = inputs.report_id()?;
    // One hour of each source: a control without an answer of every source has no rows.
    let hour = evidence.hours.first().ok_or("there is no hour")?.to_string();
    let of_hour = |frozen: &&SnapshotEvidence| frozen.evidence_id.as_str().ends_with(&hour);
    let few = Snapshot { evidence: snapshot.evidence.iter().filter(of_hour).cloned().collect(), ..snapshot.clone() };
    let workspace = tempfile::tempdir()?;
    let document = |frozen: &SnapshotEvidence| Ok::<_, String>(evidence.document(&frozen.artifact.key));
    let remade = findings::remake(&inputs, report_id, few, catalog, document, workspace.path())
        .map_err(|error| error.to_string())?;
    let mut report = remade.report;
    let pattern = report.evidence.first().cloned().ok_or("the report shows no evidence")?;
    report.evidence = Vec::new();
    for frozen in &snapshot.evidence {
        let header = domain::evidence::check(evidence.document(&frozen.artifact.key))?;
        report.evidence.push(domain::EvidenceEntry {
            evidence_id: frozen.evidence_id.clone(),
            source: header.slot.source,
            period: header.slot.period,
            endpoint: header.asked.endpoint,
            executed_at: header.collected.executed_at,
            raw: header.raw,
            digest: frozen.artifact.digest,
            length: frozen.artifact.length,
            ..pattern.clone()
        });
    }
    let json = canonical::to_bytes(&report)?;
    let file = |format: ReportFormat| {
        let bytes = if format == ReportFormat::Json { json.as_slice() } else { b"file" };
        ReportArtifact { format, artifact: artifact(&ArtifactKey::report(&inputs, &report_id, format), bytes) }
    };
    let record = ReportRecord {
        report_id,
        snapshot: artifact(
            &ArtifactKey::snapshot(&inputs.tenant, &inputs.framework, &inputs.period, Digest::of(bytes)),
            bytes,
        ),
        staging: artifact(&ArtifactKey::staging(&inputs, &report_id), b"staging"),
        artifacts: ReportFormat::ALL.map(file).to_vec(),
        inputs,
    };
    Ok((record, report))
}

fn log(catalog: &Catalog, evidence: &Evidence, record: &ReportRecord) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut entries = Vec::new();
    let mut tell = |recorded_at: Timestamp, kind: EventKind| -> Outcome<()> {
        let event = CustodyEvent::new("acme".parse()?, "measure@acme.example".parse()?, recorded_at, kind);
        entries.push(canonical::to_bytes(&event)?);
        Ok(())
    };
    let (begin, end) = (evidence.window.start(), evidence.window.end());
    tell(begin, EventKind::CatalogPublished { sequence: 1, catalog: catalog.digest() })?;
    for commitment in catalog.commitments() {
        tell(begin, EventKind::SlotsCommitted(SlotCommitment { from: begin, ..commitment }))?;
    }
    for frozen in &evidence.frozen {
        let (digest, version) = (frozen.artifact.digest, frozen.artifact.version.clone());
        tell(end, EventKind::EvidenceCollected { evidence_id: frozen.evidence_id.clone(), digest, version })?;
    }
    for period in &evidence.hours {
        let sealed = SealedPeriod {
            control: "second-factor".parse()?,
            period: *period,
            expected: SOURCES as u64,
            collected: SOURCES as u64,
            failed: Vec::new(),
            waived: Vec::new(),
            missing: Vec::new(),
        };
        tell(end, EventKind::PeriodSealed(sealed))?;
    }
    let run_id: domain::RunId = "run-1".parse()?;
    let (framework, period) = (record.inputs.framework.clone(), record.inputs.period);
    tell(end, EventKind::ReportRequested { run_id: run_id.clone(), framework, period })?;
    tell(end, EventKind::ReportStored { report_id: record.report_id, record: canonical::digest(record)? })?;
    tell(end, EventKind::ReportVerified { run_id, report_id: record.report_id })?;
    let appended = Edge::default().append(entries.iter().map(Vec::as_slice))?;
    let origin = key()?.name().to_owned();
    let note = SignedCheckpoint::unsigned(Checkpoint { origin, size: entries.len() as u64, root: appended.root })?;
    let signature = key()?.sign(note.text());
    let note = note.sign(&key()?.verification_key(), &signature)?;
    let mut files: BTreeMap<String, Vec<u8>> =
        appended.tiles.into_iter().map(|(name, bytes)| (bundle::log_name(name), bytes)).collect();
    files.insert(bundle::CHECKPOINT.to_owned(), note.to_bytes());
    Ok(files)
}
