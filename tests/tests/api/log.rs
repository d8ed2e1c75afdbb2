//! The log over HTTP: what is served is the log of whoever asks, in the layout that other tools read.

use crate::{Served, served::Asked};
use api::{LogKeys, Role};

fn status(served: &Served, path: &str) -> u16 {
    served.get(path).status
}

#[test]
fn the_checkpoint_opens_with_the_key_and_covers_the_entries_of_the_tiles() {
    let served = Served::new(1);
    let size = served.seal_log();
    let keys: LogKeys = served.get("/v1/log/key").read();
    let note = served.get("/v1/log/checkpoint");
    assert_eq!(note.headers["cache-control"], "private, max-age=10");
    let trust = custody_log::Trust { keys: vec![keys.keys[0].parse().unwrap()], witnesses: Vec::new() };
    let opened = custody_log::SignedCheckpoint::read(&note.bytes).unwrap().open(&trust).unwrap();
    assert!(opened.checkpoint.size == size && size > 0 && size < 256, "{size}");
    let bundle = served.get(format!("/v1/log/tile/entries/000.p/{size}"));
    assert_eq!(bundle.headers["cache-control"], "private, max-age=31536000, immutable");
    let entries = custody_log::split(&bundle.bytes).unwrap();
    assert_eq!(entries.len() as u64, size);
    assert_eq!(status(&served, &format!("/v1/log/tile/0/000.p/{size}")), 200);
}

#[test]
fn a_tile_has_one_spelling() {
    let served = Served::new(1);
    served.seal_log();
    for path in [
        "",
        "entries",
        "0/0",
        "0/000.p/256",
        "00/000",
        "9/000",
        "../checkpoint",
        "entries/x000/000",
        "0/000.p/",
        "data/000",
    ] {
        assert_eq!(status(&served, &format!("/v1/log/tile/{path}")), 404, "{path}");
    }
    assert_eq!(status(&served, "/v1/log/tile/entries/999"), 404);
}

#[test]
fn reading_the_log_is_no_event() {
    let served = Served::new(1);
    let events = || {
        let kept = &served.home.storage.custodian;
        served.runtime.block_on(kept.waiting_events(&served.home.tenant)).unwrap().len()
    };
    let tile = format!("/v1/log/tile/entries/000.p/{}", served.seal_log());
    for path in ["/v1/log/key", "/v1/log/checkpoint", &tile] {
        let token = Some(served.token(&[Role::Auditor]));
        assert_eq!(served.ask(Asked { method: "GET", path: path.to_owned(), token, ..Asked::default() }).status, 200);
    }
    assert_eq!(events(), 0);
}

#[test]
fn before_anything_is_published_there_is_no_log() {
    let served = Served::new(1);
    for path in ["/v1/log/checkpoint", "/v1/log/tile/entries/000.p/1"] {
        assert_eq!(status(&served, path), 404, "{path}");
    }
}
