//! Public vectors (`../shared/data`): what others made, judged as they state.

#![cfg(test)]
#![allow(clippy::print_stdout, reason = "a vector that is absent is said so")]

use custody_log::{
    Edge, LogError, SignedCheckpoint, TileName, Tiles, Trust, check_consistency, check_inclusion,
    check_subtree_consistency, check_subtree_inclusion, leaf_hash, prove_consistency, prove_inclusion, split,
};
use domain::Digest;
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vector {
    #[serde(default)]
    leaf_idx: u64,
    #[serde(default)]
    tree_size: u64,
    #[serde(default)]
    start: u64,
    #[serde(default)]
    end: u64,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    size1: u64,
    #[serde(default)]
    size2: u64,
    #[serde(default)]
    root: Option<String>,
    #[serde(default)]
    root1: Option<String>,
    #[serde(default)]
    root2: Option<String>,
    #[serde(default)]
    leaf_hash: Option<String>,
    proof: Option<Vec<String>>,
    #[expect(dead_code, reason = "it names the vector when one fails")]
    desc: String,
    want_err: bool,
}

fn bytes(text: Option<&String>) -> Vec<u8> {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.decode(text.map_or("", String::as_str)).unwrap()
}

// A hash of another length is none.
fn hash(text: Option<&String>) -> Result<Digest, LogError> {
    <[u8; 32]>::try_from(bytes(text)).map(Digest::from_bytes).map_err(|_| LogError::Proof)
}

// Some vectors have words where the roots of two logs belong, to say that it does not matter which. Their own hash stands for them, which is
// equal where they are.
fn any_hash(text: Option<&String>) -> Digest {
    hash(text).unwrap_or_else(|_| Digest::of(&bytes(text)))
}

fn judged(kind: &str, vector: &Vector) -> Result<(), LogError> {
    let proof: Vec<Digest> = vector.proof.iter().flatten().map(|text| hash(Some(text))).collect::<Result<_, _>>()?;
    let subtree = (vector.start, vector.end);
    let [root, leaf] = [&vector.root, &vector.leaf_hash].map(|text| hash(text.as_ref()));
    let [root1, root2] = [&vector.root1, &vector.root2].map(|text| any_hash(text.as_ref()));
    match kind {
        "inclusion" => check_inclusion(&proof, vector.tree_size, root?, vector.leaf_idx, leaf?),
        "consistency" => check_consistency(&proof, vector.size2, root2, vector.size1, root1),
        "subtreeinclusion" => check_subtree_inclusion(&proof, subtree, root?, vector.leaf_idx, leaf?),
        "subtreeconsistency" => check_subtree_consistency(&proof, subtree, root1, vector.size, root2),
        other => panic!("{other}"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found
}

#[test]
fn every_proof_of_the_merkle_vectors_is_judged_as_stated() {
    let Some(root) = data("rfc6962-merkle") else { return };
    let (mut judged_right, mut wrong) = (0, Vec::new());
    for kind in ["inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"] {
        for path in files(&root.join(kind)) {
            let vector: Vector = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            match judged(kind, &vector) {
                found if found.is_err() == vector.want_err => judged_right += 1,
                found => wrong.push(format!("{}: {found:?} {vector:?}", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(judged_right, 518);
}

struct Folder(PathBuf);

impl Tiles for Folder {
    fn tile(&self, name: TileName) -> Result<Vec<u8>, LogError> {
        Ok(fs::read(self.0.join(name.to_string())).unwrap())
    }
}

const KEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

#[test]
fn a_log_that_others_wrote_is_read_at_each_size_and_written_alike() {
    let Some(root) = data("tlog-tiles-log/log") else { return };
    let trust = Trust { keys: vec![KEY.parse().unwrap()], witnesses: Vec::new() };
    let folder = Folder(root.clone());
    let heads: Vec<_> = (0..=15_u64)
        .map(|size| {
            let note = fs::read(root.join(format!("checkpoint.{size}"))).unwrap();
            let head = SignedCheckpoint::read(&note).unwrap().open(&trust).unwrap().checkpoint;
            assert_eq!(head.size, size);
            head
        })
        .collect();
    let mut edge = Edge::default();
    for head in &heads[1..] {
        let entries = folder.tile(TileName::entries_of(head.size).last().unwrap()).unwrap();
        let newest = split(&entries).unwrap().pop().unwrap();
        let appended = edge.append([newest]).unwrap();
        assert_eq!(appended.root, head.root);
        for (name, bytes) in &appended.tiles {
            assert_eq!(&folder.tile(*name).unwrap(), bytes, "{name}");
        }
        edge = appended.edge;
        let proof = prove_inclusion(&folder, head.size, head.root, head.size - 1).unwrap();
        check_inclusion(&proof, head.size, head.root, head.size - 1, leaf_hash(newest)).unwrap();
        for old in &heads[1..head.size as usize] {
            let proof = prove_consistency(&folder, head.size, head.root, old.size).unwrap();
            check_consistency(&proof, head.size, head.root, old.size, old.root).unwrap();
            let other = Digest::of(b"another root");
            assert_eq!(check_consistency(&proof, head.size, head.root, old.size, other), Err(LogError::Proof));
        }
    }
}
