//! Answers that come packed, and what is no honest archive.
#![cfg(test)]

mod support;

use catalog::FileFormat::{Csv, Json};
use collecting::Limits;
use std::io::Write;
use support::{document, query, raw, refusal, rows, texts};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn any_format_may_come_packed() {
    let query = query(Csv, None, &["a:text"]);
    let two_streams = [gzip(b"a\n1\n"), gzip(b"2\n")].concat();
    assert_eq!(texts(&rows(&query, &[raw("a.csv.gz", two_streams)]).unwrap()), [["1"], ["2"]]);
    let members = zip(&[("b.csv", b"a\n2\n"), ("a/", b""), ("a/x.csv", b"a\n1\n")]);
    assert_eq!(texts(&rows(&query, &[raw("a.zip", members)]).unwrap()), [["1"], ["2"]]);
    let bad = refusal(&query, &[raw("a.zip", zip(&[("b.csv", b"x\n2\n")]))]);
    assert!(bad.starts_with("\"a.zip: b.csv\" has no header \"a\""), "{bad}");
}

#[test]
fn damaged_and_nested_archives_are_refused() {
    let query = query(Json, Some("[]"), &["a?:text"]);
    let (packed, zipped) = (gzip(b"[]"), zip(&[("a.json", b"[]")]));
    for (name, bytes, expected) in [
        ("a.gz", packed[..packed.len() - 4].to_vec(), "cannot be unpacked"),
        ("a.gz", [packed.as_slice(), b"more"].concat(), "cannot be unpacked"),
        ("a.gz", gzip(&packed), "it holds another archive"),
        ("a.gz", gzip(&zipped), "it holds another archive"),
        ("a.zip", zip(&[("a.gz", &packed)]), "it holds another archive"),
        ("a.zip", zipped[..zipped.len() - 9].to_vec(), "cannot be unpacked"),
        ("a.zip", zip(&[]), "it holds no file"),
    ] {
        let refusal = refusal(&query, &[raw(name, bytes)]);
        assert!(refusal.contains(expected), "{refusal}");
    }
}

#[test]
fn bombs_are_refused_before_they_unfold() {
    let query = query(Json, Some("[]"), &["a?:text"]);
    let zeros = vec![b' '; 64 << 20];
    for (name, bomb) in [("a.gz", gzip(&zeros)), ("a.zip", zip(&[("a.json", &zeros)]))] {
        let refusal = refusal(&query, &[raw(name, bomb)]);
        assert!(refusal.contains("is too large: it unpacks to more than 200 times its size"), "{refusal}");
    }
    let limits = Limits { unpacked_bytes: 5 << 20, unpacked_ratio: u64::MAX };
    let padded: Vec<u8> = [b"[]".as_slice(), &zeros[..2 << 20]].concat();
    let members = ["0.json", "1.json", "2.json"].map(|name| (name, padded.as_slice()));
    let error = document(&query, &[raw("a.zip", zip(&members))], limits).unwrap_err();
    assert!(
        error.to_string().contains("\"a.zip: 2.json\" is too large: the files of one slot may unpack to 5242880"),
        "{error}"
    );
}
