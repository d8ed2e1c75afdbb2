//! What a document is, told by its content.

use domain::DocumentType;
use std::{borrow::Cow, io::Cursor};
use zip::ZipArchive;

// How far from the end of a PDF its last line may stand, because programs write behind it (ISO 32000-1, annex H.3, note 18).
const PDF_TAIL: usize = 1024;
const PNG_END: &[u8] = b"IEND\xae\x42\x60\x82";
const MACROS: &str = "vbaproject.bin";
// Two people have to read the same file: more parts than an office program writes are none.
const MOST_PARTS: usize = 20_000;

/// The type of a document. Fails with what is wrong, when it is none that can be taken.
pub fn type_of(bytes: &[u8]) -> Result<DocumentType, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.starts_with(b"%PDF-") {
        return whole(tail(bytes, PDF_TAIL).windows(5).any(|end| end == b"%%EOF"), DocumentType::Pdf);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return whole(bytes.ends_with(PNG_END), DocumentType::Png);
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return whole(tail(bytes, PDF_TAIL).windows(2).any(|end| end == b"\xff\xd9"), DocumentType::Jpeg);
    }
    if bytes.starts_with(b"PK") {
        return office(bytes);
    }
    text(bytes)
}

fn tail(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(length)..).unwrap_or(bytes)
}

fn whole(is_whole: bool, of: DocumentType) -> Result<DocumentType, String> {
    if is_whole { Ok(of) } else { Err(format!("it begins as a {of} and has no end: it was cut off")) }
}

fn office(bytes: &[u8]) -> Result<DocumentType, String> {
    let broken = |error: zip::result::ZipError| format!("it is a damaged zip: {error}");
    if is_of_too_many_parts(bytes) {
        return Err(format!("it is a zip of more than {MOST_PARTS} files"));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    archive.validate_header_consistency().map_err(broken)?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    let is_macro = |name: Result<Cow<'_, str>, _>| name.is_ok_and(|name| name.to_ascii_lowercase().ends_with(MACROS));
    if archive.file_names().any(is_macro) {
        return Err("it holds macros: save it without them".to_owned());
    }
    match (has("[Content_Types].xml"), has("word/document.xml"), has("xl/workbook.xml")) {
        (true, true, false) => Ok(DocumentType::Docx),
        (true, false, true) => Ok(DocumentType::Xlsx),
        _ => Err("it is a zip and no docx or xlsx: hand its files in one by one".to_owned()),
    }
}

// Before anything of it is read: the end record says how many there are (APPNOTE 6.3, section 4.3.16), and that of a larger zip than any office
// document says 65,535.
fn is_of_too_many_parts(bytes: &[u8]) -> bool {
    const LONGEST_COMMENT: usize = 65_535;
    let end = tail(bytes, LONGEST_COMMENT + 22);
    let at = end.windows(4).rposition(|four| four == b"PK\x05\x06");
    let count = at.and_then(|at| Some(u16::from_le_bytes(end.get(at + 10..at + 12)?.try_into().ok()?)));
    count.is_some_and(|count| usize::from(count) > MOST_PARTS)
}

fn text(bytes: &[u8]) -> Result<DocumentType, String> {
    let unknown = || "its content is of no type that is known: pdf, docx, xlsx, csv, png, jpeg, txt".to_owned();
    let text = std::str::from_utf8(bytes).map_err(|_| unknown())?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(unknown());
    }
    Ok(if is_table(text) { DocumentType::Csv } else { DocumentType::Txt })
}

fn is_table(text: &str) -> bool {
    let has_rows = |separator: u8| {
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(text.as_bytes());
        let mut widths = reader.byte_records().map(|record| record.ok().map(|record| record.len()));
        let (first, second) = (widths.next().flatten().unwrap_or(0), widths.next().flatten());
        first > 1 && second == Some(first) && widths.all(|width| width == Some(first))
    };
    [b',', b';', b'\t'].into_iter().any(has_rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn zipped(names: &[&str]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"<x/>").unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_type_is_told_by_the_content() {
        let types = "[Content_Types].xml";
        for (bytes, expected) in [
            (b"%PDF-1.7\n...\n%%EOF\n".to_vec(), DocumentType::Pdf),
            ([b"\x89PNG\r\n\x1a\n".as_slice(), PNG_END].concat(), DocumentType::Png),
            (b"\xff\xd8\xff\xe0....\xff\xd9".to_vec(), DocumentType::Jpeg),
            (zipped(&[types, "word/document.xml"]), DocumentType::Docx),
            (zipped(&[types, "xl/workbook.xml"]), DocumentType::Xlsx),
            (b"name;at\nana;2026\n".to_vec(), DocumentType::Csv),
            (b"Approved, see the minutes.\n".to_vec(), DocumentType::Txt),
            ("Minutes, of the board.\nPresent: ana, b\u{f8}, cy.\n".into(), DocumentType::Txt),
        ] {
            assert_eq!(type_of(&bytes).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_cut_hidden_or_unknown_is_refused() {
        let types = "[Content_Types].xml";
        for (bytes, gist) in [
            (Vec::new(), "empty"),
            (b"%PDF-1.7\n...".to_vec(), "cut off"),
            (b"\x89PNG\r\n\x1a\n...".to_vec(), "cut off"),
            (b"\xff\xd8\xff\xe0..".to_vec(), "cut off"),
            (zipped(&["a.exe"]), "no docx"),
            (zipped(&[types, "word/document.xml", "xl/workbook.xml"]), "no docx"),
            (zipped(&[types, "word/document.xml", "word/vbaProject.bin"]), "macros"),
            (b"PK\x03\x04 and nothing".to_vec(), "damaged"),
            (b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0".to_vec(), "more than"),
            (b"MZ\x90\x00\x03".to_vec(), "no type"),
            (b"a\0b".to_vec(), "no type"),
            (b"\x7fELF".to_vec(), "no type"),
        ] {
            let refused = type_of(&bytes).unwrap_err();
            assert!(refused.contains(gist), "{refused}");
        }
    }
}
