#![doc = include_str!("../README.md")]

mod checkpoint;
mod cosignature;
mod edge;
mod entries;
mod error;
mod frontier;
mod key;
mod proof;
mod subtree;
mod tile;
mod witnessing;

pub use checkpoint::{Checkpoint, Opened, SignedCheckpoint, Trust};
pub use cosignature::{Cosignature, Witness, WitnessKey};
pub use edge::{Appended, Edge};
pub use entries::{LARGEST_ENTRY, bundle, split};
pub use error::LogError;
pub use frontier::{Frontier, leaf_hash, node_hash};
pub use key::{SigningKey, VerificationKey};
pub use proof::{Tiles, check_consistency, check_inclusion, prove_consistency, prove_inclusion};
pub use subtree::{check_subtree_consistency, check_subtree_inclusion};
pub use tile::{TileName, WIDTH};
pub use witnessing::{AddCheckpoint, Refusal};
