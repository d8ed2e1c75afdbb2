//! A downloaded report: checked and made again without the store that it came from, and every file of it that was changed is named.

#![cfg(test)]

use ::bundle::Verdict;
use domain::{ReportRecord, canonical};
use exhibit::download::{bundle, download};
use std::{
    fs,
    path::{Path, PathBuf},
};
use storage::FaultHook;
use tests::{Fixture, copy_folder, inventory};
use verify::download::Folder;

struct Case {
    _temporary: tempfile::TempDir,
    folder: PathBuf,
}

async fn downloaded(with_evidence: bool) -> Case {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    let finished = fixture.report(&home).await.unwrap();
    fixture.seal(&home).await;
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("report");
    let written = download(&home, &finished.record, &folder, with_evidence, |_, _| ()).await.unwrap();
    assert_eq!(written.files, inventory(&folder).len() as u64);
    // A second time changes nothing.
    download(&home, &finished.record, &folder, with_evidence, |_, _| ()).await.unwrap();
    Case { _temporary: temporary, folder }
}

fn checked(folder: &Path) -> Verdict {
    Fixture::verified(folder)
}

fn record(folder: &Path) -> ReportRecord {
    serde_json::from_slice(&fs::read(folder.join("record.json")).unwrap()).unwrap()
}

fn named(verdict: &Verdict) -> Vec<&str> {
    verdict.problems.iter().map(|problem| problem.what.as_str()).collect()
}

#[tokio::test]
async fn a_downloaded_report_holds_without_its_store_and_comes_out_the_same_again() {
    let case = downloaded(true).await;
    let verdict = checked(&case.folder);
    assert_eq!(verdict.problems, []);
    let checked = verdict.checked;
    assert_eq!((checked.evidence, verdict.left_out, verdict.strangers.len()), (6, 0, 0));
    assert_eq!(checked.files, inventory(&case.folder).len() as u64);
    assert_eq!((checked.slots, checked.committed_before, checked.gaps), (6, 6, 0));
    assert!(checked.finding_rows > 0 && checked.periods > 0, "{checked:?}");
    assert_eq!(checked.remade, 5);
}

#[tokio::test]
async fn whatever_is_changed_in_any_file_is_named() {
    let case = downloaded(true).await;
    for (name, bytes) in inventory(&case.folder) {
        let (mut longer, mut other, shorter) = (bytes.clone(), bytes.clone(), bytes[..bytes.len() - 1].to_vec());
        longer.push(b'\n');
        let middle = other.len() / 2;
        other[middle] ^= 1;
        for (how, changed) in [("longer", longer), ("shorter", shorter), ("other", other), ("empty", Vec::new())] {
            fs::write(case.folder.join(&name), changed).unwrap();
            let verdict = checked(&case.folder);
            assert!(!verdict.holds(), "{name} {how}");
            assert!(
                verdict.problems.iter().any(|problem| problem.what == name
                    || (name.starts_with("log/tile/") && problem.what.starts_with("entry "))),
                "{name} {how}: {:?}",
                verdict.problems
            );
        }
        fs::remove_file(case.folder.join(&name)).unwrap();
        match Folder::open(&case.folder) {
            Ok(_) => assert!(named(&checked(&case.folder)).contains(&name.as_str()), "{name} removed"),
            Err(error) => assert!(error.to_string().contains("record.json"), "{name}: {error}"),
        }
        fs::write(case.folder.join(&name), bytes).unwrap();
    }
    assert!(checked(&case.folder).holds());
}

#[tokio::test]
async fn a_record_that_was_changed_anywhere_is_named() {
    let case = downloaded(true).await;
    let path = case.folder.join("record.json");
    let text = fs::read_to_string(&path).unwrap();
    let digest = record(&case.folder).staging.digest.to_string();
    for (from, to) in [
        ("\"tenant\":\"acme\"", "\"tenant\":\"other\""),
        ("\"framework\":\"soc2\"", "\"framework\":\"hipaa\""),
        ("exhibit/report/v1", "exhibit/report/v2"),
        ("acme/reports/", "acme/reports/../reports/"),
        ("acme/snapshots/", "/etc/snapshots/"),
        ("\"format\":\"csv\"", "\"format\":\"pdf\""),
        ("{\"artifacts\"", "{\"added\":1,\"artifacts\""),
        (digest.as_str(), &"0".repeat(64)),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        fs::write(&path, changed).unwrap();
        assert!(!checked(&case.folder).holds(), "{from} to {to}");
    }
}

