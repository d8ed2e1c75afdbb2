//! The variables that a function is configured by.

use domain::{TenantId, Timestamp};
use std::{collections::BTreeMap, path::PathBuf};

/// The variables of a function, as `infra/app.yaml` sets them. Each is read where it is needed, so that a function needs only
/// its own. Variables of other names, as credentials, are never kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

/// A variable that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// There is none.
    #[error("the environment variable {0} is not set: infra/app.yaml has to give it to this function")]
    Absent(&'static str),
    /// It says something that it cannot say.
    #[error("the environment variable {name} cannot be used: {reason}")]
    Unusable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Where sources deliver their files on S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcesPlace {
    /// The bucket.
    pub bucket: String,
    /// The start of every key, before `<tenant>/`; empty, or ending in `/`.
    pub prefix: String,
}

/// Where evidence is kept on AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePlace {
    /// The bucket with Object Lock.
    pub bucket: String,
    /// The bucket of working bytes, which expire.
    pub drafts_bucket: String,
    /// The table of records.
    pub table: String,
    /// The key that encrypts objects; none: the bucket's default.
    pub key: Option<String>,
}

const OTHERS: [&str; 4] = ["AWS_ENDPOINT_URL", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_LOG_LEVEL", "LAMBDA_TASK_ROOT"];

/// The collectors that are functions, by their names in a catalog, and where the environment names each.
const COLLECTORS: [(&str, &str); 6] = [
    ("aws", "EXHIBIT_COLLECT_AWS_FUNCTION"),
    ("files", "EXHIBIT_COLLECT_FILES_FUNCTION"),
    ("http", "EXHIBIT_COLLECT_HTTP_FUNCTION"),
    ("logs", "EXHIBIT_COLLECT_LOGS_FUNCTION"),
    ("sql", "EXHIBIT_COLLECT_SQL_FUNCTION"),
    ("upload", "EXHIBIT_COLLECT_UPLOAD_FUNCTION"),
];

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        // A variable that is not UTF-8 is none of ours.
        let texts =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::new(texts)
    }

    /// These variables.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |name: &str| name.starts_with("EXHIBIT_") || OTHERS.contains(&name);
        Self(variables.into_iter().filter(|(name, _)| ours(name)).collect())
    }

    /// `EXHIBIT_STAGE`: `dev`, `prod`.
    pub fn stage(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_STAGE")
    }

    /// `EXHIBIT_BUCKET`, `EXHIBIT_DRAFTS_BUCKET`, `EXHIBIT_TABLE`, `EXHIBIT_KEY`.
    pub fn storage(&self) -> Result<StoragePlace, EnvironmentError> {
        Ok(StoragePlace {
            bucket: self.required("EXHIBIT_BUCKET")?.to_owned(),
            drafts_bucket: self.required("EXHIBIT_DRAFTS_BUCKET")?.to_owned(),
            table: self.required("EXHIBIT_TABLE")?.to_owned(),
            key: self.optional("EXHIBIT_KEY").map(str::to_owned),
        })
    }

    /// `EXHIBIT_SOURCES_BUCKET`, `EXHIBIT_SOURCES_PREFIX`.
    pub fn sources(&self) -> Result<SourcesPlace, EnvironmentError> {
        let bucket = self.required("EXHIBIT_SOURCES_BUCKET")?.to_owned();
        let prefix = self.optional("EXHIBIT_SOURCES_PREFIX").unwrap_or_default().trim_matches('/');
        Ok(SourcesPlace { bucket, prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") } })
    }

    /// `EXHIBIT_CATALOG`, or `catalog` beside the program.
    pub fn catalog(&self) -> Result<PathBuf, EnvironmentError> {
        match self.optional("EXHIBIT_CATALOG") {
            Some(folder) => Ok(PathBuf::from(folder)),
            None => Ok(PathBuf::from(self.required("LAMBDA_TASK_ROOT")?).join("catalog")),
        }
    }

    /// `EXHIBIT_TENANTS`: `acme,globex`.
    pub fn tenants(&self) -> Result<Vec<TenantId>, EnvironmentError> {
        let name = "EXHIBIT_TENANTS";
        let tenants = self.required(name)?.split(',').map(|tenant| tenant.trim().parse());
        tenants.collect::<Result<_, domain::IdentifierError>>().map_err(|error| unusable(name, error))
    }

    /// `EXHIBIT_SINCE`: when collecting began; none when empty.
    pub fn since(&self) -> Result<Option<Timestamp>, EnvironmentError> {
        let name = "EXHIBIT_SINCE";
        let Some(text) = self.optional(name) else { return Ok(None) };
        let reason = |_| unusable(name, format!("{text:?} is no instant; write it as 2026-07-01T00:00:00Z"));
        text.parse().map(Some).map_err(reason)
    }

    /// `EXHIBIT_STATE_MACHINE_ARN`.
    pub fn state_machine(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_STATE_MACHINE_ARN")
    }

    /// `EXHIBIT_COLLECT_FILES_FUNCTION` and those of the other collectors: the ARN of each, by the collector's name in a catalog.
    pub fn collectors(&self) -> Result<BTreeMap<String, String>, EnvironmentError> {
        let of = |(name, variable): (&str, &'static str)| Ok((name.to_owned(), self.required(variable)?.to_owned()));
        COLLECTORS.into_iter().map(of).collect()
    }

    /// `EXHIBIT_SECRETS_PREFIX`: what the names of a collector's secrets begin with.
    pub fn secrets_prefix(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_SECRETS_PREFIX")
    }

    /// `EXHIBIT_RULE_PREFIX`: what the name of each rule begins with.
    pub fn rule_prefix(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_RULE_PREFIX")
    }

    /// `EXHIBIT_DEAD_LETTER_ARN`: the queue of invocations that failed for good.
    pub fn dead_letter(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_DEAD_LETTER_ARN")
    }

    /// `EXHIBIT_LOG_ORIGIN`: what the origin of each log begins with, before `/<tenant>`.
    pub fn log_origin(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_LOG_ORIGIN")
    }

    /// `EXHIBIT_LOG_KEY`: the ARN of the key in KMS that signs checkpoints.
    pub fn log_key(&self) -> Result<&str, EnvironmentError> {
        self.required("EXHIBIT_LOG_KEY")
    }

    /// `EXHIBIT_LOG_KEY_NEXT`: the ARN of the key that it hands over to; none unless it does.
    pub fn next_log_key(&self) -> Option<&str> {
        self.optional("EXHIBIT_LOG_KEY_NEXT")
    }

    /// `AWS_LAMBDA_FUNCTION_NAME`, as Lambda sets it.
    pub fn function_name(&self) -> Option<&str> {
        self.optional("AWS_LAMBDA_FUNCTION_NAME")
    }

    /// `EXHIBIT_TENANT_CLAIM`: which claim of a token names the tenant; `custom:tenant` unless given.
    pub fn tenant_claim(&self) -> &str {
        self.optional("EXHIBIT_TENANT_CLAIM").unwrap_or("custom:tenant")
    }

    /// `EXHIBIT_ROLES_CLAIM`: which claim of a token names the roles; `cognito:groups` unless given.
    pub fn roles_claim(&self) -> &str {
        self.optional("EXHIBIT_ROLES_CLAIM").unwrap_or("cognito:groups")
    }

    /// Whether AWS is an emulation at an address of its own (`AWS_ENDPOINT_URL`).
    pub fn is_emulated(&self) -> bool {
        self.optional("AWS_ENDPOINT_URL").is_some()
    }

    /// The level below which nothing is logged (`AWS_LAMBDA_LOG_LEVEL`, which Lambda sets from its own configuration).
    pub fn log_level(&self) -> &str {
        self.optional("AWS_LAMBDA_LOG_LEVEL").unwrap_or("INFO")
    }

    fn required(&self, name: &'static str) -> Result<&str, EnvironmentError> {
        self.optional(name).ok_or(EnvironmentError::Absent(name))
    }

    // Templates cannot leave a variable out, only empty.
    fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

fn unusable(name: &'static str, reason: impl ToString) -> EnvironmentError {
    EnvironmentError::Unusable { name, reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_variable_that_is_absent_or_empty_is_named() {
        for variables in [&[][..], &[("EXHIBIT_BUCKET", "evidence"), ("EXHIBIT_DRAFTS_BUCKET", " ")]] {
            let refused = environment(variables).storage().unwrap_err().to_string();
            let missing = if variables.is_empty() { "EXHIBIT_BUCKET" } else { "EXHIBIT_DRAFTS_BUCKET" };
            assert!(refused.contains(missing) && refused.contains("infra/app.yaml"), "{refused}");
        }
    }

    #[test]
    fn a_function_needs_only_its_own_variables() {
        let environment = environment(&[("EXHIBIT_TENANTS", "acme, globex"), ("LAMBDA_TASK_ROOT", "/var/task")]);
        assert_eq!(environment.tenants().unwrap().len(), 2);
        assert_eq!(environment.catalog().unwrap(), PathBuf::from("/var/task/catalog"));
        assert_eq!(environment.since().unwrap(), None);
        assert_eq!((environment.tenant_claim(), environment.roles_claim()), ("custom:tenant", "cognito:groups"));
        assert!(environment.storage().is_err() && environment.state_machine().is_err());
    }

    #[test]
    fn what_a_variable_says_wrong_is_told() {
        let environment = environment(&[("EXHIBIT_TENANTS", "acme,../x"), ("EXHIBIT_SINCE", "yesterday")]);
        let refused = environment.tenants().unwrap_err().to_string();
        assert!(refused.contains("EXHIBIT_TENANTS") && refused.contains("../x"), "{refused}");
        let refused = environment.since().unwrap_err().to_string();
        assert!(refused.contains("EXHIBIT_SINCE") && refused.contains("yesterday"), "{refused}");
    }

    #[test]
    fn a_prefix_ends_in_one_slash_however_it_is_written() {
        for (written, prefix) in [("", ""), ("/", ""), ("in", "in/"), ("/in/files//", "in/files/")] {
            let variables = [("EXHIBIT_SOURCES_BUCKET", "sources"), ("EXHIBIT_SOURCES_PREFIX", written)];
            assert_eq!(environment(&variables).sources().unwrap().prefix, prefix, "{written:?}");
        }
    }

    #[test]
    fn credentials_are_not_kept() {
        let environment = environment(&[("AWS_SECRET_ACCESS_KEY", "hush"), ("EXHIBIT_STAGE", "dev")]);
        assert!(!format!("{environment:?}").contains("hush"));
        assert_eq!(environment.stage(), Ok("dev"));
    }
}
