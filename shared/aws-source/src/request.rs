//! Requests to services of AWS, in the protocol of each.

use crate::{Partition, Place};
use http_source::SignedRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;
use url::form_urlencoded;

// What names of answers hold as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'*');

/// A service and how it is spoken to.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// What its host begins with, and what it is called in signatures: `kms`.
    pub name: &'static str,
    protocol: Protocol,
}

#[derive(Debug, PartialEq, Eq)]
enum Protocol {
    /// The operation stands in a header, behind this.
    Json { version: &'static str, target: &'static str },
    /// The operation is a parameter of a form.
    Query { version: &'static str },
    /// The operation is a method and a path.
    Rest,
}

/// The services that are known.
pub mod services {
    use super::{Protocol, Service};

    /// Cloud Control API.
    pub const CLOUD_CONTROL: Service =
        Service { name: "cloudcontrolapi", protocol: Protocol::Json { version: "1.0", target: "CloudApiService" } };
    /// CloudTrail.
    pub const CLOUD_TRAIL: Service = Service {
        name: "cloudtrail",
        protocol: Protocol::Json { version: "1.1", target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" },
    };
    /// AWS Config.
    pub const CONFIG: Service =
        Service { name: "config", protocol: Protocol::Json { version: "1.1", target: "StarlingDoveService" } };
    /// IAM, which has no regions.
    pub const IAM: Service = Service { name: "iam", protocol: Protocol::Query { version: "2010-05-08" } };
    /// KMS.
    pub const KMS: Service =
        Service { name: "kms", protocol: Protocol::Json { version: "1.1", target: "TrentService" } };
    /// CloudWatch Logs.
    pub const LOGS: Service =
        Service { name: "logs", protocol: Protocol::Json { version: "1.1", target: "Logs_20140328" } };
    /// S3.
    pub const S3: Service = Service { name: "s3", protocol: Protocol::Rest };
    /// Security Hub.
    pub const SECURITY_HUB: Service = Service { name: "securityhub", protocol: Protocol::Rest };
    /// STS.
    pub const STS: Service = Service { name: "sts", protocol: Protocol::Query { version: "2011-06-15" } };
}

/// One operation of one service.
#[derive(Debug, Clone)]
pub struct Request {
    service: &'static Service,
    operation: &'static str,
    method: &'static str,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<Vec<u8>>,
    subject: Option<String>,
    page: Option<usize>,
    pub(crate) expected: &'static [&'static str],
}

impl Request {
    /// An operation of a service that speaks JSON.
    pub fn json(service: &'static Service, operation: &'static str, body: &Value) -> Self {
        let mut headers = BTreeMap::new();
        if let Protocol::Json { version, target } = service.protocol {
            headers.insert("content-type".to_owned(), format!("application/x-amz-json-{version}"));
            headers.insert("x-amz-target".to_owned(), format!("{target}.{operation}"));
        }
        let body = Some(body.to_string().into_bytes());
        Self { headers, body, ..Self::rest(service, operation, "POST", "/") }
    }

    /// An operation of a service that takes forms and answers in XML.
    pub fn query(service: &'static Service, operation: &'static str) -> Self {
        let version = if let Protocol::Query { version } = service.protocol { version } else { "" };
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.append_pair("Action", operation).append_pair("Version", version).finish().into_bytes();
        let kind = ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned());
        Self { headers: BTreeMap::from([kind]), body: Some(body), ..Self::rest(service, operation, "POST", "/") }
    }

    /// An operation that is a method and a path, with its parameters.
    pub fn rest(service: &'static Service, operation: &'static str, method: &'static str, path: &str) -> Self {
        let (path, headers) = (path.to_owned(), BTreeMap::new());
        Self { service, operation, method, path, headers, body: None, subject: None, page: None, expected: &[] }
    }

    /// With a JSON text.
    #[must_use]
    pub fn with(mut self, body: &Value) -> Self {
        self.headers.insert("content-type".to_owned(), "application/json".to_owned());
        Self { body: Some(body.to_string().into_bytes()), ..self }
    }

    /// About one thing: its answer is named so.
    #[must_use]
    pub fn about(self, subject: &str) -> Self {
        Self { subject: Some(utf8_percent_encode(subject, &PLAIN).to_string()), ..self }
    }

    /// The page of that number, the first being 1.
    #[must_use]
    pub fn page(self, page: usize) -> Self {
        Self { page: Some(page), ..self }
    }

    /// An error with one of these codes is an answer.
    #[must_use]
    pub fn expecting(self, expected: &'static [&'static str]) -> Self {
        Self { expected, ..self }
    }

    /// Whether it is to `service`.
    pub(crate) fn is_to(&self, service: &Service) -> bool {
        self.service == service
    }

    /// `111122223333/eu-west-1/kms/ListKeys#0001`
    pub(crate) fn name(&self, place: &Place<'_>) -> String {
        let Self { service, operation, .. } = self;
        let subject = self.subject.as_ref().map(|subject| format!("/{subject}")).unwrap_or_default();
        let page = self.page.map(|page| format!("#{page:04}")).unwrap_or_default();
        format!("{}/{}/{}/{operation}{subject}{page}", place.account.id, place.region, service.name)
    }

    /// The request as it is sent to `place`.
    pub(crate) fn signed(&self, place: &Place<'_>, partition: &Partition, emulator: Option<&str>) -> SignedRequest {
        let own = || partition.endpoint(self.service.name, place.region);
        SignedRequest {
            method: self.method,
            endpoint: emulator.map_or_else(own, str::to_owned),
            path: self.path.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            service: self.service.name.to_owned(),
            region: place.region.to_owned(),
            name: self.name(place),
        }
    }
}
