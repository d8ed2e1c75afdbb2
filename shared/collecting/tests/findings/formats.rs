//! What each scanner's words become.

use crate::{
    all, found, ocsf, outcomes, refused,
    support::{raw, rows, texts},
};
use serde_json::{Value, json};

#[test]
fn sarif_is_graded_by_score_then_level_and_by_what_became_of_it() {
    let rules = json!([
        {"id": "scored", "defaultConfiguration": {"level": "note"}, "properties": {"security-severity": "9.1"}},
        {"id": "levelled", "defaultConfiguration": {"level": "error"}},
    ]);
    let results = json!([
        {"ruleIndex": 0, "message": {"text": "m"}},
        {"ruleId": "scored", "level": "error", "properties": {"security-severity": 3.5}},
        {"ruleId": "levelled/of/1"},
        {"ruleId": "other"},
        {"ruleId": "other", "kind": "pass"},
        {"ruleId": "other", "kind": "notApplicable"},
        {"ruleId": "other", "kind": "review"},
        {"ruleId": "levelled", "baselineState": "absent"},
        {"ruleId": "levelled", "suppressions": [{"kind": "inSource"}]},
        {"ruleId": "levelled", "suppressions": [{"kind": "external", "state": "underReview"}]},
        {"ruleId": "levelled", "suppressions": []},
        {"rule": {"index": 0, "toolComponent": {"index": 0}}, "level": "note"},
        {"ruleId": "levelled", "ruleIndex": 0},
        {"ruleId": "other", "ruleIndex": 9},
    ]);
    let extension = json!({"name": "more", "rules": [{"id": "extended"}]});
    let tool = json!({"driver": {"name": "t", "rules": rules}, "extensions": [extension]});
    let expected = [
        ["scored", "critical", "open"],
        ["scored", "low", "open"],
        ["levelled/of/1", "high", "open"],
        ["other", "medium", "open"],
        ["other", "info", "passed"],
        ["other", "info", "passed"],
        ["other", "info", "open"],
        ["levelled", "high", "fixed"],
        ["levelled", "high", "suppressed"],
        ["levelled", "high", "open"],
        ["levelled", "high", "open"],
        ["extended", "low", "open"],
        ["levelled", "high", "open"],
        ["other", "medium", "open"],
    ];
    assert_eq!(outcomes(&json!({"version": "2.1.0", "runs": [{"tool": tool, "results": results}]})), expected);
}

#[test]
fn asff_is_told_by_rule_then_workflow_then_record() {
    let finding = |more: Value| {
        let mut finding = json!({"SchemaVersion": "2018-10-08", "Id": "i", "ProductArn": "arn:aws:securityhub:r::product/aws/securityhub",
            "GeneratorId": "g", "Title": "t", "Severity": {"Label": "CRITICAL"}, "Resources": [{"Id": "bucket"}]});
        finding.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        finding
    };
    let findings = [
        finding(
            json!({"Compliance": {"Status": "PASSED", "SecurityControlId": "S3.1"}, "Workflow": {"Status": "RESOLVED"}}),
        ),
        finding(
            json!({"Compliance": {"Status": "FAILED"}, "Workflow": {"Status": "SUPPRESSED"}, "Severity": {"Normalized": 69}}),
        ),
        finding(json!({"Workflow": {"Status": "RESOLVED"}, "Severity": {"Label": "INFORMATIONAL"}})),
        finding(json!({"Workflow": {"Status": "NEW"}, "RecordState": "ARCHIVED"})),
        finding(
            json!({"Compliance": {"Status": "NOT_AVAILABLE"}, "Workflow": {"Status": "NOTIFIED"}, "RecordState": "ACTIVE"}),
        ),
    ];
    let expected = [
        ["S3.1", "critical", "passed"],
        ["g", "medium", "suppressed"],
        ["g", "info", "fixed"],
        ["g", "critical", "fixed"],
        ["g", "critical", "open"],
    ];
    assert_eq!(outcomes(&json!(findings)), expected);
    assert_eq!(outcomes(&json!({"Findings": findings})), expected);
    assert_eq!(found(&["tool:text"], &json!([findings[0]]).to_string()), [["aws/securityhub"]]);
    assert!(
        refused(&json!([finding(json!({"Severity": {"Label": "BAD"}}))]).to_string())
            .contains("its severity is none of")
    );
    assert!(
        refused(&json!([finding(json!({"SchemaVersion": "2030-01-01"}))]).to_string())
            .contains("ASFF of another version")
    );
}

