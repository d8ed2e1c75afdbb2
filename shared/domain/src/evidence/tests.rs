use super::*;
use crate::{ControlId, SourceId, TenantId, canonical};

fn slot() -> Slot {
    Slot {
        tenant: TenantId::new("acme").unwrap(),
        control: ControlId::new("access-mfa").unwrap(),
        source: SourceId::new("aws-iam").unwrap(),
        period: "2026-07-01".parse().unwrap(),
    }
}

fn preamble() -> Preamble {
    let text = "user, mfa";
    Preamble {
        asked: Asked {
            endpoint: "files:aws-iam/report.csv".into(),
            pages: vec!["aws-iam/report.csv".into()],
            parameters: BTreeMap::from([("period_start".into(), "2026-07-01T00:00:00Z".into())]),
            query: QueryName::new("iam-credential-report").unwrap(),
            query_digest: Digest::of(text.as_bytes()),
            query_text: text.into(),
            query_version: 1,
        },
        collected: Collected {
            executed_at: "2026-07-02T03:00:00Z".parse().unwrap(),
            executed_by: Actor::new("collector").unwrap(),
        },
        collector: Collector { name: "collect-files".into(), version: "0.1.0".into() },
        columns: vec![
            Column { kind: ColumnKind::Text, name: "user".into() },
            Column { kind: ColumnKind::Real, name: "score".into() },
        ],
    }
}

fn write(raw: &[RawFile], rows: &[Vec<Cell>]) -> Written<Vec<u8>> {
    let mut writer = EvidenceWriter::begin(Vec::new(), &preamble()).unwrap();
    raw.iter().for_each(|file| writer.raw(file).unwrap());
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish(&slot(), Some(2)).unwrap()
}

fn raw_files() -> Vec<RawFile> {
    vec![
        RawFile { name: "a.csv".into(), bytes: "user,mfa\n\"\u{e9}\t\u{1}\u{2028}\",true\n".into() },
        RawFile { name: "b.gz".into(), bytes: vec![0x1f, 0x8b, 0xff, 0x00] },
    ]
}

fn rows() -> Vec<Vec<Cell>> {
    vec![
        vec![Cell::Text("ana \"x\" \\ \u{7f}".into()), Cell::Real(1e21)],
        vec![Cell::Null, Cell::Integer(-3)],
        vec![Cell::Boolean(true), Cell::Real(0.1)],
    ]
}

#[test]
fn the_stream_is_the_canonical_form_of_itself() {
    for (raw, rows) in [(vec![], vec![]), (raw_files(), vec![]), (vec![], rows()), (raw_files(), rows())] {
        let written = write(&raw, &rows);
        assert_eq!(canonical::from_json(&written.out).unwrap(), written.out);
        assert_eq!(Digest::of(&written.out), written.digest);
        assert_eq!(written.out.len() as u64, written.length);
    }
}

#[test]
fn what_was_written_is_read() {
    let document = write(&raw_files(), &rows()).out;
    let mut seen = Vec::new();
    let header = read(&document, |columns, cells| {
        assert_eq!(columns, preamble().columns);
        seen.push(cells);
        Ok::<(), String>(())
    })
    .unwrap();
    assert_eq!(seen, rows());
    assert_eq!(header.slot, slot());
    let summaries = raw_files().into_iter().map(|file| RawSummary {
        digest: Digest::of(&file.bytes),
        length: file.bytes.len() as u64,
        name: file.name,
        withheld: false,
    });
    assert_eq!(header.raw, summaries.collect::<Vec<_>>());
    assert_eq!(header.asked, preamble().asked);
    assert_eq!(header.totals, Totals { row_count: 3, source_count: Some(2) });
    assert_eq!(read_raw(&document).unwrap(), raw_files());
}

#[test]
fn numbers_that_would_be_rounded_are_refused() {
    let mut writer = EvidenceWriter::begin(Vec::new(), &preamble()).unwrap();
    assert!(writer.row(&[Cell::Integer(1 << 53)]).is_err());
    assert!(writer.row(&[Cell::Real(f64::NAN)]).is_err());
}

#[test]
fn a_document_that_lost_a_row_or_changed_a_raw_byte_is_refused() {
    let text = String::from_utf8(write(&raw_files(), &rows()).out).unwrap();
    let nothing = |_: &[Column], _| Ok::<(), String>(());
    let shorter = text.replace(",[null,-3]", "");
    assert!(matches!(read(shorter.as_bytes(), nothing), Err(ReadError::RowCount { said: 3, found: 2 })));
    let changed = text.replace("user,mfa\\n", "user,mfb\\n");
    assert!(matches!(read_raw(changed.as_bytes()), Err(ReadError::Raw { .. })));
    let narrower = text.replace("[null,-3]", "[null]");
    assert!(matches!(read(narrower.as_bytes(), nothing), Err(ReadError::Shape(_))));
}

