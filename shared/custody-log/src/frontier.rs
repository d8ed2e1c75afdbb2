//! RFC 6962 hashing, section 2.1, and the root of a tree that grows leaf by leaf.

use domain::Digest;
use sha2::Digest as _;

/// The hash of a leaf: SHA-256 of 0x00 and the entry.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest::from_state(sha2::Sha256::new_with_prefix([0]).chain_update(entry))
}

/// The hash of a node: SHA-256 of 0x01 and its two children.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let state = sha2::Sha256::new_with_prefix([1]);
    Digest::from_state(state.chain_update(left.as_bytes()).chain_update(right.as_bytes()))
}

/// The complete subtrees of a tree from left to right, each with its height: all that is needed to go on and to give the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    subtrees: Vec<(u32, Digest)>,
    size: u64,
}

impl Frontier {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_subtree(0, leaf);
    }

    // A complete subtree of 2^height leaves. What is there already has to be a multiple of that: it is, from the highest level down.
    pub(crate) fn push_subtree(&mut self, height: u32, root: Digest) {
        self.size += 1 << height;
        let (mut height, mut root) = (height, root);
        while let Some((_, left)) = self.subtrees.pop_if(|(top, _)| *top == height) {
            root = node_hash(&left, &root);
            height += 1;
        }
        self.subtrees.push((height, root));
    }

    /// The root of what is there: MTH of RFC 6962; of nothing, the SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        let hashes = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        hashes.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| Digest::of(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // MTH written as RFC 6962 writes it, to compare with.
    fn mth(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(b""),
            [only] => *only,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&mth(left), &mth(right))
            }
        }
    }

    #[test]
    fn the_root_is_the_merkle_tree_hash_of_rfc_6962_at_every_size() {
        let leaves: Vec<Digest> = (0..70_u8).map(|n| leaf_hash(&[n])).collect();
        let mut frontier = Frontier::default();
        for size in 0..leaves.len() {
            assert_eq!((frontier.size(), frontier.root()), (size as u64, mth(&leaves[..size])), "{size}");
            frontier.push(leaves[size]);
        }
    }
}
