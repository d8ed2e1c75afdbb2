//! The tamper table: each way to change, leave out or reorder what a bundle shows, built here, and the words in which `verify` names it.
//!
//! Somebody without the log's key can change files. Somebody with it can also write a new log and sign it: that contradicts the report, or
//! the checkpoint that a reader kept, or the witness who saw the log before.

#![cfg(test)]

use bundle::{Options, Since, Verdict};
use custody_log::{
    Checkpoint, Edge, SignedCheckpoint, SigningKey, TileName, Trust, Witness, bundle as bundle_entry, split,
};
use domain::{CustodyEvent, Digest, EventKind, FindingRow, Outcome, Report, ReportRecord, canonical};
use exhibit::download::download;
use std::{fs, path::PathBuf, sync::OnceLock};
use storage::FaultHook;
use tests::{Fixture, copy_folder, inventory};

/// An honest bundle as a folder, and what an auditor and a witness saw of its log.
struct Honest {
    folder: PathBuf,
    /// After collecting, before the report.
    earlier: Vec<u8>,
    /// The newest.
    newest: Vec<u8>,
    _temporary: tempfile::TempDir,
}

fn honest() -> &'static Honest {
    static HONEST: OnceLock<Honest> = OnceLock::new();
    HONEST.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(make())
    })
}

async fn make() -> Honest {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    fixture.seal(&home).await;
    let earlier = home.storage.custodian.checkpoint(&home.tenant).await.unwrap().unwrap().1;
    let finished = fixture.report(&home).await.unwrap();
    let file = &finished.record.artifacts[0].artifact;
    let auditor = "auditor@audit.example".parse().unwrap();
    home.storage.custodian.hand_out(&home.tenant, &auditor, file, "link-1", home.clock.now()).await.unwrap();
    fixture.seal(&home).await;
    let newest = home.storage.custodian.checkpoint(&home.tenant).await.unwrap().unwrap().1;
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("bundle");
    download(&home, &finished.record, &folder, true, |_, _| ()).await.unwrap();
    Honest { folder, earlier, newest, _temporary: temporary }
}

/// A copy of the honest bundle, to be changed.
struct Forged {
    folder: PathBuf,
    _temporary: tempfile::TempDir,
}

fn forged() -> Forged {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("bundle");
    copy_folder(&honest().folder, &folder);
    Forged { folder, _temporary: temporary }
}

impl Forged {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn names(&self, of: &str) -> Vec<String> {
        inventory(&self.folder).into_keys().filter(|name| name.contains(of)).collect()
    }

    fn size(&self) -> u64 {
        SignedCheckpoint::read(&fs::read(self.path("log/checkpoint")).unwrap()).unwrap().claim().size
    }

