//! The reports of scanners as findings; each public file against an independent count.
#![cfg(test)]

mod support;

use catalog::{FileFormat, SCANNER_COLUMNS};
use domain::evidence::Cell;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::slice::from_ref;
use support::{files, query, raw, refusal, rows, texts};

/// All columns, as the catalog's queries declare them.
fn all() -> catalog::SourceQuery {
    let kinds =
        SCANNER_COLUMNS.map(|(name, kind)| format!("{name}:{}", serde_json::to_value(kind).unwrap().as_str().unwrap()));
    query(FileFormat::Findings, None, &kinds.each_ref().map(String::as_str))
}

fn only(columns: &[&str]) -> catalog::SourceQuery {
    query(FileFormat::Findings, None, columns)
}

/// Findings of one report with some of the columns.
fn found(columns: &[&str], report: &str) -> Vec<Vec<String>> {
    texts(&rows(&only(columns), &[raw("report", report)]).unwrap())
}

fn outcomes(report: &Value) -> Vec<Vec<String>> {
    found(&["rule:text", "severity:text", "status:text"], &report.to_string())
}

fn refused(report: &str) -> String {
    refusal(&all(), &[raw("dir/report.any", report)])
}

/// The elements of the arrays at a pointer, where `*` is every element.
fn count(value: &Value, pointer: &str) -> usize {
    match pointer.split_once("/*") {
        None => value.pointer(pointer).map_or(0, |_| 1),
        Some((array, rest)) => {
            let elements = value.pointer(array).and_then(Value::as_array).into_iter().flatten();
            elements.map(|element| count(element, rest)).sum()
        }
    }
}

const PUBLIC: [(&str, &str, usize, &[&str]); 13] = [
    ("scans", "all_statuses.json", 8, &["/Results/*/Vulnerabilities/*"]),
    ("scans", "appendix_k.sarif", 1, &["/runs/*/results/*"]),
    ("scans", "asff_many_vulns.json", 5, &["/*"]),
    ("scans", "bash-report.sarif", 27, &["/runs/*/results/*"]),
    (
        "scans",
        "checkov-report-many-vuln.json",
        3,
        &["/results/failed_checks/*", "/results/passed_checks/*", "/results/skipped_checks/*"],
    ),
    ("scans", "codeQL-output.sarif", 72, &["/runs/*/results/*"]),
    ("scans", "gitleaks_7.5.0.sarif", 8, &["/runs/*/results/*"]),
    ("scans", "issue_9263.json", 1, &["/Results/*/Vulnerabilities/*"]),
    ("scans", "njsscan.sarif", 2, &["/runs/*/results/*"]),
    ("scans", "no_runs.sarif", 0, &["/runs/*/results/*"]),
    ("scans", "prowler_many_vuln.ocsf.json", 3, &["/*"]),
    ("prowler", "example_output_aws.ocsf.json", 5, &["/*"]),
    ("prowler", "example_output_gcp.ocsf.json", 5, &["/*"]),
];

/// The findings of a public file, or none where the data is absent.
fn public(folder: &str, name: &str) -> Option<Vec<Vec<Cell>>> {
    let file = files(folder, name).into_iter().find(|file| file.name == name)?;
    Some(rows(&all(), &[file]).unwrap())
}

#[test]
fn every_finding_of_every_public_report_is_one_row() {
    for (folder, name, known, pointers) in PUBLIC {
        let Some(file) = files(folder, name).into_iter().find(|file| file.name == name) else { continue };
        let value: Value = serde_json::from_slice(&file.bytes).unwrap();
        let counted: usize = pointers.iter().map(|pointer| count(&value, pointer)).sum();
        let found = rows(&all(), from_ref(&file)).unwrap();
        println!("{name}: {} findings", found.len());
        assert_eq!((found.len(), counted), (known, known), "{name}");
        for row in &found {
            assert!(
                row[..6].iter().all(|cell| matches!(cell, Cell::Text(text) if !text.is_empty())),
                "{name}: {row:?}"
            );
            assert!(["critical", "high", "medium", "low", "info"].contains(&row[4].to_string().as_str()));
            assert!(["open", "fixed", "suppressed", "passed"].contains(&row[5].to_string().as_str()));
        }
    }
}

