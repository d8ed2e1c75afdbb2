//! What the page asks its program: run here as it would be there, on the archive and on the folder that it was unpacked into.

#![cfg(test)]

use custody_log::SigningKey;
use exhibit::download::{bundle, download};
use page::{Answer, Asked, PageError, check};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use storage::FaultHook;
use tests::Fixture;

async fn received(place: &Path) {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    let finished = fixture.report(&home).await.unwrap();
    fixture.seal(&home).await;
    download(&home, &finished.record, &place.join("folder"), true, |_, _| ()).await.unwrap();
    bundle(&home, &finished.record, &place.join("bundle.zip"), true, |_, _| ()).await.unwrap();
}

fn asked(bundle: &Path, key: &str) -> (Result<Answer, PageError>, u64) {
    let workspace = tempfile::tempdir().unwrap();
    let (bundle, keys) = (bundle.to_owned(), vec![key.to_owned()]);
    let asked = Asked { bundle, workspace: workspace.path().to_owned(), keys, since: None };
    let read = AtomicU64::new(0);
    (check(&asked, &|progress| read.store(progress.read, Ordering::Relaxed)), read.load(Ordering::Relaxed))
}

#[tokio::test]
async fn an_archive_and_its_folder_hold_alike_and_a_changed_one_does_not() {
    let place = tempfile::tempdir().unwrap();
    received(place.path()).await;
    let key = Fixture::key().verification_key().to_string();
    for name in ["bundle.zip", "folder"] {
        let (answer, read) = asked(&place.path().join(name), &key);
        let answer = answer.unwrap();
        assert!(answer.holds, "{name}: {:?}", answer.verdict.problems);
        assert_eq!((answer.verdict.checked.remade, answer.verdict.checked.evidence), (5, 6), "{name}");
        assert!(read > answer.verdict.checked.evidence * 2, "{name}: {read} reads were told");
        assert_eq!(answer.about.unwrap().framework, "soc2");
    }
    let archive = place.path().join("bundle.zip");
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).unwrap();
    assert!(!asked(&archive, &key).0.unwrap().holds);
}

#[tokio::test]
async fn another_key_does_not_vouch_and_a_text_that_is_no_key_is_named() {
    let place = tempfile::tempdir().unwrap();
    received(place.path()).await;
    let folder = place.path().join("folder");
    let other = SigningKey::new("other.example/log", [7; 32]).unwrap().verification_key().to_string();
    assert!(!asked(&folder, &other).0.unwrap().holds);
    let none = asked(&folder, "no key").0.unwrap_err();
    assert!(matches!(&none, PageError::Key { key, .. } if key == "no key"), "{none}");
    assert!(matches!(asked(&place.path().join("absent"), &other).0, Err(PageError::File { .. })));
}
