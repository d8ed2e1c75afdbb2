//! `[aws]`

use crate::{
    AwsRead,
    reading::document::{Document, Members},
    request::AwsReadName,
};

pub(super) fn read<'a>(document: &mut Document<'a>, mut table: Members<'a>) -> Option<AwsRead> {
    let read = table.required::<AwsReadName>(document, "read")?.value;
    let found = match read {
        AwsReadName::Resources => resources(document, &mut table),
        AwsReadName::CredentialReport => Some(AwsRead::CredentialReport),
        AwsReadName::PasswordPolicy => Some(AwsRead::PasswordPolicy),
        AwsReadName::TrailStatus => Some(AwsRead::TrailStatus),
        AwsReadName::KeyRotation => Some(AwsRead::KeyRotation),
        AwsReadName::ConfigFindings => Some(AwsRead::ConfigFindings),
        AwsReadName::SecurityHubFindings => Some(AwsRead::SecurityHubFindings),
    };
    table.finish(document);
    found
}

fn resources<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<AwsRead> {
    let name = table.required::<String>(document, "type")?;
    let parts: Vec<&str> = name.value.split("::").collect();
    let plain = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if parts.len() != 3 || !parts.iter().all(plain) {
        document.problem(name.at, format!("{:?} is not a type of resource: write AWS::S3::Bucket", name.value));
    }
    Some(AwsRead::Resources { type_name: name.value })
}
