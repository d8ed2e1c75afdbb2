//! What a log asks of a witness, and what the witness answers (c2sp.org/tlog-witness, add-checkpoint).

use crate::{Checkpoint, LogError, SignedCheckpoint, Trust, VerificationKey, check_consistency};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::Digest;

/// A checkpoint to cosign, and the proof that it goes on from the one of `old` entries.
#[derive(Debug, PartialEq)]
pub struct AddCheckpoint {
    /// The size of the last checkpoint that the witness cosigned, as the log knows it; 0 when there is none.
    pub old: u64,
    /// The consistency proof from there.
    pub proof: Vec<Digest>,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Why a witness does not cosign, each with the status that the specification gives it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400
    #[error("the request cannot be read: {0}")]
    Malformed(String),
    /// 403
    #[error("the checkpoint is not signed by the key that is known for its log")]
    Unsigned,
    /// 404
    #[error("nobody asked to witness the log {0}")]
    UnknownLog(String),
    /// 409: the request goes on from another size than the last one that was cosigned, or to another root of the same size.
    #[error("the last checkpoint that was cosigned has {size} entries")]
    Conflict {
        /// That size.
        size: u64,
    },
    /// 422
    #[error("the log does not go on from the {size} entries that it had when it was cosigned last: it was rewritten")]
    Inconsistent {
        /// That size.
        size: u64,
    },
}

impl Refusal {
    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Malformed(_) => 400,
            Refusal::Unsigned => 403,
            Refusal::UnknownLog(_) => 404,
            Refusal::Conflict { .. } => 409,
            Refusal::Inconsistent { .. } => 422,
        }
    }
}

// A tree of 2^63 entries has proofs of this length.
const LONGEST_PROOF: usize = 63;

impl AddCheckpoint {
    /// Reads the body of a request.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = |reason: &str| Refusal::Malformed(reason.to_owned());
        let end = body.windows(2).position(|two| two == b"\n\n").ok_or_else(|| malformed("it has no empty line"))?;
        let (head, note) = body.split_at_checked(end + 2).ok_or_else(|| malformed("it ends too soon"))?;
        let head = std::str::from_utf8(head).map_err(|_| malformed("it is no text"))?;
        let mut lines = head.trim_end_matches('\n').split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).filter(|old| is_decimal(old));
        let old =
            old.and_then(|old| old.parse().ok()).ok_or_else(|| malformed("its first line is not `old <size>`"))?;
        let hash = |line: &str| {
            let bytes = BASE64_STANDARD.decode(line).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            bytes.map(Digest::from_bytes).ok_or_else(|| malformed("a line of the proof is no hash"))
        };
        let proof: Vec<Digest> = lines.map(hash).collect::<Result<_, _>>()?;
        if proof.len() > LONGEST_PROOF {
            return Err(malformed("its proof is longer than any can be"));
        }
        let checkpoint = SignedCheckpoint::read(note).map_err(|error| Refusal::Malformed(error.to_string()))?;
        if old > checkpoint.claim().size {
            return Err(malformed("the old size is greater than the checkpoint's"));
        }
        Ok(Self { old, proof, checkpoint })
    }

    /// The body of a request.
    pub fn to_bytes(&self) -> Vec<u8> {
        let proof: String = self.proof.iter().map(|hash| BASE64_STANDARD.encode(hash.as_bytes()) + "\n").collect();
        let mut body = format!("old {}\n{proof}\n", self.old).into_bytes();
        body.extend(self.checkpoint.to_bytes());
        body
    }

    /// Whether a witness that knows `keys` and cosigned `last` last may cosign it. `last` has to be kept before the cosignature leaves.
    pub fn judge(&self, keys: &[VerificationKey], last: Option<&Checkpoint>) -> Result<(), Refusal> {
        let claim = self.checkpoint.claim();
        let own: Vec<VerificationKey> = keys.iter().filter(|key| key.origin() == claim.origin).cloned().collect();
        if own.is_empty() {
            return Err(Refusal::UnknownLog(claim.origin.clone()));
        }
        let trust = Trust { keys: own, witnesses: Vec::new() };
        self.checkpoint.open(&trust).map_err(|_| Refusal::Unsigned)?;
        let seen = last.map_or(0, |last| last.size);
        if seen != self.old {
            return Err(Refusal::Conflict { size: seen });
        }
        match last {
            None if self.proof.is_empty() => Ok(()),
            None => Err(Refusal::Malformed("from nothing there is no proof".to_owned())),
            Some(last) if last.size == claim.size && last.root != claim.root => Err(Refusal::Conflict { size: seen }),
            Some(last) if last.size == 0 => Ok(()),
            Some(last) => {
                let consistent = check_consistency(&self.proof, claim.size, claim.root, last.size, last.root);
                consistent.map_err(|_: LogError| Refusal::Inconsistent { size: seen })
            }
        }
    }
}