// Somebody who changes a file and its digest in the record makes a folder that agrees with itself; making the report again does not.
#[tokio::test]
async fn a_forged_file_with_a_forged_record_is_found_by_making_the_report_again() {
    let case = downloaded(true).await;
    let mut forged = record(&case.folder);
    let csv = forged.artifacts.iter_mut().find(|file| file.format == domain::ReportFormat::Csv).unwrap();
    let name = fs::read_dir(&case.folder).unwrap().map(|entry| entry.unwrap().path());
    let path = name.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "csv")).unwrap();
    let text = fs::read_to_string(&path).unwrap() + "one,more,row\r\n";
    fs::write(&path, &text).unwrap();
    csv.artifact.digest = domain::Digest::of(text.as_bytes());
    csv.artifact.length = text.len() as u64;
    fs::write(case.folder.join("record.json"), canonical::to_bytes(&forged).unwrap()).unwrap();
    let verdict = checked(&case.folder);
    let found = |what: &str, message: &str| {
        verdict.problems.iter().any(|problem| problem.what.contains(what) && problem.message.contains(message))
    };
    assert!(found(".csv", "does not follow from the evidence"), "{:?}", verdict.problems);
    assert!(found("report ", "tells of another report under its id"), "{:?}", verdict.problems);
    assert!(found("statement.intoto.json", "over other files"), "{:?}", verdict.problems);
}

#[tokio::test]
async fn evidence_that_was_left_out_is_said_to_be_and_evidence_that_was_lost_is_wrong() {
    let without = downloaded(false).await;
    let verdict = checked(&without.folder);
    assert!(verdict.holds(), "{:?}", verdict.problems);
    assert_eq!((verdict.checked.evidence, verdict.left_out), (0, 6));
    let with = downloaded(true).await;
    let names: Vec<String> = inventory(&with.folder).into_keys().filter(|name| name.contains("/evidence/")).collect();
    fs::remove_file(with.folder.join(&names[0])).unwrap();
    assert!(named(&checked(&with.folder)).contains(&names[0].as_str()));
}

#[tokio::test]
async fn evidence_in_the_place_of_other_evidence_is_named() {
    let case = downloaded(true).await;
    let names: Vec<String> = inventory(&case.folder).into_keys().filter(|name| name.contains("/evidence/")).collect();
    let (first, second) = (case.folder.join(&names[0]), case.folder.join(&names[1]));
    let (of_first, of_second) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::write(&first, of_second).unwrap();
    fs::write(&second, of_first).unwrap();
    let verdict = checked(&case.folder);
    assert!(names[..2].iter().all(|name| named(&verdict).contains(&name.as_str())), "{:?}", verdict.problems);
}

#[tokio::test]
async fn a_file_that_nothing_vouches_for_is_told() {
    let case = downloaded(true).await;
    fs::write(case.folder.join("soc2-final.pdf"), "x").unwrap();
    fs::write(case.folder.join("objects/extra.json"), "x").unwrap();
    let verdict = checked(&case.folder);
    assert!(verdict.holds());
    assert_eq!(verdict.strangers, ["objects/extra.json", "soc2-final.pdf"]);
}

#[tokio::test]
async fn a_download_never_overwrites_another_report() {
    let case = downloaded(true).await;
    let fixture = Fixture::new(3);
    let home = fixture.home(FaultHook::none());
    fixture.collect(&home).await;
    let finished = fixture.report(&home).await.unwrap();
    fixture.seal(&home).await;
    let before = inventory(&case.folder);
    let refused = download(&home, &finished.record, &case.folder, true, |_, _| ()).await;
    assert!(refused.unwrap_err().to_string().contains("empty folder"));
    assert!(before.iter().all(|(name, bytes)| inventory(&case.folder).get(name) == Some(bytes)));
}

#[tokio::test]
async fn a_copy_of_the_folder_is_as_good() {
    let case = downloaded(true).await;
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&case.folder, copy.path());
    assert!(checked(copy.path()).holds());
}

#[tokio::test]
async fn one_file_is_as_good_as_a_folder_and_the_same_each_time() {
    let fixture = Fixture::new(2);
    let home = fixture.home(FaultHook::none());
    fixture.commit(&home).await;
    fixture.collect(&home).await;
    let finished = fixture.report(&home).await.unwrap();
    fixture.seal(&home).await;
    let temporary = tempfile::tempdir().unwrap();
    let paths = ["one.zip", "two.zip"].map(|name| temporary.path().join(name));
    for path in &paths {
        bundle(&home, &finished.record, path, true, |_, _| ()).await.unwrap();
        let verdict = Fixture::verified(path);
        assert_eq!((verdict.problems.as_slice(), verdict.checked.remade), (&[][..], 5));
    }
    let bytes = fs::read(&paths[0]).unwrap();
    assert_eq!(bytes, fs::read(&paths[1]).unwrap());
    // Nothing is overwritten.
    assert!(bundle(&home, &finished.record, &paths[0], true, |_, _| ()).await.is_err());
    assert_eq!(fs::read(&paths[0]).unwrap(), bytes);
}

#[tokio::test]
async fn every_sum_is_what_sha256sum_says() {
    let case = downloaded(true).await;
    let ended = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(&case.folder)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let sums = fs::read_to_string(case.folder.join("SHA256SUMS")).unwrap();
    let own = |name: &str| name.starts_with("log/") || ["SHA256SUMS", "statement.intoto.json"].contains(&name);
    assert_eq!(sums.lines().count(), inventory(&case.folder).keys().filter(|name| !own(name)).count());
}
