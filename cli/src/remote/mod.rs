//! A deployed Exhibit, asked over its API (`shared/api`, `infra/openapi.yaml`).
//!
//! Everything that comes back is checked: whatever is downloaded against its digest, whatever becomes a path against what a key may be,
//! and nothing is read without an end. The token goes to the API alone, never to where a link leads.

mod address;
mod client;
mod document;
mod download;
mod error;
mod token;

pub use address::Address;
pub use document::Described;
pub use error::RemoteError;
pub use token::Token;

use api::{
    CollectionAccepted, Control, Evidence, EvidenceWithLink, IdempotencyKey, Link, Listing, NewCollection, NewReport,
    Run, RunStatus, RunWithLinks,
};
use client::Client;
use domain::{ControlId, EvidenceId, Period, ReportId, RunId, Timestamp};
use runtime::random_token;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// A deployed Exhibit. Each call blocks until it is answered.
pub struct Remote {
    client: Client,
    pause: Duration,
}

const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Pages are followed so far; a list that goes on is not ours.
const MOST_PAGES: usize = 500;

impl Remote {
    /// An Exhibit at `address`, asked by the bearer of `token`.
    pub fn new(address: Address, token: Token) -> Self {
        Self::with_pause(address, token, PAUSE)
    }

    /// The same with another pause between attempts, for tests.
    pub fn with_pause(address: Address, token: Token, pause: Duration) -> Self {
        Self { client: Client::new(address, token, pause), pause }
    }

    /// Asks for a report. However often this is sent, it is one run.
    pub fn request(&self, report: &NewReport) -> Result<Run, RemoteError> {
        self.client.post("/v1/reports", &new_key()?, report)
    }

    /// How a run stands, with links when it is completed.
    pub fn run(&self, id: &RunId) -> Result<RunWithLinks, RemoteError> {
        self.client.get(&format!("/v1/reports/{id}"))
    }

    /// Asks how a run stands, ever less often, until it has ended; at most for `patience`. Each answer is told.
    pub fn wait(
        &self,
        id: &RunId,
        patience: Duration,
        mut told: impl FnMut(&Run),
    ) -> Result<RunWithLinks, RemoteError> {
        let (begun, mut pause) = (Instant::now(), self.pause);
        loop {
            let found = self.run(id)?;
            told(&found.run);
            match &found.run.status {
                RunStatus::Completed { .. } => return Ok(found),
                RunStatus::Failed { error, message, .. } => {
                    let (run, error, message) = (id.to_string(), error.clone(), message.clone());
                    return Err(RemoteError::RunFailed { run, error, message });
                }
                RunStatus::Requested if begun.elapsed() < patience => std::thread::sleep(pause),
                RunStatus::Requested => {
                    return Err(RemoteError::NotYet(format!(
                        "the run {id} goes on; `exhibit download {id}` fetches its report when it is there"
                    )));
                }
            }
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// The run that `text` means, with its links: its own id, its report's id, or the first digits of that. Each link that is handed out
    /// is an event of custody, so they are asked for once.
    pub fn find(&self, text: &str) -> Result<RunWithLinks, RemoteError> {
        if let Ok(id) = text.parse::<RunId>() {
            match self.run(&id) {
                Ok(found) => return Ok(found),
                Err(error) if error.is_absent() => {}
                Err(error) => return Err(error),
            }
        }
        let mut found: Option<(ReportId, Run)> = None;
        for run in self.runs()? {
            let RunStatus::Completed { report_id, .. } = run.status else { continue };
            if !report_id.to_string().starts_with(text) {
                continue;
            }
            if found.as_ref().is_some_and(|(other, _)| *other != report_id) {
                return Err(RemoteError::NotFound(format!("several reports' ids start with {text:?}")));
            }
            found = Some((report_id, run));
        }
        let absent = || RemoteError::NotFound(format!("no report and no run is {text:?}; `exhibit status` lists them"));
        let (_, run) = found.ok_or_else(absent)?;
        self.run(&run.run_id)
    }

    /// Every run.
    pub fn runs(&self) -> Result<Vec<Run>, RemoteError> {
        self.all("/v1/reports?")
    }

    /// Every control, with how much of `period` is there; of the current quarter unless given.
    pub fn controls(&self, period: Option<&Period>) -> Result<Vec<Control>, RemoteError> {
        match period {
            Some(period) => self.all(&format!("/v1/controls?period={}&", escaped(&period.to_string()))),
            None => self.all("/v1/controls?"),
        }
    }

    /// Starts collecting a control. Asking twice does no harm: what is filled stays as it is.
    pub fn collect(&self, control: &ControlId, period: Option<Period>) -> Result<CollectionAccepted, RemoteError> {
        self.client.post(&format!("/v1/controls/{control}/collect"), &new_key()?, &NewCollection { period })
    }

    /// The evidence of a control whose period begins at `from` or later and before `to`.
    pub fn evidence_of(
        &self,
        control: &ControlId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Evidence>, RemoteError> {
        let (from, to) = (escaped(&from.to_string()), escaped(&to.to_string()));
        self.all(&format!("/v1/evidence?control_id={control}&from={from}&to={to}&"))
    }

    /// One piece of evidence, with a link to its document.
    pub fn evidence(&self, id: &EvidenceId) -> Result<EvidenceWithLink, RemoteError> {
        self.client.get(&format!("/v1/evidence/{}", escaped(id.as_str())))
    }

    /// The object that a link leads to, checked against its digest.
    pub fn fetch(&self, link: &Link) -> Result<Vec<u8>, RemoteError> {
        self.client.follow(link)
    }

    // `path` ends where the cursor is appended.
    fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, RemoteError> {
        let (mut items, mut next) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let page: Listing<T> = self.client.get(&format!("{path}limit=200{next}"))?;
            items.extend(page.items);
            match page.next {
                Some(cursor) => next = format!("&cursor={}", escaped(cursor.as_str())),
                None => return Ok(items),
            }
        }
        Err(RemoteError::Disagrees(format!("the list {path} goes on after {MOST_PAGES} pages")))
    }
}

fn new_key() -> Result<IdempotencyKey, RemoteError> {
    let key = format!("{}{}", random_token(), random_token());
    IdempotencyKey::new(&key).map_err(|error| RemoteError::Token(error.to_string()))
}

// Whatever could mean something else in an address is written in hexadecimal.
fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
