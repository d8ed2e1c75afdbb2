//! Every evidence document of the snapshot: it is the one that was frozen, it fills its slot, and the report says of it what it says.

use crate::{Files, Problem, layout::object_name, report::Reading};
use domain::{
    ArtifactKey, EvidenceEntry, EvidenceId, Report, Slot, Snapshot, SnapshotEvidence,
    evidence::{self, EvidenceHeader},
};
use std::collections::BTreeMap;

impl<F: Files> Reading<'_, F> {
    /// Checks every evidence document of the snapshot, on as many threads as there are.
    pub(crate) fn evidence(&mut self, snapshot: &Snapshot, report: Option<&Report>) {
        let absent = |frozen: &SnapshotEvidence| !self.files.has(&object_name(&frozen.artifact.key));
        // All or none: a bundle that was made without evidence has none of it, and one that lost some is not whole.
        if !snapshot.evidence.is_empty() && snapshot.evidence.iter().all(absent) {
            self.verdict.left_out = snapshot.evidence.len() as u64;
            return;
        }
        let entries = report.into_iter().flat_map(|report| &report.evidence);
        let shown: BTreeMap<&EvidenceId, &EvidenceEntry> = entries.map(|entry| (&entry.evidence_id, entry)).collect();
        let (files, shown) = (self.files, &shown);
        let looks = on_all_threads(&snapshot.evidence, |frozen| look(files, snapshot, frozen, shown));
        for (frozen, (name, problems, length)) in snapshot.evidence.iter().zip(looks) {
            self.verdict.problems.extend(problems);
            if let Some(length) = length {
                self.verdict.checked.files += 1;
                self.verdict.checked.bytes += length;
                self.verdict.checked.evidence += 1;
                // What somebody else wrote: no sum of it may end the check.
                self.verdict.checked.rows = self.verdict.checked.rows.saturating_add(frozen.row_count);
            }
            self.known.insert(name);
        }
    }
}

// In the order of the items, in stretches of equal length. Where there are no threads (WebAssembly), one after the other.
fn on_all_threads<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if threads == 1 || items.len() < 2 {
        return items.iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let stretches = items.chunks(items.len().div_ceil(threads));
        let started: Vec<_> =
            stretches.map(|stretch| scope.spawn(move || stretch.iter().map(work).collect::<Vec<R>>())).collect();
        started
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The name of the file, what is wrong with it, and its length if it is what was frozen.
type Look = (String, Vec<Problem>, Option<u64>);

fn look(
    files: &impl Files,
    snapshot: &Snapshot,
    frozen: &SnapshotEvidence,
    shown: &BTreeMap<&EvidenceId, &EvidenceEntry>,
) -> Look {
    let name = object_name(&frozen.artifact.key);
    match files.expect(&name, &frozen.artifact) {
        Err(error) => {
            let problem = Problem { what: name.clone(), message: error.to_string() };
            (name, vec![problem], None)
        }
        Ok(document) => {
            let problems = check_document(snapshot, frozen, shown.get(&frozen.evidence_id).copied(), &document);
            let problems = problems.into_iter().map(|message| Problem { what: name.clone(), message }).collect();
            (name, problems, Some(document.len() as u64))
        }
    }
}

fn check_document(
    snapshot: &Snapshot,
    frozen: &SnapshotEvidence,
    shown: Option<&EvidenceEntry>,
    document: &[u8],
) -> Vec<String> {
    let header = match evidence::check(document) {
        Err(error) => return vec![error.to_string()],
        Ok(header) => header,
    };
    let slot = frozen.evidence_id.slot(snapshot.tenant.clone()).ok();
    let key = slot.as_ref().map(|slot| ArtifactKey::evidence(slot, frozen.artifact.digest));
    let claims = [
        ("it fills another slot than the snapshot says", slot.as_ref() == Some(&header.slot)),
        ("the snapshot has another row count", header.totals.row_count == frozen.row_count),
        ("its key does not name its slot and its digest", key.is_some_and(|key| key.as_str() == frozen.artifact.key)),
        (
            "the report says other things of it than it says itself",
            shown.is_none_or(|shown| is_shown(shown, frozen, &header)),
        ),
    ];
    claims.into_iter().filter(|(_, holds)| !holds).map(|(message, _)| message.to_owned()).collect()
}

// The line of the evidence trail, against the document that it is about.
fn is_shown(shown: &EvidenceEntry, frozen: &SnapshotEvidence, header: &EvidenceHeader) -> bool {
    let Slot { control, source, period, .. } = &header.slot;
    let of_slot = (&shown.control, &shown.source, &shown.period) == (control, source, period);
    let asked = (&shown.endpoint, &shown.parameters) == (&header.asked.endpoint, &header.asked.parameters);
    let collected = (shown.executed_at, &shown.executed_by)
        == (header.collected.executed_at, &header.collected.executed_by)
        && shown.collector == format!("{} {}", header.collector.name, header.collector.version);
    let counted = (shown.row_count, shown.source_count) == (header.totals.row_count, header.totals.source_count);
    let kept = (shown.length, &shown.version) == (frozen.artifact.length, &frozen.artifact.version);
    of_slot && asked && collected && counted && kept && shown.raw == header.raw
}
