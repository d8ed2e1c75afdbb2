//! All of an answer: every page of it, and what is asked for each row.

use crate::{
    address::origin,
    authentication::proving,
    concealed::Concealed,
    each,
    exchange::{Reply, agent},
    filling::{Filled, Sent},
    memory::Memory,
    page::{Page, Reading, Refusal},
    pages::{Progress, Stuck, first},
    sending::{Absent, Deadline, Sending},
    source::{Answers, Ask, HttpSource},
    values::{Values, check_told},
};
use catalog::{FileFormat, HttpAccess, Pages};
use collecting::{Asking, CollectError, on_a_thread};
use domain::{Slot, evidence::RawFile};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// What was received so far, and how more is asked for.
pub(crate) struct Received<'a> {
    pub(crate) sending: Sending,
    pub(crate) raw: Vec<RawFile>,
    pub(crate) memory: Memory<'a>,
}

/// All pages of one request.
pub(crate) struct Walked {
    /// Where they are among what was received.
    pub(crate) pages: Range<usize>,
    /// The source's own count of rows.
    pub(crate) count: Option<u64>,
}

/// Asks all of a question.
pub(crate) async fn all<'a>(
    source: &HttpSource,
    ask: &Ask<'_>,
    asking: &Asking<'a>,
) -> Result<Answers<'a>, CollectError> {
    let values = Values::new(&ask.slot.period, &ask.access.values);
    let (mut received, base) = begin(source, ask.slot, ask.access, asking).await?;
    let filled = Filled::of_request(ask.request, &base, &values)?.accepting(accepted(ask.query.format));
    let mut parameters = filled.told();
    parameters.extend(each::told(ask.request.each.as_ref()));
    let reading = Arc::new(reading(ask, &filled)?);
    let first = filled.sent(&received.sending.origin, &first(&reading.pages));
    let endpoint = format!("{} {}", first.method, first.name);
    check_told(&endpoint, &parameters, &received.sending.concealed)?;
    let walked = received.walk(&filled, &reading, &[]).await?;
    let composed = match walked {
        Some(Walked { ref pages, .. }) if ask.request.each.is_some() => {
            Some(each::compose(&mut received, ask, pages.clone(), &filled, &base, &values).await?)
        }
        _ => None,
    };
    let source_count = walked.and_then(|walked| walked.count);
    let held = received.memory.hold().await;
    Ok(Answers { endpoint, parameters, raw: received.raw, composed, source_count, held })
}

/// Nothing received yet from the source that `access` says, and the path that its address begins with.
pub(crate) async fn begin<'a>(
    source: &HttpSource,
    slot: &Slot,
    access: &HttpAccess,
    asking: &Asking<'a>,
) -> Result<(Received<'a>, String), CollectError> {
    let (origin, base) = origin(&access.address, access.private)?;
    let mut concealed = Concealed::default();
    let proving = proving(access, &source.secrets, source.aws.as_ref(), &mut concealed).await?;
    let sending = Sending {
        source: source.clone(),
        tenant: slot.tenant.clone(),
        id: slot.source.clone(),
        limit: access.limit,
        agent: agent(access.private, &source.bounds),
        origin,
        proving,
        concealed,
        deadline: Deadline::of(asking),
        left: source.bounds.bytes,
        each: source.bounds.bytes,
    };
    let memory = Memory::begin(asking.budget, source.bounds.bytes).await;
    let received = Received { sending, raw: Vec::new(), memory };
    Ok((received, base.trim_end_matches('/').to_owned()))
}

fn accepted(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Csv => "text/csv, */*;q=0.1",
        FileFormat::JsonLines => "application/x-ndjson, application/json;q=0.9, */*;q=0.1",
        _ => "application/json",
    }
}

fn reading(ask: &Ask<'_>, filled: &Filled) -> Result<Reading, CollectError> {
    let refuse = |reason: &str| Err(CollectError::Source { reason: format!("the query {}: {reason}", ask.query.name) });
    let pages = ask.request.pages.clone();
    if matches!(&pages, Pages::Cursor { variable: Some(_), .. }) && !filled.has_variables() {
        return refuse("a cursor that is sent as a variable needs graphql with variables, or a body that is an object");
    }
    let (query, total) = (ask.query.clone(), ask.request.total.clone());
    Ok(Reading { query, pages, total, is_graphql: filled.is_graphql(), has_rows: true })
}

