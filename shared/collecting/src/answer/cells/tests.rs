use super::*;

fn text(kind: ColumnKind, value: &str) -> Result<Cell, Reason> {
    let mut cell = Cell::Null;
    from_text(kind, &["N/A".to_owned()], value, &mut cell).map(|()| cell)
}

fn json(kind: ColumnKind, value: &str) -> Result<Cell, Reason> {
    let mut cell = Cell::Text("before".into());
    from_json(kind, &["N/A".to_owned()], value, &mut cell).map(|()| cell)
}

fn time(value: &str) -> Option<String> {
    text(ColumnKind::Time, value).ok().map(|cell| cell.to_string())
}

#[test]
fn times_are_one_instant_in_one_spelling() {
    for value in [
        "2026-07-01T12:00:00Z",
        "2026-07-01T12:00:00+00:00",
        "2026-07-01T12:00:00.000Z",
        "2026-07-01T14:00:00+02:00",
        "2026-07-01 12:00:00 UTC",
        "1782907200",
        "1782907200000",
        " 2026-07-01T12:00:00Z ",
    ] {
        assert_eq!(time(value).as_deref(), Some("2026-07-01T12:00:00Z"), "{value:?}");
    }
    assert_eq!(time("2026-07-01").as_deref(), Some("2026-07-01T00:00:00Z"));
    assert_eq!(time("2022-02-18T17:39:28.127636+00:00").as_deref(), Some("2022-02-18T17:39:28.127636Z"));
    assert_eq!(json(ColumnKind::Time, "1782907200").unwrap(), Cell::Text("2026-07-01T12:00:00Z".into()));
}

#[test]
fn what_is_not_surely_an_instant_is_no_time() {
    let wrong = [
        "2026-07-01T12:00:00",
        "2026-07-01 12:00:00",
        "20260701",
        "0",
        "-1782907200",
        "never",
        "01/07/2026",
        "2026-02-30",
        "2026-07-01T12:00:00Z[Europe/Paris]",
        "99999999999999999999",
        "1782907200.5",
    ];
    for value in wrong {
        assert!(text(ColumnKind::Time, value).is_err(), "{value:?}");
    }
    assert!(json(ColumnKind::Time, "true").is_err());
}

#[test]
fn numbers_are_exact_or_refused() {
    let exact = |value: &str| Ok::<Cell, Reason>(Cell::Integer(value.parse().unwrap()));
    for value in ["0", "-7", "9007199254740991", "-9007199254740991"] {
        assert_eq!(json(ColumnKind::Integer, value), exact(value));
        assert_eq!(text(ColumnKind::Integer, value), exact(value));
    }
    assert_eq!(json(ColumnKind::Integer, "3e2"), exact("300"));
    assert_eq!(json(ColumnKind::Real, "-0.25"), Ok(Cell::Real(-0.25)));
    for kind in [ColumnKind::Integer, ColumnKind::Real, ColumnKind::Json] {
        for value in ["9007199254740992", "-9007199254740993", "18446744073709551616", "1e300", "1e400", "9.1e15"] {
            assert!(json(kind, value).is_err(), "{kind:?} {value}");
        }
    }
    for value in ["1.5", "x", "1_000", "NaN", "inf", "0x10", "\"\"x"] {
        assert!(text(ColumnKind::Integer, value).is_err(), "{value}");
    }
    for value in ["NaN", "inf", "-infinity", "1,5", "--1"] {
        assert!(text(ColumnKind::Real, value).is_err(), "{value}");
    }
}

#[test]
fn text_keeps_numbers_as_they_are_written() {
    for value in ["1.10", "9007199254740993", "123456789012345678901234567890", "1E5", "true"] {
        assert_eq!(json(ColumnKind::Text, value), Ok(Cell::Text(value.into())));
    }
    assert_eq!(json(ColumnKind::Text, r#""a\u00e9\n\"""#), Ok(Cell::Text("a\u{e9}\n\"".into())));
    assert!(json(ColumnKind::Text, r#""\ud800""#).is_err());
    assert!(json(ColumnKind::Text, "{}").is_err() && json(ColumnKind::Text, "[]").is_err());
    assert_eq!(text(ColumnKind::Text, " \t"), Ok(Cell::Text(" \t".into())));
}

#[test]
fn booleans_come_in_a_few_spellings() {
    for (value, expected) in [("true", true), ("FALSE", false), ("1", true), ("0", false), ("Yes", true), ("no", false)]
    {
        assert_eq!(text(ColumnKind::Boolean, value), Ok(Cell::Boolean(expected)));
        assert_eq!(json(ColumnKind::Boolean, &format!("\"{value}\"")), Ok(Cell::Boolean(expected)));
    }
    assert_eq!(json(ColumnKind::Boolean, "true"), Ok(Cell::Boolean(true)));
    assert!(text(ColumnKind::Boolean, "on").is_err() && json(ColumnKind::Boolean, "2").is_err());
    assert!(json(ColumnKind::Integer, "true").is_err());
}

#[test]
fn declared_nulls_and_empty_fields_are_no_value() {
    for kind in [ColumnKind::Text, ColumnKind::Integer, ColumnKind::Time, ColumnKind::Boolean, ColumnKind::Json] {
        assert_eq!(text(kind, "N/A"), Ok(Cell::Null));
        assert_eq!(json(kind, "\"N/A\""), Ok(Cell::Null));
        assert_eq!(json(kind, "null"), Ok(Cell::Null));
    }
    assert_eq!(text(ColumnKind::Integer, ""), Ok(Cell::Null));
    assert_eq!(text(ColumnKind::Text, ""), Ok(Cell::Text(String::new())));
    assert!(text(ColumnKind::Integer, "n/a").is_err());
}

#[test]
fn json_is_kept_in_its_canonical_spelling() {
    let value = r#" { "b" : [1.0, 2e0, "\u00e9"] , "a" : null } "#;
    let canonical = Cell::Text("{\"a\":null,\"b\":[1,2,\"\u{e9}\"]}".into());
    assert_eq!(text(ColumnKind::Json, value), Ok(canonical.clone()));
    assert_eq!(json(ColumnKind::Json, value.trim()), Ok(canonical));
    assert_eq!(json(ColumnKind::Json, "\"x\""), Ok(Cell::Text("\"x\"".into())));
    assert!(text(ColumnKind::Json, "{'a': 1}").is_err());
    assert!(json(ColumnKind::Json, r#"{"a":{"b":1,"b":2}}"#).is_err());
    assert!(json(ColumnKind::Json, &"[".repeat(200)).is_err());
}

#[test]
fn a_reason_never_tells_the_value() {
    let secret = "hunter2";
    for kind in [ColumnKind::Integer, ColumnKind::Real, ColumnKind::Boolean, ColumnKind::Time, ColumnKind::Json] {
        assert!(!text(kind, secret).unwrap_err().contains(secret), "{kind:?}");
    }
}
