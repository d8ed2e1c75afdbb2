//! Each public report against an independent count.

use crate::{
    all,
    support::{files, rows, texts},
};
use domain::evidence::Cell;
use serde_json::Value;
use std::slice::from_ref;

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

/// Folder, file, the known number of its findings, and where they are.
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
fn every_record_of_the_csv_of_prowler_is_one_row() {
    let name = "example_output_aws.csv";
    let Some(found) = public("prowler", name) else { return };
    println!("{name}: {} findings", found.len());
    let file = files("prowler", name).remove(0);
    let counted = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.bytes.as_slice()).records().count();
    assert_eq!((found.len(), counted), (4, 4));
}

#[test]
fn public_reports_say_what_their_scanners_meant() {
    for (folder, name, expected) in [
        (
            "scans",
            "appendix_k.sarif",
            "CodeScanner|https://github.com/example-corp/browser|C2001|A variable was used without being initialized.|high|suppressed|\
             collections/list.h:15|2016-07-15T14:20:42Z|2016-07-16T14:20:42Z|",
        ),
        (
            "scans",
            "gitleaks_7.5.0.sarif",
            "Gitleaks|dojo/unittests/scans/gitlab_secret_detection_report/gitlab_secret_detection_report_1_vuln.json|\
             AWS Access Key secret detected|AWS Access Key secret detected|medium|open|line 13|||",
        ),
        (
            "scans",
            "asff_many_vulns.json",
            "Inspector|arn:aws:ec2:eu-west-1:123456789123:instance/i-0asd2da21c8csd28s|AWSInspector|\
             CVE-2017-9735 - org.eclipse.jetty:jetty-server, org.eclipse.jetty:jetty-util|high|open|\
             org.eclipse.jetty:jetty-server, org.eclipse.jetty:jetty-util|2023-08-30T20:07:14Z|2023-09-15T07:00:24Z|CVE-2017-9735",
        ),
        (
            "scans",
            "issue_9263.json",
            "Trivy|sbom.json|CVE-2013-7445|kernel: memory exhaustion via crafted Graphics Execution Manager (GEM) objects|high|open|\
             requirements.txt: linux-libc-dev|||CVE-2013-7445",
        ),
        (
            "scans",
            "checkov-report-many-vuln.json",
            "Checkov|azurerm_key_vault.main|CKV_AZURE_41|Ensure the key vault is recoverable|medium|open|file_path:1-16|||",
        ),
        (
            "prowler",
            "example_output_gcp.ocsf.json",
            "Prowler|<project_id>|apikeys_key_exists|Ensure API Keys Only Exist for Active Services|medium|passed|global||\
             2025-02-14T13:27:20Z|",
        ),
        (
            "prowler",
            "example_output_aws.csv",
            "Prowler|<resource_uid>|accessanalyzer_enabled|Check if IAM Access Analyzer is enabled|low|open|<region>|||",
        ),
    ] {
        if let Some(found) = public(folder, name) {
            assert_eq!(texts(&found)[0].join("|"), expected, "{name}");
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
