//! A source that is asked in several steps: its collector makes the requests up, one after the other.

use crate::{
    asking::{Received, Told, begin},
    concealed::Concealed,
    exchange::{Reply, line},
    filling::{Filled, Sent, Turn},
    sending::Absent,
    source::HttpSource,
    values::{Values, check_told},
};
use catalog::{FileFormat, HttpAccess};
use collecting::{Asking, CollectError, Held, Json, on_a_thread};
use domain::{Slot, evidence::RawFile};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// Requests to one source for one slot, and all that came of them.
pub struct Conversation<'a> {
    received: Received<'a>,
    base: String,
    values: Values,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `GET`, `POST`, `DELETE`.
    pub method: &'static str,
    /// Behind the source's address, its parts encoded.
    pub path: String,
    /// In the query string, or the form.
    pub parameters: BTreeMap<String, String>,
    /// What is sent along.
    pub body: CallBody,
    /// What tells its answer apart from others of the same address: `page=2`.
    pub part: Option<String>,
    /// How the answer has to be written.
    pub format: FileFormat,
    /// Statuses of an answer that stand for nothing there.
    pub absent: &'static [u16],
}

/// What a request sends along.
#[derive(Debug, Clone, PartialEq)]
pub enum CallBody {
    /// Nothing.
    Empty,
    /// The parameters, as a form.
    Form,
    /// A JSON text.
    Json(Value),
}

/// An answer, for whoever reads it.
#[derive(Debug)]
pub struct Heard<'r> {
    /// Its name in the evidence: its address.
    pub name: &'r str,
    /// As it was received, unpacked.
    pub bytes: &'r [u8],
    /// Whether its end can be told from a connection that was cut: by its length, its chunks or its packing.
    pub has_an_end: bool,
    concealed: &'r Concealed,
}

impl fmt::Debug for Conversation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("answers", &self.received.raw.len()).finish_non_exhaustive()
    }
}

impl Call {
    /// A request without parameters or body, whose answer is JSON.
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        let (parameters, body, part) = (BTreeMap::new(), CallBody::Empty, None);
        Self { method, path: path.into(), parameters, body, part, format: FileFormat::Json, absent: &[] }
    }

    /// With a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// With a body.
    #[must_use]
    pub fn sending(self, body: CallBody) -> Self {
        Self { body, ..self }
    }

    /// With what tells its answer apart.
    #[must_use]
    pub fn part(self, part: String) -> Self {
        Self { part: Some(part), ..self }
    }

    /// With statuses that stand for nothing there.
    #[must_use]
    pub fn or_absent(self, absent: &'static [u16]) -> Self {
        Self { absent, ..self }
    }
}

impl Heard<'_> {
    /// The answer as JSON; refused when it is not.
    pub fn json(&self) -> Result<Json<'_>, CollectError> {
        Json::read(self.name, self.bytes)
    }

    /// The refusal of the answer.
    pub fn refuse(&self, reason: impl Into<String>) -> CollectError {
        CollectError::Answer { endpoint: self.name.to_owned(), reason: reason.into() }
    }

    /// A text of the source for a message: on one short line, and nothing of it where it shows a secret.
    pub fn quote(&self, text: &str) -> String {
        line(text, self.concealed).unwrap_or_else(|| "what cannot be told here".to_owned())
    }
}

impl<'a> Conversation<'a> {
    pub(crate) async fn begin(
        source: &HttpSource,
        slot: &Slot,
        access: &HttpAccess,
        asking: &Asking<'a>,
    ) -> Result<Self, CollectError> {
        let (received, base) = begin(source, slot, access, asking).await?;
        Ok(Self { received, base, values: Values::new(&slot.period, &access.values) })
    }

    /// What the names in braces stand for.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Where a request goes, as a person addresses it: `POST https://logs.acme.example:9200/_search`.
    pub fn endpoint(&self, call: &Call) -> String {
        let sent = self.sent(call);
        format!("{} {}", sent.method, sent.address)
    }

    /// Refuses what the evidence is to tell where it would show a secret.
    pub fn check_told(&self, endpoint: &str, told: &Told) -> Result<(), CollectError> {
        check_told(endpoint, told, &self.received.sending.concealed)
    }

    /// Asks, keeps the answer as it was received, and gives back what `read` finds in it, on a thread of its own. Nothing when the answer has a
    /// status that stands for nothing there.
    pub async fn ask<T: Send + 'static>(
        &mut self,
        call: &Call,
        read: impl FnOnce(&Heard<'_>) -> Result<T, CollectError> + Send + 'static,
    ) -> Result<Option<T>, CollectError> {
        let sent = self.sent(call);
        let reply = self.received.sending.send(&sent, Absent::Statuses(call.absent)).await?;
        if call.absent.contains(&reply.status) {
            self.received.keep_absent(&sent, reply).await?;
            return Ok(None);
        }
        let (file, found) = self.read(call, sent, reply, read).await?;
        self.received.keep(file).await;
        Ok(Some(found))
    }

    async fn read<T: Send + 'static>(
        &self,
        call: &Call,
        sent: Sent,
        reply: Reply,
        read: impl FnOnce(&Heard<'_>) -> Result<T, CollectError> + Send + 'static,
    ) -> Result<(RawFile, T), CollectError> {
        let (concealed, format) = (self.received.sending.concealed.clone(), call.format);
        let refused = {
            let sent = sent.clone();
            move |reason| CollectError::Answer { endpoint: format!("{} {}", sent.method, sent.name), reason }
        };
        on_a_thread(move || {
            reply.check_type(format, &concealed).map_err(&refused)?;
            if concealed.is_in(&reply.body) {
                return Err(refused("it gives back the secret, which the evidence would show".to_owned()));
            }
            let (name, bytes, has_an_end) = (sent.name.as_str(), reply.body.as_slice(), reply.has_an_end());
            let found = read(&Heard { name, bytes, has_an_end, concealed: &concealed })?;
            Ok((RawFile { name: sent.name, bytes: reply.body }, found))
        })
        .await
    }

    /// Asks once for what is only polite, such as the end of something that was opened: its answer is not kept, and that there is none is no error.
    pub async fn dismiss(&mut self, call: &Call) {
        let sent = self.sent(call);
        if let Ok(proofs) = self.received.sending.proofs(&sent).await {
            drop(self.received.sending.once(&sent, proofs).await);
        }
    }

    /// What was received so far, in order.
    pub fn raw(&self) -> &[RawFile] {
        &self.received.raw
    }

    /// Lets go of what was received after the first `count` answers: it is asked for anew.
    pub fn forget(&mut self, count: usize) {
        self.received.forget(count);
    }

    /// Counts bytes that were made of the answers and are held beside them.
    pub async fn take(&mut self, bytes: u64) {
        self.received.take(bytes).await;
    }

    /// What was received, in order, and the memory that it takes.
    pub async fn end(mut self) -> (Vec<RawFile>, Held<'a>) {
        let held = self.received.memory.hold().await;
        (self.received.raw, held)
    }

    fn sent(&self, call: &Call) -> Sent {
        let filled = Filled::of_call(call, &self.base).accepting(match call.format {
            FileFormat::JsonLines => "application/x-ndjson, application/json;q=0.9",
            _ => "application/json",
        });
        let mut sent = filled.sent(&self.received.sending.origin, &Turn::First);
        if let Some(part) = &call.part {
            sent.name = format!("{}#{part}", sent.address);
        }
        sent
    }
}