#[test]
fn no_public_report_is_left_out() {
    let reports = files("scans", "").into_iter().filter(|file| !file.name.ends_with(".txt"));
    let reports = reports.chain(files("prowler", ".ocsf.json"));
    for file in reports {
        assert!(PUBLIC.iter().any(|(_, name, ..)| *name == file.name), "{} is not counted", file.name);
    }
}

#[test]
fn the_csv_of_prowler_says_what_its_json_says() {
    let Some(found) = public("prowler", "example_output_aws.csv") else { return };
    println!("example_output_aws.csv: {} findings", found.len());
    let file = files("prowler", "example_output_aws.csv").remove(0);
    let counted = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.bytes.as_slice()).records().count();
    assert_eq!((found.len(), counted), (4, 4));
    assert_eq!(
        texts(&found)[0],
        [
            "Prowler",
            "<resource_uid>",
            "accessanalyzer_enabled",
            "Check if IAM Access Analyzer is enabled",
            "low",
            "open",
            "<region>",
            "",
            "",
            ""
        ]
    );
}

#[test]
fn public_reports_say_what_their_scanners_meant() {
    for (folder, name, expected) in [
        (
            "scans",
            "appendix_k.sarif",
            [
                "CodeScanner",
                "https://github.com/example-corp/browser",
                "C2001",
                "A variable was used without being initialized.",
                "high",
                "suppressed",
                "collections/list.h:15",
                "2016-07-15T14:20:42Z",
                "2016-07-16T14:20:42Z",
                "",
            ],
        ),
        (
            "scans",
            "gitleaks_7.5.0.sarif",
            [
                "Gitleaks",
                "dojo/unittests/scans/gitlab_secret_detection_report/gitlab_secret_detection_report_1_vuln.json",
                "AWS Access Key secret detected",
                "AWS Access Key secret detected",
                "medium",
                "open",
                "line 13",
                "",
                "",
                "",
            ],
        ),
        (
            "scans",
            "asff_many_vulns.json",
            [
                "Inspector",
                "arn:aws:ec2:eu-west-1:123456789123:instance/i-0asd2da21c8csd28s",
                "AWSInspector",
                "CVE-2017-9735 - org.eclipse.jetty:jetty-server, org.eclipse.jetty:jetty-util",
                "high",
                "open",
                "org.eclipse.jetty:jetty-server, org.eclipse.jetty:jetty-util",
                "2023-08-30T20:07:14Z",
                "2023-09-15T07:00:24Z",
                "CVE-2017-9735",
            ],
        ),
        (
            "scans",
            "issue_9263.json",
            [
                "Trivy",
                "sbom.json",
                "CVE-2013-7445",
                "kernel: memory exhaustion via crafted Graphics Execution Manager (GEM) objects",
                "high",
                "open",
                "requirements.txt: linux-libc-dev",
                "",
                "",
                "CVE-2013-7445",
            ],
        ),
        (
            "scans",
            "checkov-report-many-vuln.json",
            [
                "Checkov",
                "azurerm_key_vault.main",
                "CKV_AZURE_41",
                "Ensure the key vault is recoverable",
                "medium",
                "open",
                "file_path:1-16",
                "",
                "",
                "",
            ],
        ),
        (
            "prowler",
            "example_output_gcp.ocsf.json",
            [
                "Prowler",
                "<project_id>",
                "apikeys_key_exists",
                "Ensure API Keys Only Exist for Active Services",
                "medium",
                "passed",
                "global",
                "",
                "2025-02-14T13:27:20Z",
                "",
            ],
        ),
    ] {
        if let Some(found) = public(folder, name) {
            assert_eq!(texts(&found)[0], expected, "{name}");
        }
    }
}

