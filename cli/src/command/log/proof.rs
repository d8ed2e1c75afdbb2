//! `exhibit log show` and `exhibit log prove`

use super::{
    super::Output,
    entry::{self, Entry},
    newest, text,
};
use crate::{CommandError, sealing::OwnLog, table::visible};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use custody_log::{Checkpoint, LogError, check_inclusion, leaf_hash};
use domain::Digest;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Shown {
    index: u64,
    leaf_hash: String,
    entry: Box<RawValue>,
}

#[derive(Serialize)]
struct Proven {
    index: u64,
    leaf_hash: String,
    proof: Vec<String>,
    checkpoint: String,
}

pub(super) async fn show(log: &OwnLog, index: u64, output: &Output) -> Result<(), CommandError> {
    let checkpoint = newest(log).await?.0.checkpoint;
    let found = one(log, &checkpoint, index).await?;
    let (leaf, content) = (leaf_hash(&found.bytes), String::from_utf8_lossy(&found.bytes).into_owned());
    output.say(format!("Entry {index} of {}, leaf hash {leaf}", checkpoint.size));
    output.say(visible(&entry::sentence(&found.event.kind)));
    output.say(visible(&content));
    let entry = RawValue::from_string(content)?;
    output.answer(&Shown { index, leaf_hash: leaf.to_string(), entry })
}

pub(super) async fn prove(log: &OwnLog, index: u64, output: &Output) -> Result<(), CommandError> {
    let (opened, note) = newest(log).await?;
    let checkpoint = opened.checkpoint;
    let leaf = leaf_hash(&one(log, &checkpoint, index).await?.bytes);
    let proof = seal::prove_inclusion(&log.storage, &log.tenant, &checkpoint, index).await?;
    // The entry comes out of a bundle, the proof out of tiles of hashes: together they have to give the root that was signed.
    let checked = check_inclusion(&proof, checkpoint.size, checkpoint.root, index, leaf);
    checked.map_err(|source| log.wrong(source))?;
    let note = text(note);
    output.say(tlog_proof(index, &proof, &note).trim_end());
    let proof = proof.iter().map(ToString::to_string).collect();
    output.answer(&Proven { index, leaf_hash: leaf.to_string(), proof, checkpoint: note })
}

async fn one(log: &OwnLog, checkpoint: &Checkpoint, index: u64) -> Result<Entry, CommandError> {
    let (size, mut found) = (checkpoint.size, None);
    let absent = || CommandError::Invalid(LogError::Size { size, asked: index }.to_string());
    if index >= size {
        return Err(absent());
    }
    entry::each(log, size, (index, index + 1), |entry| {
        found = Some(entry);
        Ok(())
    })
    .await?;
    found.ok_or_else(absent)
}

/// The proof as c2sp.org/tlog-proof writes it.
fn tlog_proof(index: u64, proof: &[Digest], checkpoint: &str) -> String {
    let hashes = proof.iter().map(|hash| format!("{}\n", BASE64_STANDARD.encode(hash.as_bytes())));
    format!("c2sp.org/tlog-proof@v1\nindex {index}\n{}\n{checkpoint}", hashes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_a_line_for_each_hash_then_an_empty_one_then_the_checkpoint() {
        let note = "acme.example/log\n2\nx\n\n— acme.example/log y\n";
        let text = tlog_proof(1, &[Digest::of(b"")], note);
        let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(text, format!("c2sp.org/tlog-proof@v1\nindex 1\n{hash}\n\n{note}"));
        assert_eq!(tlog_proof(0, &[], note), format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{note}"));
    }
}