#[test]
fn ocsf_is_told_by_code_muting_word_and_number() {
    let events = [
        (json!({"status_code": "PASS", "status": "New", "status_id": 1}), "high", "passed"),
        (json!({"status": "PASS", "muted": true}), "high", "passed"),
        (json!({"status_code": "FAIL", "status": "New", "muted": true}), "high", "suppressed"),
        (json!({"status": "FAIL", "unmapped": {"muted": true}}), "high", "suppressed"),
        (json!({"status": "FAIL", "severity_id": 5}), "critical", "open"),
        (json!({"status_code": "MANUAL", "status": "New", "severity_id": 6}), "critical", "open"),
        (json!({"status_id": 3, "severity_id": 99, "severity": "Moderate"}), "medium", "suppressed"),
        (json!({"status_id": 4, "severity_id": 1}), "info", "fixed"),
        (json!({"status": "Vendor's", "status_id": 2, "severity_id": 2}), "low", "open"),
        (json!({"activity_id": 3, "severity_id": 0, "severity": "Unknown"}), "medium", "fixed"),
        (json!({"compliance": {"status_id": 1}, "status": "New"}), "high", "passed"),
        (json!({"compliance": {"status_id": 3}, "status": "New"}), "high", "open"),
    ];
    for (more, severity, status) in events {
        assert_eq!(outcomes(&json!([ocsf(more.clone())])), [["check", severity, status]], "{more}");
    }
    assert!(refused(&ocsf(json!({"status": "Odd", "status_id": 99})).to_string()).contains("its status is no word"));
    assert!(refused(&ocsf(json!({"severity_id": 7})).to_string()).contains("its severity_id is none"));
    assert!(refused(&ocsf(json!({"class_uid": 3002})).to_string()).contains("of another category"));
}

#[test]
fn ocsf_comes_as_an_array_as_lines_and_alone() {
    let one = ocsf(json!({"finding_info": {"title": "t", "first_seen_time": 1_780_000_000_000_u64},
        "vulnerabilities": [{"cve": {"uid": "CVE-2026-1"}, "affected_packages": [{"name": "openssl"}]}]}));
    let columns = ["identifier:text", "location:text", "first_seen:time"];
    let expected = ["CVE-2026-1", "openssl", "2026-05-28T20:26:40Z"];
    assert_eq!(found(&columns, &one.to_string()), [expected]);
    assert_eq!(found(&columns, &json!([one, one]).to_string()), [expected, expected]);
    assert_eq!(found(&columns, &format!("{one}\n\n{one}\n")), [expected, expected]);
    let broken = refused(&format!("{one}\n{{\n"));
    assert!(broken.contains("\"dir/report.any\", line 2: this is not JSON"), "{broken}");
}