#[test]
fn public_reports_have_the_severities_and_statuses_of_their_scanners() {
    let counted = |folder: &str, name: &str, severity: &str, status: &str| {
        let found = public(folder, name)?;
        Some(texts(&found).iter().filter(|row| row[4] == severity && row[5] == status).count())
    };
    for (folder, name, severity, status, expected) in [
        ("scans", "bash-report.sarif", "low", "open", 27),
        ("scans", "njsscan.sarif", "high", "open", 1),
        ("scans", "njsscan.sarif", "medium", "open", 1),
        ("scans", "all_statuses.json", "low", "open", 7),
        ("scans", "all_statuses.json", "low", "passed", 1),
        ("scans", "prowler_many_vuln.ocsf.json", "high", "open", 2),
        ("scans", "prowler_many_vuln.ocsf.json", "high", "suppressed", 1),
        ("prowler", "example_output_aws.ocsf.json", "medium", "open", 4),
        ("prowler", "example_output_gcp.ocsf.json", "critical", "passed", 2),
        ("prowler", "example_output_gcp.ocsf.json", "critical", "open", 1),
    ] {
        let counted = counted(folder, name, severity, status);
        assert!(counted.is_none_or(|counted| counted == expected), "{name}: {counted:?} are {severity} and {status}");
    }
}

#[test]
fn a_query_may_take_some_of_the_columns_in_any_order() {
    let report =
        json!({"check_type": "x", "results": {"failed_checks": [{"check_id": "C1", "resource": "r"}]}}).to_string();
    assert_eq!(found(&["status:text", "where?:text=location", "rule:text"], &report), [["open", "", "C1"]]);
    let unknown = refusal(&only(&["owner:text"]), &[raw("a.json", report)]);
    assert!(unknown.contains("a finding has no \"owner\"; it has tool, target, rule"), "{unknown}");
}

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

