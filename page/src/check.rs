//! What the page asks and what it is answered.

use crate::{PageError, Progress, archive::FileBytes, folder::Folder, told::Told};
use bundle::{Archive, Files, Options, RECORD, Since, Verdict};
use custody_log::Trust;
use domain::ReportRecord;
use serde::Serialize;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// What is to be checked, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// A bundle: the archive, or a folder that it was unpacked into.
    pub bundle: PathBuf,
    /// An empty folder, for making the report again.
    pub workspace: PathBuf,
    /// Keys that count, of logs and of witnesses, as text.
    pub keys: Vec<String>,
    /// A checkpoint that the reader kept.
    pub since: Option<PathBuf>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Whether nothing is wrong.
    pub holds: bool,
    /// What the record says it is about, as far as it can be read.
    pub about: Option<About>,
    /// What was checked, and what is wrong.
    pub verdict: Verdict,
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// Whose evidence.
    pub tenant: String,
    /// The framework's id.
    pub framework: String,
    /// The window.
    pub period: String,
}

/// Checks a bundle. Fails only when it cannot be opened, or what is to be checked by cannot be read.
pub fn check(asked: &Asked, tell: &(dyn Fn(Progress) + Sync)) -> Result<Answer, PageError> {
    let unreadable = |source| PageError::File { name: asked.bundle.display().to_string(), source };
    let options =
        Options { trust: trust(&asked.keys)?, since: since(asked)?, workspace: Some(asked.workspace.clone()) };
    if fs::metadata(&asked.bundle).map_err(unreadable)?.is_dir() {
        return judge(&Told::new(Folder::new(&asked.bundle), tell)?, &options);
    }
    let file = File::open(&asked.bundle).and_then(FileBytes::new).map_err(unreadable)?;
    judge(&Told::new(Archive::open(file)?, tell)?, &options)
}

fn judge(files: &impl Files, options: &Options) -> Result<Answer, PageError> {
    let verdict = bundle::verify(files, options)?;
    Ok(Answer { holds: verdict.holds(), about: about(files), verdict })
}

fn about(files: &impl Files) -> Option<About> {
    let record: ReportRecord = serde_json::from_slice(&files.read(RECORD).ok()?).ok()?;
    let (tenant, framework) = (record.inputs.tenant.to_string(), record.inputs.framework.to_string());
    Some(About { tenant, framework, period: record.inputs.period.to_string() })
}

// The two kinds of keys are written alike and differ in a byte: nobody has to say which is which.
fn trust(keys: &[String]) -> Result<Trust, PageError> {
    let mut trust = Trust::default();
    for key in keys {
        match (key.parse(), key.parse()) {
            (Ok(key), _) => trust.keys.push(key),
            (_, Ok(witness)) => trust.witnesses.push(witness),
            (Err(source), _) => return Err(PageError::Key { key: key.clone(), source }),
        }
    }
    Ok(trust)
}

fn since(asked: &Asked) -> Result<Option<Since>, PageError> {
    let read = |path: &Path| {
        fs::read(path).map(Since).map_err(|source| PageError::File { name: path.display().to_string(), source })
    };
    asked.since.as_deref().map(read).transpose()
}
