//! Same report, same bytes.

#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "a second process is told apart by its environment")]

mod support;

use domain::{Digest, ReportFormat};

#[test]
fn a_report_has_the_same_bytes_each_time_and_on_each_thread() {
    for format in ReportFormat::ALL {
        let first = Digest::of(&support::rendered(&support::report(400), format));
        let again = Digest::of(&support::rendered(&support::report(400), format));
        assert_eq!(first, again, "{format}");
        let threads: Vec<_> = (0..2)
            .map(|_| std::thread::spawn(move || Digest::of(&support::rendered(&support::report(400), format))))
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), first, "{format} on another thread");
        }
    }
}

#[test]
fn another_process_in_another_place_writes_the_same_bytes() {
    // The first process runs this very test with another time zone, language, folder and home.
    let digests = || ReportFormat::ALL.map(|format| Digest::of(&support::rendered(&support::report(200), format)));
    if let Some(path) = std::env::var_os("RENDERING_DIGESTS") {
        std::fs::write(path, format!("{:?}", digests())).unwrap();
        return;
    }
    let path = std::env::temp_dir().join(format!("rendering-digests-{}", std::process::id()));
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "another_process_in_another_place_writes_the_same_bytes"])
        .env_clear()
        .env("RENDERING_DIGESTS", &path)
        .env("TZ", "Pacific/Kiritimati")
        .env("LANG", "tr_TR.UTF-8")
        .env("SOURCE_DATE_EPOCH", "1")
        .env("RAYON_NUM_THREADS", "1")
        .current_dir(std::env::temp_dir())
        .status()
        .unwrap();
    assert!(status.success());
    let theirs = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(theirs, format!("{:?}", digests()));
}

#[test]
fn one_changed_character_changes_the_bytes_of_every_format() {
    let report = support::report(50);
    let mut other = report.clone();
    other.findings[0].rows[0].subject.push('x');
    for format in ReportFormat::ALL {
        assert_ne!(support::rendered(&report, format), support::rendered(&other, format), "{format}");
    }
}

#[test]
fn json_is_the_canonical_json_of_the_report() {
    let report = support::report(50);
    let bytes = support::rendered(&report, ReportFormat::Json);
    assert_eq!(domain::canonical::from_json(&bytes).unwrap(), bytes);
    assert_eq!(serde_json::from_slice::<domain::Report>(&bytes).unwrap(), report);
}
