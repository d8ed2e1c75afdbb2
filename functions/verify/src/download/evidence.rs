//! Every evidence document of the snapshot: it is the one that was frozen, it fills its slot, and the report says of it what it says.

use super::{Folder, Verdict, expect, object_name};
use domain::{
    EvidenceEntry, EvidenceId, Report, Slot, Snapshot, SnapshotEvidence,
    evidence::{self, EvidenceHeader},
};
use std::collections::{BTreeMap, BTreeSet};
use storage::ArtifactKey;

pub(super) fn check(
    folder: &Folder,
    snapshot: &Snapshot,
    report: Option<&Report>,
    known: &mut BTreeSet<String>,
    verdict: &mut Verdict,
) {
    let absent = |frozen: &SnapshotEvidence| !folder.has(&object_name(&frozen.artifact.key));
    // All or none: a folder that was made without evidence has none of it, and one that lost some is not whole.
    if !snapshot.evidence.is_empty() && snapshot.evidence.iter().all(absent) {
        verdict.left_out = snapshot.evidence.len() as u64;
        return;
    }
    let entries = report.into_iter().flat_map(|report| &report.evidence);
    let shown: BTreeMap<&EvidenceId, &EvidenceEntry> = entries.map(|entry| (&entry.evidence_id, entry)).collect();
    for frozen in &snapshot.evidence {
        let name = object_name(&frozen.artifact.key);
        if let Some(document) = expect(folder, name.clone(), &frozen.artifact, known, verdict) {
            verdict.evidence += 1;
            // What somebody else wrote: no sum of it may end the check.
            verdict.rows = verdict.rows.saturating_add(frozen.row_count);
            check_document(snapshot, frozen, shown.get(&frozen.evidence_id).copied(), &name, &document, verdict);
        }
    }
}

fn check_document(
    snapshot: &Snapshot,
    frozen: &SnapshotEvidence,
    shown: Option<&EvidenceEntry>,
    name: &str,
    document: &[u8],
    verdict: &mut Verdict,
) {
    match evidence::read(document, |_, _| Ok::<(), String>(())) {
        Err(error) => verdict.problem(name, error),
        Ok(header) => {
            let slot = frozen.evidence_id.slot(snapshot.tenant.clone()).ok();
            let key = slot.as_ref().map(|slot| ArtifactKey::evidence(slot, frozen.artifact.digest));
            let claims = [
                ("it fills another slot than the snapshot says", slot.as_ref() == Some(&header.slot)),
                ("the snapshot has another row count", header.totals.row_count == frozen.row_count),
                (
                    "its key does not name its slot and its digest",
                    key.is_some_and(|key| key.as_str() == frozen.artifact.key),
                ),
                (
                    "the report says other things of it than it says itself",
                    shown.is_none_or(|shown| is_shown(shown, frozen, &header)),
                ),
            ];
            for (message, _) in claims.into_iter().filter(|(_, holds)| !holds) {
                verdict.problem(name, message);
            }
        }
    }
    if let Err(error) = evidence::read_raw(document) {
        verdict.problem(name, error);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ArtifactReference, Digest};

    fn frozen(day: u8, length: u64) -> SnapshotEvidence {
        let key = format!("acme/evidence/{day}.json");
        let artifact = ArtifactReference { key, version: "1".to_owned(), digest: Digest::of(b"{}"), length };
        let evidence_id = format!("access-mfa.aws-iam.2026-07-0{day}").parse().unwrap();
        SnapshotEvidence { evidence_id, artifact, row_count: u64::MAX }
    }

    #[test]
    fn numbers_that_cannot_be_added_up_are_problems_and_no_end_of_the_check() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::create(temporary.path()).unwrap();
        let evidence = vec![frozen(1, 2), frozen(2, 2), frozen(3, u64::MAX)];
        for frozen in &evidence {
            folder.put(&object_name(&frozen.artifact.key), b"{}").unwrap();
        }
        let snapshot = Snapshot {
            format: Snapshot::FORMAT.to_owned(),
            tenant: "acme".parse().unwrap(),
            framework: "soc2".parse().unwrap(),
            period: "2026-07".parse().unwrap(),
            catalog: evidence[0].artifact.clone(),
            controls: Vec::new(),
            due_since: None,
            expected: u64::MAX,
            evidence,
            gaps: Vec::new(),
        };
        let mut verdict = Verdict::default();
        check(&folder, &snapshot, None, &mut BTreeSet::new(), &mut verdict);
        assert_eq!((verdict.evidence, verdict.rows), (2, u64::MAX));
        for frozen in &snapshot.evidence {
            assert!(verdict.problems.iter().any(|problem| problem.what == object_name(&frozen.artifact.key)));
        }
    }
}
