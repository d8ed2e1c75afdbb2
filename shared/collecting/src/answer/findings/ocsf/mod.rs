//! Findings of the Open Cybersecurity Schema Framework (<https://schema.ocsf.io/categories/findings>), as Prowler, Security Hub
//! and others write them.

mod outcome;
mod place;

use super::{
    finding::{Finding, first},
    report::Report,
    scalar::Scalar,
    table::Table,
};
use crate::CollectError;
use place::{Account, Device, Resource, Vulnerability};
use serde::Deserialize;

const FORMAT: &str = "OCSF";

#[derive(Deserialize)]
struct Event {
    class_uid: u64,
    metadata: Metadata,
    /// `finding` until version 1.0.
    #[serde(alias = "finding")]
    finding_info: Info,
    severity_id: Option<i64>,
    severity: Option<String>,
    status_id: Option<i64>,
    status: Option<String>,
    status_code: Option<Scalar>,
    activity_id: Option<i64>,
    muted: Option<bool>,
    unmapped: Option<Unmapped>,
    compliance: Option<Compliance>,
    resources: Option<Vec<Resource>>,
    resource: Option<Resource>,
    device: Option<Device>,
    cloud: Option<Account>,
    vulnerabilities: Option<Vec<Vulnerability>>,
    time: Option<Scalar>,
    time_dt: Option<Scalar>,
}

#[derive(Deserialize)]
struct Metadata {
    event_code: Option<Scalar>,
    product: Product,
}

#[derive(Deserialize)]
struct Product {
    name: Option<String>,
    vendor_name: Option<String>,
    /// Where Prowler 3 names the rule.
    feature: Option<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    uid: Option<Scalar>,
}

#[derive(Deserialize)]
struct Info {
    title: Option<String>,
    uid: Option<Scalar>,
    analytic: Option<Analytic>,
    first_seen_time: Option<Scalar>,
    first_seen_time_dt: Option<Scalar>,
    last_seen_time: Option<Scalar>,
    last_seen_time_dt: Option<Scalar>,
}

#[derive(Deserialize)]
struct Analytic {
    uid: Option<Scalar>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Unmapped {
    muted: Option<bool>,
}

#[derive(Deserialize)]
struct Compliance {
    control: Option<String>,
    status: Option<String>,
    status_id: Option<i64>,
}

pub(super) fn read<'a>(report: &Report<'a>, json: &'a str, table: &mut Table<'_>) -> Result<(), CollectError> {
    let event: Event = report.parse(FORMAT, json)?;
    // The category is in the thousands; extensions count from 100,000.
    if event.class_uid % 100_000 / 1_000 != 2 {
        return Err(report.refuse(json, "this is an OCSF event of another category than findings (class_uid 2…)"));
    }
    let finding = event.finding().map_err(|reason| report.refuse(json, reason))?;
    table.row(json, &finding)
}

impl Event {
    fn finding(self) -> Result<Finding, &'static str> {
        let rule = self.rule().ok_or("this finding names neither a rule nor itself")?;
        let product = &self.metadata.product;
        let seen = |times: [&Option<Scalar>; 2]| times.into_iter().flatten().find(|time| time.0 != "0").cloned();
        let info = &self.finding_info;
        Ok(Finding {
            tool: first([product.name.as_deref(), product.vendor_name.as_deref()]).ok_or("its product has no name")?,
            target: self.target().ok_or("this finding names no resource, device or account")?,
            title: first([info.title.as_deref()]).unwrap_or_else(|| rule.clone()),
            rule,
            severity: outcome::severity(&self)?,
            status: outcome::status(&self)?,
            location: self.location(),
            first_seen: seen([&info.first_seen_time, &info.first_seen_time_dt]),
            last_seen: seen([&info.last_seen_time, &info.last_seen_time_dt])
                .or_else(|| seen([&self.time, &self.time_dt])),
            identifier: self.identifier(),
        })
    }

    fn rule(&self) -> Option<String> {
        let product = &self.metadata.product;
        let analytic = self.finding_info.analytic.as_ref();
        first([
            self.metadata.event_code.as_ref().map(|code| code.0.as_str()),
            self.compliance.as_ref().and_then(|compliance| compliance.control.as_deref()),
            product.feature.as_ref().and_then(|feature| feature.uid.as_ref()).map(|uid| uid.0.as_str()),
            analytic.and_then(|analytic| analytic.uid.as_ref()).map(|uid| uid.0.as_str()),
            analytic.and_then(|analytic| analytic.name.as_deref()),
            self.identifier().as_deref(),
            self.finding_info.title.as_deref(),
            self.finding_info.uid.as_ref().map(|uid| uid.0.as_str()),
        ])
    }
}
