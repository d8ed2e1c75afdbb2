//! Every document that was handed in: its bytes are there and locked.

use super::{
    Verdict,
    objects::{Measured, expect},
    records::Records,
};

pub(super) fn check(records: &Records, measured: &Measured, verdict: &mut Verdict) {
    for submission in records.documents.iter().map(|version| &version.submission) {
        let artifact = &submission.artifact;
        if !expect(artifact, measured, verdict) {
            continue;
        }
        verdict.checked.documents += 1;
        let lock = records.locks.get(&artifact.key);
        if lock.is_none_or(|lock| lock.artifact != *artifact || lock.retain_until < submission.retain_until) {
            let message = format!("it has to be locked until {} and is not", submission.retain_until);
            verdict.problem(&artifact.key, message);
        }
    }
}