#[test]
fn checking_finds_what_reading_finds() {
    let document = write(&raw_files(), &rows()).out;
    let header = read(&document, |_, _| Ok::<(), String>(())).unwrap();
    assert_eq!(check(&document).unwrap(), header);
    let text = String::from_utf8(document).unwrap();
    for (from, to) in [
        ("\"row_count\":3", "\"row_count\":2"),
        ("[null,-3]", "[null]"),
        ("[null,-3]", "[null,-3,1]"),
        ("[null,-3]", "3"),
        ("user,mfa\\n", "user,mfb\\n"),
        ("\"encoding\":\"base64\"", "\"encoding\":\"utf-8\""),
        ("exhibit/evidence/v1", "exhibit/evidence/v2"),
        ("\"totals\"", "\"total\""),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        assert!(check(text.replacen(from, to, 1).as_bytes()).is_err(), "{from} to {to}");
    }
    assert!(check(&text.as_bytes()[..text.len() - 1]).is_err());
}

fn redaction() -> Redaction {
    let key = RedactionKey::from_hexadecimal(&"07".repeat(32)).unwrap();
    Redaction::new(&key, &slot().tenant, [Some("person"), None])
}

fn redacted(raw: &[RawFile], rows: &[Vec<Cell>]) -> Written<Vec<u8>> {
    redact(write(raw, rows).out.as_slice(), Vec::new(), redaction()).unwrap()
}

#[test]
fn what_is_redacted_is_nowhere_and_can_be_checked_with_its_salt() {
    let mut asking = preamble();
    asking.asked.pages = vec!["users/ana".into()];
    asking.asked.endpoint = "files:users/ana".into();
    let mut writer = EvidenceWriter::begin(Vec::new(), &asking).unwrap();
    writer.raw(&RawFile { name: "users/ana".into(), bytes: b"ana,7".to_vec() }).unwrap();
    writer.row(&[Cell::Text("ana".into()), Cell::Real(7.5)]).unwrap();
    writer.row(&[Cell::Null, Cell::Null]).unwrap();
    let plain = writer.finish(&slot(), None).unwrap();
    let written = redact(plain.out.as_slice(), Vec::new(), redaction()).unwrap();
    let text = String::from_utf8(written.out.clone()).unwrap();
    assert!(!text.contains("ana") && !text.contains(&hex::encode("ana")), "{text}");
    let mut rows = Vec::new();
    let header = read(&written.out, |_, cells| {
        rows.push(cells);
        Ok::<(), String>(())
    });
    let salt = RedactionKey::from_hexadecimal(&"07".repeat(32)).unwrap().salt(&slot().tenant, "person");
    let told = header.unwrap().redacted.unwrap();
    assert_eq!(
        (told.columns.get("user").unwrap().as_str(), told.salts.get("person")),
        ("person", Some(&salt.digest()))
    );
    assert_eq!(rows, [vec![Cell::Text(salt.redacted("ana")), Cell::Real(7.5)], vec![Cell::Null, Cell::Null]]);
    assert!(matches!(read_raw(&written.out), Err(ReadError::Withheld { name }) if name == "1"));
}

#[test]
fn a_redacted_document_is_canonical_and_whole() {
    for (raw, rows) in [(vec![], vec![]), (raw_files(), vec![]), (vec![], rows()), (raw_files(), rows())] {
        let written = redacted(&raw, &rows);
        assert_eq!(canonical::from_json(&written.out).unwrap(), written.out);
        assert_eq!((Digest::of(&written.out), written.row_count), (written.digest, rows.len() as u64));
        let header = check(&written.out).unwrap();
        assert_eq!(read(&written.out, |_, _| Ok::<(), String>(())).unwrap(), header);
        assert!(header.redacted.is_some() && header.raw.iter().all(|file| file.withheld));
        assert_eq!(header.totals, Totals { row_count: rows.len() as u64, source_count: Some(2) });
    }
}

#[test]
fn bytes_are_withheld_only_where_something_is_redacted() {
    let text = String::from_utf8(redacted(&raw_files(), &rows()).out).unwrap();
    let (before, rest) = text.split_once(",\"redacted\":").unwrap();
    let (_, after) = rest.split_once(",\"rows\":").unwrap();
    let unsaid = format!("{before},\"rows\":{after}");
    let nothing = |_: &[Column], _| Ok::<(), String>(());
    assert!(check(unsaid.as_bytes()).is_err() && read(unsaid.as_bytes(), nothing).is_err());
    let smuggled = text.replacen("\"content\":\"\"", "\"content\":\"ana\"", 1);
    assert!(matches!(check(smuggled.as_bytes()), Err(ReadError::Raw { .. })));
}
