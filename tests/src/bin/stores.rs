//! Writes to the stores that the environment names until they are killed, and checks later what they had answered.
//!
//! `stores write JOURNAL`: a line per answer, written after the answer; ends when the stores end.
//! `stores check JOURNAL`: everything that a line tells of is there, is locked and is what it was.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, reason = "a test program")]

use domain::{ArtifactReference, Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};
use storage::{ArtifactKey, Content, RecordKey, Storage, Write};
use tests::Ground;

/// What the stores answered as done: an object, and a transaction of two records that tell of it.
#[derive(Serialize, Deserialize)]
struct Answered {
    artifact: ArtifactReference,
    partition: String,
    number: String,
    /// How often the first of the two was changed.
    version: u64,
}

const WRITERS: u32 = 8;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ground = Ground::aws().await.unwrap_or_else(|| panic!("the environment names no stores"));
    match arguments[0].as_str() {
        "write" => write(&ground, Path::new(&arguments[1])).await,
        _ => check(&ground, Path::new(&arguments[1])).await,
    }
}

async fn write(ground: &Ground, journal: &Path) {
    let journal = OpenOptions::new().create(true).append(true).open(journal).unwrap();
    let journal = Arc::new(Mutex::new(journal));
    let mut running = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (storage, ground, journal) = (ground.open(), ground.clone(), Arc::clone(&journal));
        running.spawn(async move { while write_one(&storage, &ground, writer, &journal).await.is_some() {} });
    }
    // The first that is not answered tells that the stores have ended.
    running.join_next().await;
}

fn until() -> Timestamp {
    "2033-01-01T00:00:00Z".parse().unwrap()
}

/// One object, and two records of it; none when the stores do not answer.
async fn write_one(storage: &Storage, ground: &Ground, writer: u32, journal: &Mutex<File>) -> Option<()> {
    let number = runtime::random_token();
    let content = number.repeat(1 + 500 * writer as usize);
    let key = ArtifactKey::catalog(&ground.tenant, Digest::of(content.as_bytes()));
    let artifact = storage.locker.deposit(&key, Content::Memory(content.as_bytes()), until()).await.ok()?;
    let partition = format!("{}/runs", ground.tenant);
    let record = |kind: &str| RecordKey { partition: partition.clone(), sort: format!("{kind}/{number}") };
    storage.table.put_new(record("first"), "1".to_owned()).await.ok()?;
    let swap = Write::Swap { key: record("first"), version: 1, body: "2".to_owned() };
    let told = Write::PutNew { key: record("second"), body: serde_json::to_string(&artifact).unwrap() };
    storage.table.transact(vec![swap, told]).await.ok()?;
    let answered = serde_json::to_string(&Answered { artifact, partition, number, version: 2 }).unwrap();
    writeln!(journal.lock().unwrap(), "{answered}").unwrap();
    Some(())
}

async fn check(ground: &Ground, journal: &Path) {
    let storage = ground.open();
    let lines = fs::read_to_string(journal).unwrap();
    let mut count = 0;
    for line in lines.lines() {
        let answered: Answered = serde_json::from_str(line).unwrap();
        let lost = check_one(&storage, &answered).await.err();
        assert!(lost.is_none(), "{line}: {}", lost.unwrap_or_default());
        count += 1;
    }
    println!("{count} objects and {} records that were answered are there", 2 * count);
}

async fn check_one(storage: &Storage, answered: &Answered) -> Result<(), String> {
    let Answered { artifact, partition, number, version } = answered;
    storage.locker.fetch(artifact).await.map_err(|error| error.to_string())?;
    let lock = storage.locker.lock_of(&artifact.key).await.map_err(|error| error.to_string())?;
    let lock = lock.filter(|lock| lock.artifact == *artifact && lock.retain_until == until());
    lock.ok_or("it has lost its lock")?;
    for (kind, version) in [("first", *version), ("second", 1)] {
        let key = RecordKey { partition: partition.clone(), sort: format!("{kind}/{number}") };
        let found = storage.table.get(&key).await.map_err(|error| error.to_string())?;
        found.filter(|found| found.version == version).ok_or(format!("the record {key} is lost"))?;
    }
    Ok(())
}