impl Received<'_> {
    /// Asks every page of a request. Nothing when the answer has a status of `absent`.
    pub(crate) async fn walk(
        &mut self,
        filled: &Filled,
        reading: &Arc<Reading>,
        absent: &[u16],
    ) -> Result<Option<Walked>, CollectError> {
        let (mut progress, mut turn, begin) = (Progress::default(), first(&reading.pages), self.raw.len());
        loop {
            let sent = filled.sent(&self.sending.origin, &turn);
            let absent = Absent::Statuses(if self.raw.len() == begin { absent } else { &[] });
            let reply = self.sending.send(&sent, absent).await?;
            if absent.has(&reply) {
                self.keep_absent(&sent, reply).await?;
                return Ok(None);
            }
            let page = self.read(reading, &sent, reply).await?;
            let next =
                progress.next(&reading.pages, &page, &self.sending.origin, &sent.address, &self.sending.source.bounds);
            let next = next.map_err(|stuck| self.stuck(&sent, stuck))?;
            self.keep(page.file).await;
            match next {
                Some(next) => turn = next,
                None => {
                    let count = self.check_total(reading, &progress, &sent)?;
                    return Ok(Some(Walked { pages: begin..self.raw.len(), count }));
                }
            }
        }
    }

    async fn read(&self, reading: &Arc<Reading>, sent: &Sent, reply: Reply) -> Result<Page, CollectError> {
        let (own, name, concealed) = (Arc::clone(reading), sent.name.clone(), self.sending.concealed.clone());
        let page = on_a_thread(move || Ok(own.page(name, reply, &concealed))).await?;
        page.map_err(|refusal| match refusal {
            Refusal::Answer(reason) => self.sending.unusable(sent, reason),
            Refusal::Inside(error) => error,
        })
    }

    fn stuck(&self, sent: &Sent, stuck: Stuck) -> CollectError {
        match stuck {
            Stuck::Wrong(reason) => self.sending.unusable(sent, reason),
            Stuck::Away(there) => self.sending.leads_away(sent, "says that its next page is at", &there),
        }
    }

    fn check_total(&self, reading: &Reading, progress: &Progress, sent: &Sent) -> Result<Option<u64>, CollectError> {
        let Some(path) = &reading.total else { return Ok(None) };
        match progress.total {
            Some(total) if total == progress.rows => Ok(Some(total)),
            Some(total) => {
                let reason = format!("the source counts {total} rows, and {} came; ask again", progress.rows);
                Err(self.sending.unusable(sent, reason))
            }
            None => Err(self.sending.unusable(sent, format!("there is no count of rows at {path}"))),
        }
    }

    // That a thing is absent is an answer, too: its name says with which status.
    pub(crate) async fn keep_absent(&mut self, sent: &Sent, reply: Reply) -> Result<(), CollectError> {
        if self.sending.concealed.is_in(&reply.body) {
            return Err(self
                .sending
                .unusable(sent, "it gives back the secret, which the evidence would show".to_owned()));
        }
        let name = format!("{}#{}", sent.name, reply.status);
        self.keep(RawFile { name, bytes: reply.body }).await;
        Ok(())
    }

    pub(crate) async fn keep(&mut self, file: RawFile) {
        // No answer is longer than what was left.
        self.take(file.bytes.len() as u64).await;
        self.raw.push(file);
    }

    /// Lets go of what was received after the first `count` answers.
    pub(crate) fn forget(&mut self, count: usize) {
        let bytes = self.raw.drain(count.min(self.raw.len())..).map(|file| file.bytes.len() as u64).sum();
        self.sending.left += bytes;
        self.memory.give_back(bytes);
    }

    /// Counts bytes that are held from now on.
    pub(crate) async fn take(&mut self, bytes: u64) {
        self.sending.left = self.sending.left.saturating_sub(bytes);
        self.memory.take(bytes).await;
    }
}

/// What was sent, by name.
pub(crate) type Told = BTreeMap<String, String>;