    fn entries(&self) -> Vec<Vec<u8>> {
        let bundles =
            TileName::entries_of(self.size()).map(|name| fs::read(self.path(&format!("log/{name}"))).unwrap());
        bundles.flat_map(|bytes| split(&bytes).unwrap().into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect()
    }

    fn events(&self) -> Vec<CustodyEvent> {
        self.entries().iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect()
    }

    fn place(&self, of: impl Fn(&EventKind) -> bool) -> usize {
        self.events().iter().position(|event| of(&event.kind)).unwrap()
    }

    /// Writes a whole log of these entries, every tile right, and signs it with `key`. Without one, the checkpoint stays as it is.
    fn write_log(&self, entries: &[Vec<u8>], key: Option<&SigningKey>) {
        fs::remove_dir_all(self.path("log/tile")).unwrap();
        let appended = Edge::default().append(entries.iter().map(Vec::as_slice)).unwrap();
        for (name, bytes) in &appended.tiles {
            let path = self.path(&format!("log/{name}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let Some(key) = key else { return };
        let (origin, size) = (key.name().to_owned(), entries.len() as u64);
        let note = SignedCheckpoint::unsigned(Checkpoint { origin, size, root: appended.root }).unwrap();
        let signature = key.sign(note.text());
        let note = note.sign(&key.verification_key(), &signature).unwrap();
        fs::write(self.path("log/checkpoint"), note.to_bytes()).unwrap();
    }

    /// Changes the log as its owner can.
    fn rewrite(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let mut entries = self.entries();
        change(&mut entries);
        self.write_log(&entries, Some(&Fixture::key()));
    }

    fn verdict(&self) -> Verdict {
        Fixture::verified(&self.folder)
    }

    fn verdict_since(&self, since: &[u8]) -> Verdict {
        let since = Some(Since(since.to_vec()));
        Fixture::verified_with(&self.folder, Options { trust: Fixture::trust(), since, ..Options::default() })
    }
}

#[track_caller]
fn assert_named(verdict: &Verdict, what: &str, message: &str) {
    let named = |problem: &bundle::Problem| problem.what.contains(what) && problem.message.contains(message);
    assert!(verdict.problems.iter().any(named), "{what}: {message} is not among {:#?}", verdict.problems);
}

fn edited(entry: &[u8], edit: impl FnOnce(&mut CustodyEvent)) -> Vec<u8> {
    let mut event = serde_json::from_slice(entry).unwrap();
    edit(&mut event);
    canonical::to_bytes(&event).unwrap()
}

#[test]
fn what_nobody_changed_holds_with_every_check_done() {
    let verdict = Fixture::verified_with(
        &honest().folder,
        Options { trust: Fixture::trust(), since: Some(Since(honest().earlier.clone())), ..Options::default() },
    );
    assert_eq!(
        (verdict.problems.as_slice(), verdict.notes.as_slice(), verdict.strangers.as_slice()),
        (&[][..], &[][..], &[][..])
    );
    let log = verdict.log.unwrap();
    assert_eq!(log.since, Some(SignedCheckpoint::read(&honest().earlier).unwrap().claim().size));
    assert_eq!((verdict.checked.slots, verdict.checked.evidence, verdict.checked.remade), (6, 6, 5));
}

#[test]
fn any_evidence_altered_deleted_or_swapped() {
    let names = forged().names("/evidence/");
    assert_eq!(names.len(), 6);
    for (index, name) in names.iter().enumerate() {
        let altered = forged();
        let mut bytes = fs::read(altered.path(name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(altered.path(name), bytes).unwrap();
        assert_named(&altered.verdict(), name, "its SHA-256 has to be");
        let deleted = forged();
        fs::remove_file(deleted.path(name)).unwrap();
        assert_named(&deleted.verdict(), name, "it is not there");
        let swapped = forged();
        let other = fs::read(swapped.path(&names[(index + 1) % names.len()])).unwrap();
        fs::write(swapped.path(name), other).unwrap();
        assert!(swapped.verdict().problems.iter().any(|problem| problem.what == *name));
    }
}

#[test]
fn any_two_adjacent_entries_removed() {
    let count = forged().entries().len();
    for at in 0..count - 1 {
        let without = forged();
        let mut entries = without.entries();
        entries.drain(at..at + 2);
        // As somebody without the key can: the tiles are right, under the names that the checkpoint asks for.
        without.write_log(&entries, None);
        let [old, new] = [count, count - 2].map(|size| TileName::entries_of(size as u64).last().unwrap());
        fs::rename(without.path(&format!("log/{new}")), without.path(&format!("log/{old}"))).unwrap();
        assert_named(&without.verdict(), &format!("log/{old}"), "entries were removed");
        // As its owner can: everything is signed anew.
        let owner = forged();
        owner.rewrite(|entries| drop(entries.drain(at..at + 2)));
        let verdict = owner.verdict_since(&honest().newest);
        assert_named(&verdict, "the checkpoint that was kept", "entries were removed");
    }
}

#[test]
fn the_first_entry_removed() {
    let first = forged();
    first.rewrite(|entries| drop(entries.remove(0)));
    let verdict = first.verdict_since(&honest().earlier);
    assert_named(&verdict, "the checkpoint that was kept", "it was rewritten, and both are signed");
    // The first is a commitment: without it, the sealing of its periods contradicts the log.
    assert!(!first.verdict().holds());
}

#[test]
fn the_newest_entry_removed() {
    let newest = forged();
    let entries = newest.entries();
    newest.write_log(&entries[..entries.len() - 1], None);
    assert_named(&newest.verdict(), "log/tile/entries", "it is not there");
    let owner = forged();
    owner.rewrite(|entries| drop(entries.pop()));
    assert_named(&owner.verdict_since(&honest().newest), "the checkpoint that was kept", "entries were removed");
}

#[test]
fn the_whole_tail_removed_under_an_earlier_head() {
    let cut = forged();
    let size = SignedCheckpoint::read(&honest().earlier).unwrap().claim().size;
    let entries = cut.entries();
    cut.write_log(&entries[..usize::try_from(size).unwrap()], None);
    fs::write(cut.path("log/checkpoint"), &honest().earlier).unwrap();
    assert_named(&cut.verdict(), "report ", "no entry of the log tells of it");
    assert_named(&cut.verdict_since(&honest().newest), "the checkpoint that was kept", "entries were removed");
}

#[test]
fn a_log_rewritten_consistently_and_signed_by_the_right_key() {
    let split_view = forged();
    let at = split_view.place(|kind| matches!(kind, EventKind::LinkHandedOut { .. }));
    split_view.rewrite(|entries| {
        entries[at] = edited(&entries[at], |event| event.actor = "somebody@else.example".parse().unwrap());
    });
    // By itself it agrees with itself: whoever signs can say what they want, once.
    assert_named(
        &split_view.verdict_since(&honest().newest),
        "the checkpoint that was kept",
        "it was rewritten, and both are signed",
    );
    let witness = Witness::new(SigningKey::new("auditor.example/witness", [9; 32]).unwrap());
    let trust = Trust { witnesses: vec![witness.key().unwrap()], ..Fixture::trust() };
    let by_witness = || Options { trust: trust.clone(), ..Options::default() };
    assert_named(&Fixture::verified_with(&split_view.folder, by_witness()), "log/checkpoint", "did not cosign it");
    // What the witness saw is what it vouches for.
    let seen = forged();
    let note = SignedCheckpoint::read(&honest().newest).unwrap();
    let line = witness.cosign(&note, "2026-08-02T00:00:00Z".parse().unwrap()).unwrap();
    let cosigned = note.cosign(&witness.key().unwrap(), &line).unwrap();
    fs::write(seen.path("log/checkpoint"), cosigned.to_bytes()).unwrap();
    let verdict = Fixture::verified_with(&seen.folder, by_witness());
    assert!(verdict.holds(), "{:?}", verdict.problems);
    assert_eq!(verdict.log.unwrap().cosigned_by.len(), 1);
    // A cosignature of the one log is none of the other.
    let text = String::from_utf8(fs::read(split_view.path("log/checkpoint")).unwrap()).unwrap();
    fs::write(split_view.path("log/checkpoint"), text + std::str::from_utf8(&line).unwrap()).unwrap();
    assert_named(
        &Fixture::verified_with(&split_view.folder, by_witness()),
        "log/checkpoint",
        "the signature of auditor.example/witness",
    );
}

#[test]
fn one_tile_or_one_entry_changed_without_the_key() {
    for name in forged().names("log/tile/") {
        let changed = forged();
        let mut bytes = fs::read(changed.path(&name)).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(changed.path(&name), bytes).unwrap();
        assert_named(&changed.verdict(), "entry ", "one of the two was changed");
    }
    let other_key = forged();
    let entries = other_key.entries();
    other_key.write_log(&entries, Some(&SigningKey::new("tests.example/acme", [8; 32]).unwrap()));
    assert_named(&other_key.verdict(), "log/checkpoint", "it is not signed by");
}

#[test]
fn an_entry_put_in_twice() {
    let twice = forged();
    twice.rewrite(|entries| entries.push(entries[5].clone()));
    assert_named(&twice.verdict(), "entry ", "as entry 5 did");
}

#[test]
fn a_slot_removed_from_the_commitment() {
    let removed = forged();
    let at = removed.place(|kind| matches!(kind, EventKind::SlotsCommitted(committed) if committed.sources.len() > 1));
    removed.rewrite(|entries| {
        entries[at] = edited(&entries[at], |event| {
            let EventKind::SlotsCommitted(committed) = &mut event.kind else { panic!() };
            committed.sources.pop();
        });
    });
    let verdict = removed.verdict();
    assert_named(&verdict, "2026-07-01", "names no slot of");
    assert_named(&verdict, "2026-07-01", "with other slots than were committed");
}

#[test]
fn evidence_left_out_of_the_report_although_it_was_there() {
    // The event says that it was collected; the report, its record and its statement are made as if it had not been.
    let hidden = forged();
    let record: ReportRecord = serde_json::from_slice(&fs::read(hidden.path("record.json")).unwrap()).unwrap();
    let name = format!("objects/{}", record.snapshot.key);
    let mut snapshot: domain::Snapshot = serde_json::from_slice(&fs::read(hidden.path(&name)).unwrap()).unwrap();
    let gone = snapshot.evidence.remove(0);
    snapshot.expected -= 1;
    let history = {
        let mut problems = Vec::new();
        let read = |name: TileName| fs::read(hidden.path(&format!("log/{name}"))).map_err(|error| error.to_string());
        let name = |name: TileName| name.to_string();
        let files = bundle::LogFiles { read: &read, name: &name };
        bundle::History::read(&snapshot.tenant.clone(), hidden.size(), &files, &mut problems)
    };
    let found = bundle::check_history(&record, &snapshot, &history);
    let named = |problem: &bundle::Problem| {
        problem.what == gone.evidence_id.to_string()
            && problem.message.contains("neither rests on it nor names it missing")
    };
    assert!(found.iter().any(named), "{found:?}");
}

#[test]
fn a_report_made_before_its_evidence_and_evidence_before_its_commitment() {
    let early = forged();
    let stored = early.place(|kind| matches!(kind, EventKind::ReportStored { .. }));
    let collected = early.place(|kind| matches!(kind, EventKind::EvidenceCollected { .. }));
    early.rewrite(|entries| {
        let evidence = entries.remove(collected);
        entries.insert(stored, evidence);
    });
    assert_named(&early.verdict(), "2026-07-01", "after the report that rests on it had been made");
    let late = forged();
    let committed = late.place(|kind| matches!(kind, EventKind::SlotsCommitted(_)));
    late.rewrite(|entries| {
        let commitment = entries.remove(committed);
        entries.insert(stored - 1, commitment);
    });
    assert_named(&late.verdict(), "2026-07-01", "before its slot was committed");
}

#[test]
fn a_template_or_a_query_changed() {
    for file in ["catalog/templates/report.typ", "catalog/queries/"] {
        let changed = forged();
        let name = changed.names(file).remove(0);
        let text = fs::read_to_string(changed.path(&name)).unwrap() + "\n// softer\n";
        fs::write(changed.path(&name), text).unwrap();
        assert_named(&changed.verdict(), &name, "it was changed");
    }
    // In the catalog itself, which the snapshot names by its digest.
    let changed = forged();
    let name = changed.names("/catalogs/").remove(0);
    let text = fs::read_to_string(changed.path(&name)).unwrap().replacen("SELECT", "SELEKT", 1);
    fs::write(changed.path(&name), text).unwrap();
    assert_named(&changed.verdict(), &name, "its SHA-256 has to be");
}

#[test]
fn a_row_added_to_the_report_in_every_place_that_tells_of_it() {
    let added = forged();
    let mut record: ReportRecord = serde_json::from_slice(&fs::read(added.path("record.json")).unwrap()).unwrap();
    let name = added.names("soc2-").into_iter().find(|name| name.ends_with(".json")).unwrap();
    let mut report: Report = serde_json::from_slice(&fs::read(added.path(&name)).unwrap()).unwrap();
    let row = FindingRow { outcome: Outcome::Pass, subject: "zoe".to_owned(), ..report.findings[0].rows[0].clone() };
    report.findings[0].rows.push(row);
    report.findings[0].examined += 1;
    let bytes = canonical::to_bytes(&report).unwrap();
    fs::write(added.path(&name), &bytes).unwrap();
    let json = record.artifacts.iter_mut().find(|file| file.format == domain::ReportFormat::Json).unwrap();
    (json.artifact.digest, json.artifact.length) = (Digest::of(&bytes), bytes.len() as u64);
    fs::write(added.path("record.json"), canonical::to_bytes(&record).unwrap()).unwrap();
    let verdict = added.verdict();
    assert_named(&verdict, &name, "does not follow from the evidence");
    assert_named(&verdict, "report ", "tells of another report under its id");
    assert_named(&verdict, "statement.intoto.json", "over other files");
}

#[test]
fn a_link_event_missing() {
    let missing = forged();
    let at = missing.place(|kind| matches!(kind, EventKind::LinkHandedOut { .. }));
    let mut entries = missing.entries();
    entries.remove(at);
    missing.write_log(&entries, None);
    assert!(!missing.verdict().holds());
    let owner = forged();
    owner.rewrite(|entries| drop(entries.remove(at)));
    assert!(!owner.verdict_since(&honest().newest).holds());
}

#[test]
fn any_byte_of_any_file_changed() {
    for name in forged().names("") {
        let changed = forged();
        let mut bytes = fs::read(changed.path(&name)).unwrap();
        let at = bytes.len() / 3;
        bytes[at] ^= 4;
        fs::write(changed.path(&name), bytes).unwrap();
        assert!(!changed.verdict().holds(), "{name}");
    }
}

#[test]
fn a_bundle_that_was_packed_with_something_of_the_log_that_is_not_its_own() {
    let stranger = forged();
    let mut bytes = Vec::new();
    bundle_entry(&mut bytes, b"{}").unwrap();
    fs::write(stranger.path("log/tile/entries/001.p/1"), bytes).unwrap_or_else(|_| {
        fs::create_dir_all(stranger.path("log/tile/entries/001.p")).unwrap();
        fs::write(stranger.path("log/tile/entries/001.p/1"), b"").unwrap();
    });
    assert_named(&stranger.verdict(), "log/tile/entries/001.p/1", "no file of this log");
}

#[test]
fn the_key_of_another_log_is_refused() {
    let key = SigningKey::new("other.example/acme", [7; 32]).unwrap().verification_key();
    let trust = Trust { keys: vec![key], witnesses: Vec::new() };
    let verdict = Fixture::verified_with(&honest().folder, Options { trust, ..Options::default() });
    assert_named(&verdict, "log/checkpoint", "not of other.example/acme");
    let key = SigningKey::new("tests.example/acme", [8; 32]).unwrap().verification_key();
    let trust = Trust { keys: vec![key], witnesses: Vec::new() };
    let verdict = Fixture::verified_with(&honest().folder, Options { trust, ..Options::default() });
    assert_named(&verdict, "log/checkpoint", "it is not signed by");
    assert_named(&verdict, "statement.intoto.json", "no known key signed it");
}