fn ocsf(more: Value) -> Value {
    let mut event = json!({"class_uid": 2003, "metadata": {"event_code": "check", "product": {"name": "Prowler"}},
        "finding_info": {"title": "t", "uid": "u"}, "severity_id": 4, "resources": [{"uid": "r"}]});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
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

const NESSUS: &str = r#"<?xml version="1.0" ?>
<NessusClientData_v2><Policy><policyName>p &amp; q</policyName></Policy>
<Report name="week" xmlns:cm="http://www.nessus.org/cm"><ReportHost name="db1"><HostProperties>
<tag name="HOST_END">Wed Jul  1 10:00:00 2026</tag><tag name="HOST_END_TIMESTAMP">1782900000</tag></HostProperties>
<ReportItem port="443" svc_name="www" protocol="tcp" severity="4" pluginID="10" pluginName="A &lt;b&gt; &#x26; c">
<cve>CVE-2026-1</cve><cve>CVE-2026-2</cve><plugin_output><![CDATA[</ReportItem>]]></plugin_output></ReportItem>
<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="11" pluginName="Info"/>
<ReportItem port="0" protocol="tcp" severity="3" pluginID="21157" pluginName="Unix Compliance Checks">
<cm:compliance-check-name>1.1 A rule</cm:compliance-check-name><cm:compliance-result>FAILED</cm:compliance-result></ReportItem>
<ReportItem port="0" protocol="tcp" severity="1" pluginID="21157"><cm:compliance-result>PASSED</cm:compliance-result>
<cm:compliance-check-name>1.2 A rule</cm:compliance-check-name></ReportItem></ReportHost>
<ReportHost name="web"><ReportItem port="22" protocol="tcp" severity="2" pluginID="12" pluginName="x"/></ReportHost></Report>
</NessusClientData_v2>
"#;

#[test]
fn nessus_gives_every_item_of_every_host() {
    let found = texts(&rows(&all(), &[raw("hosts.nessus", NESSUS)]).unwrap());
    let at = "2026-07-01T10:00:00Z";
    assert_eq!(found.len(), NESSUS.matches("<ReportItem ").count());
    assert_eq!(
        found,
        [
            ["Nessus", "db1", "10", "A <b> & c", "critical", "open", "tcp/443", "", at, "CVE-2026-1 CVE-2026-2"],
            ["Nessus", "db1", "11", "Info", "info", "open", "", "", at, ""],
            ["Nessus", "db1", "1.1 A rule", "1.1 A rule", "high", "open", "", "", at, ""],
            ["Nessus", "db1", "1.2 A rule", "1.2 A rule", "low", "passed", "", "", at, ""],
            ["Nessus", "web", "12", "x", "medium", "open", "tcp/22", "", "", ""],
        ]
    );
}

#[test]
fn xml_that_is_broken_or_of_another_kind_is_refused() {
    for (xml, expected) in [
        (NESSUS.replace("severity=\"2\"", "severity=\"9\""), "line 12: the severity of a ReportItem"),
        (NESSUS.replace("severity=\"2\" ", ""), "lacks its attribute \"severity\""),
        (NESSUS.replace("</ReportHost></Report>", "</Report></ReportHost>"), "line 12: this is not well-formed XML"),
        (NESSUS.replace("</NessusClientData_v2>", ""), "the file ends before its XML does"),
        (NESSUS[..NESSUS.len() / 2].to_owned(), "dir/report.any"),
        (format!("{NESSUS}<more/>"), "something stands behind the end"),
        (NESSUS.replace("NessusClientData_v2", "NessusClientData"), "no report of Nessus in version 2"),
        ("<NessusClientData_v2><Policy/></NessusClientData_v2>".to_owned(), "a policy, not a scan"),
        (NESSUS.replace(">FAILED<", ">ODD<"), "the compliance-result of a ReportItem is none of"),
    ] {
        let refusal = refused(&xml);
        assert!(refusal.contains(expected), "{refusal}");
    }
    let empty = "<NessusClientData_v2><Report name=\"x\"/></NessusClientData_v2>";
    assert!(found(&["rule:text"], empty).is_empty());
}

#[test]
fn xml_with_a_document_type_or_entities_of_its_own_is_refused() {
    let lol = "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">";
    let bomb = format!("<!DOCTYPE n [<!ENTITY a \"lol\">{lol}]>");
    let external = "<!DOCTYPE n [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for (doctype, entity) in [(bomb.as_str(), "&c;"), (external, "&x;"), ("<!DOCTYPE n SYSTEM \"http://x/n.dtd\">", "")]
    {
        let body = NESSUS.replace("CVE-2026-1", entity);
        let refusal = refused(&body.replacen("?>", &format!("?>{doctype}"), 1));
        assert!(refusal.contains("has a document type (DOCTYPE)"), "{refusal}");
        let refusal = refused(&body.replacen("<Policy>", doctype, 1));
        assert!(refusal.contains("has a document type (DOCTYPE)"), "{refusal}");
    }
    for broken in [
        NESSUS.replace("CVE-2026-1", "&x;"),
        NESSUS.replace("pluginID=\"12\"", "pluginID=\"&x;\""),
        NESSUS.replace("p &amp; q", "&x;"),
    ] {
        assert!(refused(&broken).contains("an entity that XML itself does not define"));
    }
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

#[test]
fn a_scan_without_findings_is_an_answer_of_no_rows() {
    let tool = json!({"driver": {"name": "t"}});
    for report in [
        json!([]),
        json!({"Findings": []}),
        json!({"version": "2.1.0", "runs": []}),
        json!({"version": "2.1.0", "runs": [{"tool": tool, "results": []}]}),
        json!({"SchemaVersion": 2, "ArtifactName": "a", "ArtifactType": "container_image"}),
        json!({"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Target": "a"}]}),
        json!({"check_type": "terraform", "results": {"passed_checks": [], "failed_checks": [], "skipped_checks": []}}),
        json!({"platform": {"name": "ubuntu"}, "profiles": [], "version": "5"}),
        json!({"bomFormat": "CycloneDX", "vulnerabilities": []}),
    ] {
        assert!(outcomes(&report).is_empty(), "{report}");
    }
}

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
fn reports_are_read_out_of_archives() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(NESSUS.as_bytes()).unwrap();
    assert_eq!(rows(&all(), &[raw("hosts.gz", gzip.finish().unwrap())]).unwrap().len(), 5);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("a.xml", NESSUS.to_owned()), ("b.json", ocsf(json!({})).to_string())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    assert_eq!(rows(&all(), &[raw("all.zip", zip.finish().unwrap().into_inner())]).unwrap().len(), 6);
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
