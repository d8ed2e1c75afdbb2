//! What can be read of AWS: each read with the operations it needs and the rows it gives.

mod config_rules;
mod credential_report;
mod keys;
mod password_policy;
mod resources;
mod security_hub;
mod trails;

use crate::rows::Composed;
use aws_source::{Aws, WITHHELD};
use catalog::AwsRead;
use collecting::CollectError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every row of a read.
pub(crate) async fn rows(aws: &Aws<'_>, read: &AwsRead) -> Result<Composed, CollectError> {
    match read {
        AwsRead::Resources { type_name } => resources::rows(aws, type_name).await,
        AwsRead::CredentialReport => credential_report::rows(aws).await,
        AwsRead::PasswordPolicy => password_policy::rows(aws).await,
        AwsRead::TrailStatus => trails::rows(aws).await,
        AwsRead::KeyRotation => keys::rows(aws).await,
        AwsRead::ConfigFindings => config_rules::rows(aws).await,
        AwsRead::SecurityHubFindings => security_hub::rows(aws).await,
    }
}

/// What is asked, as a person addresses it: `aws:key-rotation`.
pub(crate) fn endpoint(read: &AwsRead) -> String {
    match read {
        AwsRead::Resources { type_name } => format!("aws:resources/{type_name}"),
        AwsRead::CredentialReport => "aws:credential-report".to_owned(),
        AwsRead::PasswordPolicy => "aws:password-policy".to_owned(),
        AwsRead::TrailStatus => "aws:trail-status".to_owned(),
        AwsRead::KeyRotation => "aws:key-rotation".to_owned(),
        AwsRead::ConfigFindings => "aws:config-findings".to_owned(),
        AwsRead::SecurityHubFindings => "aws:security-hub-findings".to_owned(),
    }
}

/// What is sent, by name.
pub(crate) fn parameters(read: &AwsRead) -> BTreeMap<String, String> {
    let own = match read {
        AwsRead::Resources { type_name } => {
            vec![("operations", resources::operations(type_name)), ("type", type_name.as_str()), ("withheld", WITHHELD)]
        }
        AwsRead::CredentialReport => vec![("operations", "iam:GenerateCredentialReport iam:GetCredentialReport")],
        AwsRead::PasswordPolicy => vec![("operations", "iam:GetAccountPasswordPolicy")],
        AwsRead::TrailStatus => vec![("operations", "cloudtrail:DescribeTrails cloudtrail:GetTrailStatus")],
        AwsRead::KeyRotation => vec![("operations", "kms:ListKeys kms:DescribeKey kms:GetKeyRotationStatus")],
        AwsRead::ConfigFindings => {
            vec![(
                "operations",
                "config:DescribeConfigurationRecorderStatus config:DescribeConfigRules config:GetComplianceDetailsByConfigRule",
            )]
        }
        AwsRead::SecurityHubFindings => {
            vec![("filters", security_hub::FILTERS), ("operations", "securityhub:GetFindings")]
        }
    };
    own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

// What is asked for the page that a token says.
fn turned(mut body: Value, name: &str, token: Option<&str>) -> Value {
    if let (Some(members), Some(token)) = (body.as_object_mut(), token) {
        members.insert(name.to_owned(), token.into());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    // What Cloud Control's read handlers ask themselves, as their schemas say it.
    const OF_HANDLERS: [&str; 8] = [
        "s3:ListBucket",
        "rds:DescribeDBInstances",
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
    ];

    #[test]
    fn the_role_may_do_what_every_read_asks() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/read-role.yaml");
        let role = fs::read_to_string(file).unwrap();
        let may = |action: &str| role.lines().any(|line| line.trim() == format!("- {action}"));
        let resources = |type_name: &str| AwsRead::Resources { type_name: type_name.to_owned() };
        for read in [
            resources("AWS::S3::Bucket"),
            resources("AWS::RDS::DBInstance"),
            AwsRead::CredentialReport,
            AwsRead::PasswordPolicy,
            AwsRead::TrailStatus,
            AwsRead::KeyRotation,
            AwsRead::ConfigFindings,
            AwsRead::SecurityHubFindings,
        ] {
            for operation in parameters(&read)["operations"].split(' ') {
                // The names of actions are others than those of the APIs.
                let action = operation.replace("cloudcontrolapi:", "cloudformation:");
                assert!(may(&action.replace("s3:ListBuckets", "s3:ListAllMyBuckets")), "{operation}");
            }
        }
        OF_HANDLERS.iter().for_each(|action| assert!(may(action), "{action}"));
    }
}
