//! Every piece of evidence: its document is whole and fills the slot that its record says.

use super::{
    Verdict,
    objects::{Measured, expect},
    records::Records,
};
use domain::{CollectedEvidence, EvidenceRecord, EvidenceState, evidence};
use storage::Storage;

pub(super) async fn check(storage: &Storage, records: &Records, measured: &Measured, verdict: &mut Verdict) {
    for record in &records.evidence {
        let EvidenceState::Collected(collected) = &record.state else { continue };
        if !expect(&collected.artifact, measured, verdict) {
            continue;
        }
        check_lock(records, collected, verdict);
        verdict.checked.evidence += 1;
        verdict.checked.rows += collected.row_count;
        match storage.locker.fetch(&collected.artifact).await {
            Ok(document) => check_document(record, collected, &document, verdict),
            Err(error) => verdict.problem(&collected.artifact.key, error),
        }
    }
}

fn check_lock(records: &Records, collected: &CollectedEvidence, verdict: &mut Verdict) {
    let lock = records.locks.get(&collected.artifact.key);
    if lock.is_none_or(|lock| lock.artifact != collected.artifact || lock.retain_until < collected.retain_until) {
        let message = format!("it has to be locked until {} and is not", collected.retain_until);
        verdict.problem(&collected.artifact.key, message);
    }
}

fn check_document(record: &EvidenceRecord, collected: &CollectedEvidence, document: &[u8], verdict: &mut Verdict) {
    let key = &collected.artifact.key;
    match evidence::check(document) {
        Err(error) => verdict.problem(key, error),
        Ok(header) => {
            let claims = [
                ("it fills another slot than its record", header.slot == record.slot),
                ("its record has another row count", header.totals.row_count == collected.row_count),
                ("its record names another query", header.asked.query == collected.query),
                (
                    "its record names another version of the query",
                    header.asked.query_version == collected.query_version,
                ),
                ("its record names another time", header.collected.executed_at == collected.executed_at),
                ("its record names another identity", header.collected.executed_by == collected.executed_by),
            ];
            for (message, _) in claims.into_iter().filter(|(_, holds)| !holds) {
                verdict.problem(key, message);
            }
        }
    }
}