#[test]
fn trivy_gives_each_of_its_lists() {
    let report = json!({"SchemaVersion": 2, "CreatedAt": "2026-07-01T10:00:00+02:00", "ArtifactName": "app:1", "Results": [
        {"Target": "app:1 (debian 12)", "Vulnerabilities": [
            {"VulnerabilityID": "CVE-2026-1", "PkgName": "zlib", "Severity": "CRITICAL", "Status": "fixed", "Title": "t1"},
            {"VulnerabilityID": "CVE-2026-2", "PkgName": "a", "PkgPath": "lib/a.jar", "Severity": "UNKNOWN"}],
         "ExperimentalModifiedFindings": [{"Type": "vulnerability", "Status": "ignored",
            "Finding": {"VulnerabilityID": "CVE-2026-3", "PkgName": "zlib", "Severity": "HIGH", "Status": "affected"}}]},
        {"Target": "Dockerfile", "Misconfigurations": [
            {"ID": "DS002", "Title": "root", "Severity": "HIGH", "Status": "FAIL", "CauseMetadata": {"StartLine": 3, "EndLine": 5}},
            {"ID": "DS003", "Severity": "LOW", "Status": "PASS"},
            {"ID": "DS004", "Severity": "MEDIUM", "Status": "EXCEPTION", "CauseMetadata": {"Resource": "r"}}]},
        {"Target": "/app/key.pem", "Secrets": [
            {"RuleID": "private-key", "Title": "Key", "Severity": "HIGH", "StartLine": 1, "EndLine": 1, "Match": "****"}]},
        {"Target": "OS Packages", "Licenses": [{"Name": "GPL-3.0", "Category": "restricted", "PkgName": "bash", "Severity": "HIGH"}]},
        {"Target": "nothing", "Vulnerabilities": null}]});
    let columns = ["rule:text", "title:text", "severity:text", "status:text", "location:text", "identifier:text"];
    assert_eq!(
        found(&columns, &report.to_string()),
        [
            ["CVE-2026-1", "t1", "critical", "open", "zlib", "CVE-2026-1"],
            ["CVE-2026-2", "CVE-2026-2", "medium", "open", "lib/a.jar: a", "CVE-2026-2"],
            ["CVE-2026-3", "CVE-2026-3", "high", "suppressed", "zlib", "CVE-2026-3"],
            ["DS002", "root", "high", "open", "Dockerfile:3-5", ""],
            ["DS003", "DS003", "low", "passed", "Dockerfile", ""],
            ["DS004", "DS004", "medium", "suppressed", "Dockerfile: r", ""],
            ["private-key", "Key", "high", "open", "/app/key.pem:1", ""],
            ["GPL-3.0", "License GPL-3.0 (restricted)", "high", "open", "OS Packages: bash", ""],
        ]
    );
    assert_eq!(found(&["target:text", "last_seen:time"], &report.to_string())[0], ["app:1", "2026-07-01T08:00:00Z"]);
}

#[test]
fn trivy_of_a_cluster_gives_the_findings_of_each_resource() {
    let secrets = json!([{"Target": "key", "Secrets": [{"RuleID": "s", "Severity": "LOW"}]}]);
    let resource = json!({"Namespace": "shop", "Kind": "Deployment", "Name": "web", "Results": secrets});
    for list in ["Resources", "Findings"] {
        let report = json!({"ClusterName": "c", list: [resource]}).to_string();
        assert_eq!(found(&["target:text", "location:text"], &report), [["c/shop/Deployment/web", "key"]]);
    }
    let failed = json!({"ClusterName": "c", "Resources": [{"Name": "web", "Error": "no image"}]}).to_string();
    assert!(refused(&failed).contains("could not be scanned"));
}