// One spelling of a number: no sign, no zeros before it.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, Frontier, SigningKey, TileName, Tiles, leaf_hash, prove_consistency};
    use std::collections::BTreeMap;

    struct Kept(BTreeMap<TileName, Vec<u8>>);

    impl Tiles for Kept {
        fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError> {
            Ok(self.0[&name].clone())
        }
    }

    fn entries(size: u64, salt: &str) -> Vec<Vec<u8>> {
        (0..size).map(|n| format!("{salt}{n}").into_bytes()).collect()
    }

    fn head(size: u64, salt: &str) -> Checkpoint {
        let mut frontier = Frontier::default();
        entries(size, salt).iter().for_each(|entry| frontier.push(leaf_hash(entry)));
        Checkpoint { origin: "a.example/acme".to_owned(), size, root: frontier.root() }
    }

    fn key() -> SigningKey {
        SigningKey::new("a.example/acme", [1; 32]).unwrap()
    }

    fn asked(old: u64, size: u64, salt: &str) -> AddCheckpoint {
        let all = entries(size, salt);
        let appended = Edge::default().append(all.iter().map(Vec::as_slice)).unwrap();
        let tiles = Kept(appended.tiles.into_iter().collect());
        let proof = prove_consistency(&tiles, size, appended.root, old).unwrap();
        let note = SignedCheckpoint::unsigned(head(size, salt)).unwrap();
        let signature = key().sign(note.text());
        AddCheckpoint { old, proof, checkpoint: note.sign(&key().verification_key(), &signature).unwrap() }
    }

    #[test]
    fn a_request_reads_back() {
        let request = asked(3, 300, "x");
        assert!(!request.proof.is_empty());
        assert_eq!(AddCheckpoint::read(&request.to_bytes()).unwrap(), request);
        let text = String::from_utf8(request.to_bytes()).unwrap();
        for (from, to) in
            [("old 3", "old 03"), ("old 3", "old"), ("old 3", "old 301"), ("\n\n", "\n"), ("old 3\n", "old 3\nAAAA\n")]
        {
            assert!(
                matches!(AddCheckpoint::read(text.replacen(from, to, 1).as_bytes()), Err(Refusal::Malformed(_))),
                "{to}"
            );
        }
    }

    #[test]
    fn what_goes_on_from_the_last_is_cosigned_and_nothing_else() {
        let keys = [key().verification_key()];
        assert_eq!(asked(0, 5, "x").judge(&keys, None), Ok(()));
        assert_eq!(asked(5, 5, "x").judge(&keys, Some(&head(5, "x"))), Ok(()));
        assert_eq!(asked(5, 300, "x").judge(&keys, Some(&head(5, "x"))), Ok(()));
        assert_eq!(asked(4, 300, "x").judge(&keys, Some(&head(5, "x"))), Err(Refusal::Conflict { size: 5 }));
        // Another log of the same size, and one that was rewritten and goes on.
        assert_eq!(asked(5, 5, "y").judge(&keys, Some(&head(5, "x"))), Err(Refusal::Conflict { size: 5 }));
        assert_eq!(asked(5, 300, "y").judge(&keys, Some(&head(5, "x"))), Err(Refusal::Inconsistent { size: 5 }));
        let unknown = asked(0, 5, "x").judge(&[], None);
        assert_eq!(unknown, Err(Refusal::UnknownLog("a.example/acme".to_owned())));
        let other = SigningKey::new("a.example/acme", [2; 32]).unwrap().verification_key();
        assert_eq!(asked(0, 5, "x").judge(&[other], None), Err(Refusal::Unsigned));
    }
}
