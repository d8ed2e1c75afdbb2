//! What is asked of whom, and what comes back.

use crate::{AwsCredentials, Conversation, asking};
use catalog::{HttpAccess, HttpRequest, SourceQuery};
use collecting::{Asking, CollectError, Held, Pace, RAW_LIMIT, Retry, Secrets};
use domain::{Slot, evidence::RawFile};
use std::{collections::BTreeMap, time::Duration};

/// Asks sources over HTTP.
#[derive(Debug, Clone)]
pub struct HttpSource {
    /// Where secrets are.
    pub secrets: Secrets,
    /// What holds the limits of sources.
    pub pace: Pace,
    /// With what requests to AWS are signed, where this process has credentials.
    pub aws: Option<AwsCredentials>,
    /// How often the same is asked when no answer comes.
    pub retry: Retry,
    /// How much is taken, and how long is waited.
    pub bounds: Bounds,
}

impl HttpSource {
    /// With the usual retries and bounds, and without credentials of AWS.
    pub fn new(secrets: Secrets, pace: Pace) -> Self {
        Self { secrets, pace, aws: None, retry: Retry::default(), bounds: Bounds::default() }
    }

    /// Begins to ask the source that `access` says in requests that the collector makes up, for `slot`.
    pub async fn converse<'a>(
        &self,
        slot: &Slot,
        access: &HttpAccess,
        asking: &Asking<'a>,
    ) -> Result<Conversation<'a>, CollectError> {
        Conversation::begin(self, slot, access, asking).await
    }

    /// Asks, page by page, within the source's limit and the deadline, and gives back all that was received.
    ///
    /// Fails rather than give back a part: when a page is missing or comes twice, when the source's own count is another, when a connection was
    /// cut, when the answer is no answer of that format. Errors name addresses and statuses; neither they nor the answers show a secret.
    pub async fn ask<'a>(&self, ask: &Ask<'_>, asking: &Asking<'a>) -> Result<Answers<'a>, CollectError> {
        asking::all(self, ask, asking).await
    }
}

/// A question to a source.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is to be filled: for whom, from which source, for which period.
    pub slot: &'a Slot,
    /// How the source is reached.
    pub access: &'a HttpAccess,
    /// What is sent.
    pub request: &'a HttpRequest,
    /// How the answer is written and where its rows are.
    pub query: &'a SourceQuery,
}

/// How much is taken of a source, and how long is waited for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all answers together, unpacked.
    pub bytes: u64,
    /// Bytes of one answer to a signed request, unpacked: several are read at once.
    pub signed: u64,
    /// Pages of one request.
    pub pages: u64,
    /// Until a name is resolved, and until a connection stands.
    pub connect: Duration,
    /// From the end of a request to the first byte of its answer.
    pub first_byte: Duration,
    /// For a request and all of its answer.
    pub whole: Duration,
}

impl Default for Bounds {
    /// 512 MiB, 64 MiB for one signed answer, 100,000 pages, 10 seconds, one minute, five minutes.
    fn default() -> Self {
        Self {
            bytes: RAW_LIMIT,
            signed: 64 << 20,
            pages: 100_000,
            connect: Duration::from_secs(10),
            first_byte: Duration::from_mins(1),
            whole: Duration::from_mins(5),
        }
    }
}

/// All that a source answered.
#[derive(Debug)]
pub struct Answers<'a> {
    /// What was asked first: `GET https://api.github.com/orgs/acme/members?per_page=100`.
    pub endpoint: String,
    /// What was sent, by name: `parameter.per_page`, `header.accept`, `body`, `graphql`, `variables`, `each.path`.
    pub parameters: BTreeMap<String, String>,
    /// The answers in the order in which they were received, named by their addresses, as they were but unpacked.
    pub raw: Vec<RawFile>,
    /// The pages with what was asked for each row put in; none when nothing was, and rows are read from `raw`.
    pub composed: Option<Vec<RawFile>>,
    /// How many rows the source itself counts, where it does. So many are there.
    pub source_count: Option<u64>,
    /// The memory that the answers take.
    pub held: Held<'a>,
}

impl Answers<'_> {
    /// Where the rows are read from.
    pub fn rows(&self) -> &[RawFile] {
        self.composed.as_deref().unwrap_or(&self.raw)
    }
}
