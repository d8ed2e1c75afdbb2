//! Nessus, version 2 of its XML
//! (<https://docs.tenable.com/quick-reference/nessus-file-format/Nessus-v2-File-Format.htm>):
//! `NessusClientData_v2/Report/ReportHost/ReportItem`.

use super::{
    finding::{Finding, first, joined},
    report::Report,
    scalar::Scalar,
    severity::Severity,
    status::Status,
    table::Table,
    xml::{Element, Xml},
};
use crate::CollectError;

/// What all findings of a machine have in common.
struct Host {
    name: String,
    ended: Option<Scalar>,
}

/// What the elements of a `ReportItem` say.
#[derive(Default)]
struct Details {
    weaknesses: Vec<String>,
    /// Of a rule of a baseline: `PASSED`, `FAILED`, `WARNING`, `ERROR`.
    compliance_result: Option<String>,
    compliance_rule: Option<String>,
}

pub(super) fn read(report: &Report<'_>, table: &mut Table<'_>) -> Result<(), CollectError> {
    let mut xml = Xml::new(report);
    let root = xml.root()?;
    if !root.is("NessusClientData_v2") {
        let reason = "this XML is no report of Nessus in version 2 (NessusClientData_v2), the only XML that is read";
        return Err(xml.refuse(reason));
    }
    let mut reports = 0_u64;
    while let Some(element) = xml.child()? {
        if element.is("Report") {
            reports += 1;
            read_hosts(&mut xml, table)?;
        } else {
            xml.skip()?;
        }
    }
    xml.finish()?;
    match reports {
        0 => Err(report.refuse_whole("it has no Report: this is a policy, not a scan; export the scan")),
        _ => Ok(()),
    }
}

fn read_hosts(xml: &mut Xml<'_>, table: &mut Table<'_>) -> Result<(), CollectError> {
    while let Some(element) = xml.child()? {
        if element.is("ReportHost") {
            let name = xml.required(&element, "name")?;
            read_host(xml, Host { name, ended: None }, table)?;
        } else {
            xml.skip()?;
        }
    }
    Ok(())
}

fn read_host(xml: &mut Xml<'_>, mut host: Host, table: &mut Table<'_>) -> Result<(), CollectError> {
    while let Some(element) = xml.child()? {
        match element.name().as_str() {
            "HostProperties" => host.ended = read_end(xml)?.or(host.ended),
            "ReportItem" => {
                let part = xml.part(&element);
                table.row(part, &finding(xml, &host, &element)?)?;
            }
            _ => xml.skip()?,
        }
    }
    Ok(())
}

/// When the scan of the machine ended, in seconds since 1970; `HOST_END` beside it has no zone.
fn read_end(xml: &mut Xml<'_>) -> Result<Option<Scalar>, CollectError> {
    let mut ended = None;
    while let Some(element) = xml.child()? {
        if xml.attribute(&element, "name")?.as_deref() == Some("HOST_END_TIMESTAMP") {
            ended = Some(Scalar(xml.text()?));
        } else {
            xml.skip()?;
        }
    }
    Ok(ended)
}

fn finding(xml: &mut Xml<'_>, host: &Host, element: &Element<'_>) -> Result<Finding, CollectError> {
    let plugin = xml.required(element, "pluginID")?;
    let name = xml.attribute(element, "pluginName")?;
    let severity = severity(&xml.required(element, "severity")?);
    let severity = severity.ok_or_else(|| xml.refuse("the severity of a ReportItem is no number from 0 to 4"))?;
    let location = location(xml.attribute(element, "protocol")?, xml.attribute(element, "port")?);
    let details = details(xml)?;
    let status = status(details.compliance_result.as_deref()).map_err(|reason| xml.refuse(reason))?;
    let rule = first([details.compliance_rule.as_deref()]).unwrap_or(plugin);
    Ok(Finding {
        tool: "Nessus".to_owned(),
        target: host.name.clone(),
        title: first([details.compliance_rule.as_deref(), name.as_deref()]).unwrap_or_else(|| rule.clone()),
        rule,
        severity,
        status,
        location,
        first_seen: None,
        last_seen: host.ended.clone(),
        identifier: joined(details.weaknesses.iter().map(String::as_str), " "),
    })
}

fn details(xml: &mut Xml<'_>) -> Result<Details, CollectError> {
    let mut details = Details::default();
    while let Some(element) = xml.child()? {
        match element.name().as_str() {
            "cve" => details.weaknesses.push(xml.text()?),
            "cm:compliance-result" => details.compliance_result = Some(xml.text()?),
            "cm:compliance-check-name" => details.compliance_rule = Some(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(details)
}

/// Port 0 is the machine as a whole.
fn location(protocol: Option<String>, port: Option<String>) -> Option<String> {
    let port = port.filter(|port| port != "0")?;
    Some(format!("{}/{port}", protocol?))
}

fn severity(number: &str) -> Option<Severity> {
    match number {
        "0" => Some(Severity::Info),
        "1" => Some(Severity::Low),
        "2" => Some(Severity::Medium),
        "3" => Some(Severity::High),
        "4" => Some(Severity::Critical),
        _ => None,
    }
}

fn status(compliance_result: Option<&str>) -> Result<Status, &'static str> {
    match compliance_result.map(str::trim) {
        Some("PASSED") => Ok(Status::Passed),
        None | Some("FAILED" | "WARNING" | "ERROR") => Ok(Status::Open),
        Some(_) => Err("the compliance-result of a ReportItem is none of PASSED, FAILED, WARNING, ERROR"),
    }
}
