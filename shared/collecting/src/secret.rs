//! Secrets by name: what proves to a source who asks.

use crate::CollectError;
use domain::SecretName;
use std::{fmt, fs, path::PathBuf};

/// A secret. It shows itself nowhere but where it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret from its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where secrets are.
#[derive(Debug, Clone)]
pub enum Secrets {
    /// On one machine: the variable `EXHIBIT_SECRET_<NAME>` of the process, or a file that only its owner may read.
    Local {
        /// The folder of the files, each called as its secret.
        folder: PathBuf,
    },
    /// In Secrets Manager, under `<prefix><name>`.
    #[cfg(feature = "aws")]
    Aws {
        /// What asks.
        client: aws_sdk_secretsmanager::Client,
        /// What each name begins with: `exhibit/dev/`.
        prefix: String,
    },
}

impl Secrets {
    /// Secrets Manager with the configuration of a function, under names that begin with `prefix`.
    #[cfg(feature = "aws")]
    pub fn of_aws(config: &aws_config::SdkConfig, prefix: String) -> Self {
        Secrets::Aws { client: aws_sdk_secretsmanager::Client::new(config), prefix }
    }

    /// The secret of that name. Messages name it, and never show it.
    pub async fn get(&self, name: &SecretName) -> Result<Secret, CollectError> {
        match self {
            Secrets::Local { folder } => local(folder, name),
            #[cfg(feature = "aws")]
            Secrets::Aws { client, prefix } => of_secrets_manager(client, prefix, name).await,
        }
    }
}

fn variable(name: &SecretName) -> String {
    format!("EXHIBIT_SECRET_{}", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

fn local(folder: &std::path::Path, name: &SecretName) -> Result<Secret, CollectError> {
    let variable = variable(name);
    if let Ok(text) = std::env::var(&variable)
        && !text.is_empty()
    {
        return Ok(Secret::new(text));
    }
    let path = folder.join(name.as_str());
    let refused = |reason: String| CollectError::Secret { name: name.clone(), reason };
    let missing = |error| refused(format!("there is neither {variable} nor {}: {error}", path.display()));
    let metadata = fs::metadata(&path).map_err(missing)?;
    if is_open_to_others(&metadata) {
        return Err(refused(format!("{0} can be read by others: chmod 600 {0}", path.display())));
    }
    let text = fs::read_to_string(&path).map_err(missing)?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(refused(format!("{} is empty", path.display()))) } else { Ok(Secret::new(text)) }
}

// What the SDK says of a request is not told: it could hold what was asked with.
#[cfg(feature = "aws")]
async fn of_secrets_manager(
    client: &aws_sdk_secretsmanager::Client,
    prefix: &str,
    name: &SecretName,
) -> Result<Secret, CollectError> {
    use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
    let id = format!("{prefix}{name}");
    let answer = client.get_secret_value().secret_id(&id).send().await.map_err(|error| {
        let code = error.as_service_error().and_then(|said| said.code()).unwrap_or("no answer").to_owned();
        match code.as_str() {
            "no answer" | "InternalServiceError" | "ThrottlingException" => {
                CollectError::Unanswered { endpoint: format!("Secrets Manager, {id}"), reason: code }
            }
            _ => CollectError::Secret { name: name.clone(), reason: format!("Secrets Manager says {code} of {id}") },
        }
    })?;
    let absent = || CollectError::Secret { name: name.clone(), reason: format!("{id} holds no text") };
    answer.secret_string.map(Secret::new).ok_or_else(absent)
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn a_file_is_read_for_its_owner_alone_and_no_message_shows_it() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::Local { folder: folder.path().to_owned() };
        let name: SecretName = "github-token".parse().unwrap();
        let absent = secrets.get(&name).await.unwrap_err().to_string();
        assert!(absent.contains("EXHIBIT_SECRET_GITHUB_TOKEN") && absent.contains("github-token"), "{absent}");
        let path = folder.path().join("github-token");
        fs::write(&path, "hunter2\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let open = secrets.get(&name).await.unwrap_err().to_string();
        assert!(open.contains("chmod 600") && !open.contains("hunter2"), "{open}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let secret = secrets.get(&name).await.unwrap();
        assert_eq!((secret.expose(), format!("{secret:?} {secrets:?}").contains("hunter2")), ("hunter2", false));
    }
}
