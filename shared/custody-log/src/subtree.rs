//! Proofs about a subtree: the entries `[start, end)` of a log (draft-ietf-plants-merkle-tree-certs, sections 4.1 to 4.4). The proofs of RFC 6962 are
//! those of the subtree that begins with the first entry.

use crate::{LogError, node_hash};
use domain::Digest;

/// Whether `proof` shows that `leaf` is entry `index` of the log, inside its subtree `[start, end)` with this root.
pub fn check_subtree_inclusion(
    proof: &[Digest],
    (start, end): (u64, u64),
    root: Digest,
    index: u64,
    leaf: Digest,
) -> Result<(), LogError> {
    if !is_subtree(start, end) || !(start..end).contains(&index) {
        return Err(LogError::Size { size: end, asked: index });
    }
    let (mut own, mut last, mut found) = (index - start, end - start - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(LogError::Proof);
        }
        if own % 2 == 1 || own == last {
            found = node_hash(sibling, &found);
            while own.is_multiple_of(2) && own > 0 {
                (own, last) = (own / 2, last / 2);
            }
        } else {
            found = node_hash(&found, sibling);
        }
        (own, last) = (own / 2, last / 2);
    }
    if last == 0 && found == root { Ok(()) } else { Err(LogError::Proof) }
}

/// Whether `proof` shows that `subtree` is the root of the entries `[start, end)` of the log of `size` entries with this root.
pub fn check_subtree_consistency(
    proof: &[Digest],
    (start, end): (u64, u64),
    subtree: Digest,
    size: u64,
    root: Digest,
) -> Result<(), LogError> {
    if start == end && end <= size {
        // Of no entries: every log has that part, and its root says nothing of the log.
        return if proof.is_empty() && subtree == Digest::of(b"") { Ok(()) } else { Err(LogError::Proof) };
    }
    if !is_subtree(start, end) || end > size {
        return Err(LogError::Size { size, asked: end });
    }
    let (mut first, mut last_own, mut last) = (start, end - 1, size - 1);
    // Up to the largest complete part of the subtree's end, where the proof begins.
    let ends_together = last_own == last;
    while first != last_own && (ends_together || last_own % 2 == 1) {
        (first, last_own, last) = (first / 2, last_own / 2, last / 2);
    }
    let (mut rest, begin) = match (first == last_own, proof.split_first()) {
        (true, _) => (proof, subtree),
        (false, Some((begin, rest))) => (rest, *begin),
        (false, None) => return Err(LogError::Proof),
    };
    let (mut own, mut whole) = (begin, begin);
    while let Some((sibling, others)) = rest.split_first() {
        if last == 0 {
            return Err(LogError::Proof);
        }
        if last_own % 2 == 1 || last_own == last {
            if first < last_own {
                own = node_hash(sibling, &own);
            }
            whole = node_hash(sibling, &whole);
            while last_own.is_multiple_of(2) && last_own > 0 {
                (first, last_own, last) = (first / 2, last_own / 2, last / 2);
            }
        } else {
            whole = node_hash(&whole, sibling);
        }
        (first, last_own, last) = (first / 2, last_own / 2, last / 2);
        rest = others;
    }
    if last == 0 && own == subtree && whole == root { Ok(()) } else { Err(LogError::Proof) }
}

// A subtree begins at a multiple of the power of two that it fits into.
fn is_subtree(start: u64, end: u64) -> bool {
    start < end && (end - start).checked_next_power_of_two().is_some_and(|span| start.is_multiple_of(span))
}
