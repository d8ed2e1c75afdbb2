//! What is refused, and how that is said.

use crate::{
    all, found, ocsf, refused,
    support::{raw, rows},
    xml::NESSUS,
};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn what_cannot_be_told_apart_is_refused_with_what_was_expected() {
    for report in [
        "{}",
        "[1]",
        "[[]]",
        "\"text\"",
        "true",
        "a,b\n1,2\n",
        "{\"results\":[]}",
        "[{\"Target\":\"old\",\"Vulnerabilities\":[]}]",
        "{\"controls\":[],\"statistics\":{},\"version\":\"5\"}",
    ] {
        let refusal = refused(report);
        assert!(
            refusal.starts_with("\"dir/report.any\", ") && refusal.contains("it has to be SARIF 2.1.0"),
            "{refusal}"
        );
    }
    assert!(refused(" \n").contains("the file is empty"));
    assert!(
        refused("{\"runs\":[],\"version\":\"2.1.0\",\"bomFormat\":\"CycloneDX\"}").contains("of two scanners at once")
    );
    assert!(refused("[{\"bomFormat\":\"CycloneDX\"}]").contains("a file of its own"));
    assert!(refused("{\"runs\":[],\"version\":\"2.1.0\"").contains("this is not JSON"));
    assert!(refused("{\"runs\":[],\"runs\":[],\"version\":\"2.1.0\"}").contains("names its member \"runs\" twice"));
    assert!(refused("{\"runs\":[],\"version\":\"2.0.0\"}").contains("SARIF of another version"));
    assert!(refused("{\"SchemaVersion\":1,\"ArtifactName\":\"a\"}").contains("SchemaVersion is not 2"));
}

#[test]
fn refusals_name_the_place_and_never_hold_what_stands_there() {
    let report = "{\"check_type\":\"x\",\"results\":{\"failed_checks\":[\n{\"check_id\":{\"hidden\":1}}]}}";
    let refusal = refused(report);
    let expected = "\"dir/report.any\", line 2: at \"check_id\": what stands there is of another type, unlike Checkov";
    assert_eq!(refusal, expected);
    let severity = refused(
        "{\"check_type\":\"x\",\"results\":{\"failed_checks\":[{\"check_id\":\"c\",\"resource\":\"r\",\"severity\":\"hidden\"}]}}",
    );
    assert!(severity.contains("its severity is none of CRITICAL") && !severity.contains("hidden"), "{severity}");
    let twice = refused(
        "{\"check_type\":\"x\",\"results\":{\"failed_checks\":[{\"check_id\":\"hidden\",\"check_id\":\"hidden\"}]}}",
    );
    assert!(twice.contains("duplicate field `check_id`") && !twice.contains("hidden"), "{twice}");
    let missing = refused("{\"check_type\":\"x\",\"results\":{\"failed_checks\":[{\"resource\":\"hidden\"}]}}");
    assert!(missing.contains("missing field `check_id`") && !missing.contains("hidden"), "{missing}");
}

#[test]
fn times_without_a_zone_are_none_and_rubbish_is_refused() {
    let at =
        |time: &str| json!([ocsf(json!({"finding_info": {"title": "t", "first_seen_time_dt": time}}))]).to_string();
    assert_eq!(found(&["first_seen:time"], &at("2026-07-01T10:00:00.5")), [[""]]);
    assert_eq!(found(&["first_seen:time"], &at("2026-07-01T10:00:00.5+02:00")), [["2026-07-01T08:00:00.5Z"]]);
    let rubbish = refused(&at("yesterday"));
    assert!(rubbish.contains("row 1 (line 1), column \"first_seen\": this is not a time"), "{rubbish}");
}

#[test]
fn sarif_of_a_scan_that_did_not_end_is_refused() {
    let run = |more: Value| {
        let mut run = json!({"tool": {"driver": {"name": "t"}}});
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"version": "2.1.0", "runs": [run]}).to_string()
    };
    assert!(refused(&run(json!({"results": null}))).contains("could not scan"));
    assert!(
        refused(&run(json!({"results": [], "invocations": [{"executionSuccessful": false}]}))).contains("to its end")
    );
    let elsewhere = json!({"externalPropertyFileReferences": {"results": [{"location": {"uri": "x"}}]}});
    assert!(refused(&run(elsewhere)).contains("in other files"));
    assert!(found(&["rule:text"], &run(json!({"results": []}))).is_empty());
    assert!(refused(&run(json!({"results": [{"ruleIndex": 3}]}))).contains("a number that no rule"));
    assert!(
        refused(&run(json!({"results": [{"ruleId": "r", "level": "bad"}]}))).contains("error, warning, note, none")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_reports_are_read_or_refused_and_nothing_else(
        at in 0..NESSUS.len(),
        bytes in prop::collection::vec(any::<u8>(), 0..4),
        removed in 0..60_usize,
        is_xml in any::<bool>()
    ) {
        let mut report = if is_xml { NESSUS.as_bytes().to_vec() } else { ocsf(json!({})).to_string().into_bytes() };
        let at = at.min(report.len());
        let end = (at + removed).min(report.len());
        report.splice(at..end, bytes);
        if let Err(error) = rows(&all(), &[raw("a", report)]) {
            prop_assert_eq!(error.failure(), domain::Failure::InvalidInput);
        }
    }
}
