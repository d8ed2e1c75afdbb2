//! `exhibit.toml`: what one data directory is for.

use domain::{Actor, SourceId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// The content of `exhibit.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Whose evidence is kept.
    pub tenant: TenantId,
    /// The identity that collects and asks for reports, unless a command says otherwise.
    pub actor: Actor,
    /// When collecting began: earlier slots are not missing. None: every slot is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The name of the log, which stands on every checkpoint: `acme.example/exhibit`. None: `exhibit/<tenant>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The folder below which sources deliver their files; relative to the data directory.
    pub sources: PathBuf,
    /// The folder of the catalog; relative to the data directory. None: the catalog that ships with Exhibit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<PathBuf>,
    /// File patterns of sources that deliver elsewhere than the catalog says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<SourceId, Vec<String>>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// There is none.
    #[error("{0} is no data directory of Exhibit: it has no exhibit.toml. Make one with `exhibit init`")]
    Absent(PathBuf),
    /// It could not be read or written.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It says something that it cannot say.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What, with its line.
        message: String,
    },
}

impl Configuration {
    /// The file's name.
    pub const FILE: &'static str = "exhibit.toml";

    /// The name of the log, given or not.
    pub fn log_origin(&self) -> String {
        self.origin.clone().unwrap_or_else(|| format!("exhibit/{}", self.tenant))
    }

    /// Reads the configuration of a data directory.
    pub fn read(directory: &Path) -> Result<Self, ConfigurationError> {
        let path = directory.join(Self::FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ConfigurationError::Absent(directory.to_owned()),
            _ => ConfigurationError::Unreadable { path: path.clone(), source },
        })?;
        toml::from_str(&text).map_err(|error| ConfigurationError::Malformed { path, message: error.to_string() })
    }

    /// Writes the configuration of a new data directory. Nothing is overwritten: false when there is one already.
    pub fn write_new(&self, directory: &Path) -> Result<bool, ConfigurationError> {
        use std::io::Write as _;
        let path = directory.join(Self::FILE);
        let unreadable = |source| ConfigurationError::Unreadable { path: path.clone(), source };
        std::fs::create_dir_all(directory).map_err(unreadable)?;
        let malformed =
            |error: toml::ser::Error| ConfigurationError::Malformed { path: path.clone(), message: error.to_string() };
        let text = toml::to_string(self).map_err(malformed)?;
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(unreadable(error)),
            Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(unreadable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration {
            tenant: TenantId::new("acme").unwrap(),
            actor: Actor::new("ana@acme.example").unwrap(),
            since: Some("2026-07-01T00:00:00Z".parse().unwrap()),
            origin: Some("acme.example/exhibit".to_owned()),
            sources: "sources".into(),
            catalog: None,
            files: BTreeMap::from([(SourceId::new("aws-iam").unwrap(), vec!["report.csv".into()])]),
        }
    }

    #[test]
    fn a_configuration_reads_back_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        assert!(configuration().write_new(folder.path()).unwrap());
        assert!(
            !Configuration { tenant: TenantId::new("other").unwrap(), ..configuration() }
                .write_new(folder.path())
                .unwrap()
        );
        assert_eq!(Configuration::read(folder.path()).unwrap(), configuration());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Configuration::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("exhibit init"), "{error}");
        std::fs::write(folder.path().join("exhibit.toml"), "tenant = \"../x\"\n").unwrap();
        let error = Configuration::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("../x"), "{error}");
    }
}