#[test]
fn checkov_gives_failed_passed_and_skipped_checks_of_every_framework() {
    let check = |id: &str, more: Value| {
        let mut check = json!({"check_id": id, "check_name": "n", "resource": "r", "file_path": "/m.tf"});
        check.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        check
    };
    let first = json!({"check_type": "terraform", "results": {
        "failed_checks": [check("C1", json!({"severity": "HIGH"}))],
        "passed_checks": [check("C2", json!({"severity": null}))],
        "skipped_checks": [check("C3", json!({"severity": "NONE", "file_line_range": [-1, -1]}))]}});
    let second = json!({"check_type": "sca_package", "results": {
        "failed_checks": [check("C4", json!({"vulnerability_details": {"id": "CVE-2026-4"}}))]}});
    let expected =
        [["C1", "high", "open"], ["C2", "medium", "passed"], ["C3", "info", "suppressed"], ["C4", "medium", "open"]];
    assert_eq!(outcomes(&json!([first, second])), expected);
    assert_eq!(found(&["identifier:text"], &second.to_string()), [["CVE-2026-4"]]);
    let counts = json!({"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "checkov_version": "3.2"});
    assert!(outcomes(&counts).is_empty());
    let lost = json!({"passed": 0, "failed": 1, "skipped": 0, "checkov_version": "3.2"});
    assert!(refused(&lost.to_string()).contains("counts and not its checks"));
    assert!(
        refused(&json!([first, ocsf(json!({}))]).to_string()).contains("of another kind than what stands before it")
    );
}

#[test]
fn inspec_gives_every_result_of_every_control() {
    let control =
        |id: &str, impact: f64, results: Value| json!({"id": id, "title": id, "impact": impact, "results": results});
    let mut waived = control("waived", 0.7, json!([{"status": "skipped", "code_desc": "c"}]));
    waived["waiver_data"] = json!({"skipped_due_to_waiver": true, "justification": "j"});
    let report = json!({"platform": {"name": "ubuntu", "release": "24.04", "target_id": null}, "version": "5.22.3", "statistics": {},
        "profiles": [{"name": "p", "controls": [
            control("two", 1.0, json!([{"status": "passed", "code_desc": "a"}, {"status": "failed", "code_desc": "b", "resource_id": "/etc/x"}])),
            control("skipped", 0.5, json!([{"status": "skipped", "skip_message": "s"}])),
            waived,
            control("none", 0.0, json!([{"status": "passed", "start_time": "2026-07-01T10:00:00+02:00"}])),
            control("old", 0.3, json!([{"status": "error", "start_time": "2026-07-01 10:00:00 -0500"}])),
            control("overlaid", 0.3, json!([]))]},
            {"name": "q", "controls": [control("other", 0.9, json!([{"status": "passed"}]))]}]});
    let expected = [
        ["two", "critical", "passed"],
        ["two", "critical", "open"],
        ["skipped", "medium", "open"],
        ["waived", "high", "suppressed"],
        ["none", "info", "passed"],
        ["old", "low", "open"],
        ["other", "critical", "passed"],
    ];
    assert_eq!(outcomes(&report), expected);
    let places = found(&["target:text", "location:text", "last_seen:time"], &report.to_string());
    assert_eq!(places[0], ["ubuntu 24.04", "a", ""]);
    assert_eq!(places[1], ["ubuntu 24.04", "/etc/x", ""]);
    assert_eq!([&places[4][2], &places[5][2]], ["2026-07-01T08:00:00Z", "2026-07-01T15:00:00Z"]);
    let graver = report.to_string().replace("\"impact\":0.5", "\"impact\":1.5");
    assert!(refused(&graver).contains("its impact is no number from 0 to 1"));
    assert!(refused(&report.to_string().replace("\"error\"", "\"odd\"")).contains("passed, failed, skipped, error"));
}

#[test]
fn cyclonedx_gives_every_vulnerability_with_what_was_analysed() {
    let weakness = |id: &str, ratings: Value, state: &str| json!({"id": id, "ratings": ratings, "analysis": {"state": state}, "affects": [{"ref": "pkg:npm/a@1"}, {"ref": "pkg:npm/b@2"}]});
    let metadata = json!({"timestamp": "2026-07-01T10:00:00Z", "component": {"name": "shop", "version": "2"}, "tools": [{"name": "grype"}]});
    let report = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": metadata, "vulnerabilities": [
        weakness("CVE-1", json!([{"severity": "low"}, {"severity": "critical"}]), "exploitable"),
        weakness("CVE-2", json!([{"score": 7.5, "method": "CVSSv31"}]), "in_triage"),
        weakness("CVE-3", json!([{"severity": "unknown"}]), "resolved"),
        weakness("CVE-4", json!([]), "resolved_with_pedigree"),
        weakness("CVE-5", json!([{"severity": "info"}]), "false_positive"),
        weakness("CVE-6", json!([{"severity": "none"}]), "not_affected"),
        json!({"id": "CVE-7", "ratings": [{"severity": "medium"}, {"severity": "unknown"}]})]});
    let expected = [
        ["CVE-1", "critical", "open"],
        ["CVE-2", "high", "open"],
        ["CVE-3", "medium", "fixed"],
        ["CVE-4", "medium", "fixed"],
        ["CVE-5", "info", "suppressed"],
        ["CVE-6", "info", "passed"],
        ["CVE-7", "medium", "open"],
    ];
    assert_eq!(outcomes(&report), expected);
    let row = &texts(&rows(&all(), &[raw("bom", report.to_string())]).unwrap())[0];
    let expected = [
        "grype",
        "shop:2",
        "CVE-1",
        "CVE-1",
        "critical",
        "open",
        "pkg:npm/a@1, pkg:npm/b@2",
        "",
        "2026-07-01T10:00:00Z",
        "CVE-1",
    ];
    assert_eq!(*row, expected);
    let inventory = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "a"}]});
    assert!(outcomes(&inventory).is_empty());
    let tools = json!({"components": [{"name": "trivy"}]});
    let newer = report.to_string().replace("[{\"name\":\"grype\"}]", &tools.to_string());
    assert_eq!(found(&["tool:text"], &newer)[0], ["trivy"]);
    assert!(refused(&report.to_string().replace("in_triage", "odd")).contains("its analysis.state is none of"));
}
