//! In what something was found, and where in it.

use super::Event;
use crate::answer::findings::{
    finding::{first, joined, place},
    scalar::Scalar,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Resource {
    uid: Option<Scalar>,
    name: Option<String>,
    region: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Device {
    hostname: Option<String>,
    name: Option<String>,
    uid: Option<Scalar>,
    ip: Option<String>,
}

/// `cloud`
#[derive(Deserialize)]
pub(super) struct Account {
    account: Option<Resource>,
    region: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Vulnerability {
    cve: Option<Numbered>,
    advisory: Option<Numbered>,
    /// `packages` until version 1.0.
    #[serde(alias = "packages")]
    affected_packages: Option<Vec<Package>>,
    affected_code: Option<Vec<Code>>,
}

#[derive(Deserialize)]
struct Numbered {
    uid: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    file: Option<File>,
    start_line: Option<u64>,
    end_line: Option<u64>,
}

#[derive(Deserialize)]
struct File {
    path: Option<String>,
    name: Option<String>,
}

impl Resource {
    fn label(&self) -> Option<String> {
        first([self.uid.as_ref().map(|uid| uid.0.as_str()), self.name.as_deref()])
    }
}

impl Device {
    fn label(&self) -> Option<String> {
        first([
            self.hostname.as_deref(),
            self.name.as_deref(),
            self.uid.as_ref().map(|uid| uid.0.as_str()),
            self.ip.as_deref(),
        ])
    }
}

impl Code {
    fn label(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        place(first([file.path.as_deref(), file.name.as_deref()]).as_deref(), self.start_line, self.end_line)
    }
}

impl Event {
    pub(super) fn target(&self) -> Option<String> {
        let labels: Vec<String> = self.every_resource().filter_map(Resource::label).collect();
        let resources = joined(labels.iter().map(String::as_str), " ");
        let device = || self.device.as_ref()?.label();
        let account = || self.cloud.as_ref()?.account.as_ref()?.label();
        resources.or_else(device).or_else(account)
    }

    /// The packages or the code, else the region.
    pub(super) fn location(&self) -> Option<String> {
        let packages = self.weaknesses().flat_map(|weakness| weakness.affected_packages.iter().flatten());
        let packages = joined(packages.filter_map(|package| package.name.as_deref()), ", ");
        let code = self.weaknesses().flat_map(|weakness| weakness.affected_code.iter().flatten());
        let code: Vec<String> = code.filter_map(Code::label).collect();
        let code = joined(code.iter().map(String::as_str), ", ");
        let region = self.every_resource().find_map(|resource| resource.region.as_deref());
        let cloud = self.cloud.as_ref().and_then(|cloud| cloud.region.as_deref());
        code.or(packages).or_else(|| first([region, cloud]))
    }

    pub(super) fn identifier(&self) -> Option<String> {
        let number = |numbered: &'_ Option<Numbered>| numbered.as_ref().and_then(|numbered| numbered.uid.clone());
        let numbers: Vec<String> = self
            .weaknesses()
            .filter_map(|weakness| number(&weakness.cve).or_else(|| number(&weakness.advisory)))
            .collect();
        joined(numbers.iter().map(String::as_str), " ")
    }

    fn every_resource(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().flatten().chain(&self.resource)
    }

    fn weaknesses(&self) -> impl Iterator<Item = &Vulnerability> {
        self.vulnerabilities.iter().flatten()
    }
}
