//! A request until it is answered: within the limit, again when that may help, to where the source leads inside itself.

use crate::{
    address::Origin,
    authentication::Proving,
    concealed::Concealed,
    exchange::{Meaning, NoReply, Proof, Reply, aws, exchange},
    filling::Sent,
    source::HttpSource,
};
use catalog::Limit;
use collecting::{Asking, CollectError, on_a_thread, random};
use domain::{SourceId, TenantId, Timestamp};
use std::time::{Duration, SystemTime};
use tokio::time::sleep;
use ureq::Agent;

const MOST_REDIRECTS: u32 = 3;

/// Sends requests to one source.
pub(crate) struct Sending {
    pub(crate) source: HttpSource,
    pub(crate) tenant: TenantId,
    pub(crate) id: SourceId,
    pub(crate) limit: Option<Limit>,
    pub(crate) origin: Origin,
    pub(crate) agent: Agent,
    pub(crate) proving: Proving,
    pub(crate) concealed: Concealed,
    /// Until when all has to be answered.
    pub(crate) deadline: Deadline,
    /// How many bytes may still come.
    pub(crate) left: u64,
    /// How many bytes one answer may have.
    pub(crate) each: u64,
}

/// The end of the time there is, as this machine's clock tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Timestamp,
}

impl Deadline {
    pub(crate) fn of(asking: &Asking<'_>) -> Self {
        let left = asking.deadline.duration_since(asking.clock.now());
        Self { at: Timestamp::now().checked_add(left).unwrap_or(asking.deadline) }
    }

    pub(crate) fn left(self) -> Duration {
        self.at.duration_since(Timestamp::now()).try_into().unwrap_or(Duration::ZERO)
    }
}

/// Which refusals are answers, too: that a thing is absent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Absent<'a> {
    /// Those with one of these statuses.
    Statuses(&'a [u16]),
    /// Those with one of these codes of AWS.
    Codes(&'a [&'a str]),
}

impl Absent<'_> {
    /// Whether `reply` is one.
    pub(crate) fn has(self, reply: &Reply) -> bool {
        match self {
            Absent::Statuses(statuses) => statuses.contains(&reply.status),
            Absent::Codes(codes) => aws::code(reply).is_some_and(|code| codes.contains(&code.as_str())),
        }
    }
}

/// Why an attempt is not the answer.
enum Failed {
    /// Another may be, after so long, if the source says how long.
    Again(String, Option<Duration>),
    /// The token, or the credentials, have ended before their time.
    Ended(CollectError),
    /// It is elsewhere in the source.
    Elsewhere(String),
    Final(CollectError),
}

/// To whom a request goes, and how it is proven there.
struct Way {
    sent: Sent,
    redirects: u32,
    renewed: bool,
    attempt: u32,
}

impl Sending {
    /// The answer to `sent`. A refusal that is in `absent` is one, too.
    pub(crate) async fn send(&mut self, sent: &Sent, absent: Absent<'_>) -> Result<Reply, CollectError> {
        let mut way = Way { sent: sent.clone(), redirects: 0, renewed: false, attempt: 1 };
        loop {
            let proofs = self.proofs(&way.sent).await?;
            match self.attempt(&way.sent, proofs, absent).await {
                Ok(reply) => return Ok(reply),
                Err(failed) => self.go_on(&mut way, failed).await?,
            }
        }
    }

    async fn go_on(&mut self, way: &mut Way, failed: Failed) -> Result<(), CollectError> {
        match failed {
            Failed::Final(error) => Err(error),
            Failed::Ended(error) => {
                self.proving.forget().await;
                if std::mem::replace(&mut way.renewed, true) { Err(error) } else { Ok(()) }
            }
            Failed::Elsewhere(address) if way.redirects < MOST_REDIRECTS => {
                way.redirects += 1;
                way.sent.address = address;
                Ok(())
            }
            Failed::Elsewhere(_) => {
                Err(self.unusable(&way.sent, format!("it is followed through {MOST_REDIRECTS} redirects at most")))
            }
            Failed::Again(reason, wanted) => {
                self.pause(&way.sent, way.attempt, reason, wanted).await?;
                way.attempt += 1;
                Ok(())
            }
        }
    }

    /// Waits before the attempt after `attempt`. Fails when there is none, or no time for it.
    pub(crate) async fn pause(
        &self,
        sent: &Sent,
        attempt: u32,
        reason: String,
        wanted: Option<Duration>,
    ) -> Result<(), CollectError> {
        let unanswered = |reason| CollectError::Unanswered { endpoint: self.endpoint(sent), reason };
        let Some(pause) = self.source.retry.pause(attempt, random(), wanted) else {
            return Err(unanswered(format!("{reason}, {attempt} times")));
        };
        if pause >= self.deadline.left() {
            return Err(unanswered(format!(
                "{reason}, and there is no time left to ask again in {} s",
                pause.as_secs()
            )));
        }
        sleep(pause).await;
        Ok(())
    }

    async fn attempt(&mut self, sent: &Sent, proofs: Vec<Proof>, absent: Absent<'_>) -> Result<Reply, Failed> {
        let reply = match self.once(sent, proofs).await.map_err(Failed::Final)? {
            Ok(reply) => reply,
            Err(reason) => return Err(Failed::Again(reason, None)),
        };
        if absent.has(&reply) {
            return Ok(reply);
        }
        match self.proving.meaning(&reply, SystemTime::now()) {
            Meaning::Answered => Ok(reply),
            Meaning::Again(wanted) => Err(Failed::Again(reply.told(&self.concealed), wanted)),
            Meaning::Elsewhere(reference) => Err(self.elsewhere(sent, reply.status, &reference)),
            Meaning::Ended => Err(Failed::Ended(self.denied(sent, &reply))),
            Meaning::Denied => Err(Failed::Final(self.denied(sent, &reply))),
            Meaning::Refused => Err(Failed::Final(self.unusable(sent, reply.told(&self.concealed)))),
        }
    }

    fn elsewhere(&self, sent: &Sent, status: u16, reference: &str) -> Failed {
        // Others become GET requests on the way, or are sent twice.
        if sent.method != "GET" && !matches!(status, 307 | 308) {
            return Failed::Final(
                self.unusable(sent, format!("a {} was redirected with status {status}", sent.method)),
            );
        }
        match self.origin.follow(&sent.address, reference) {
            Ok(address) => Failed::Elsewhere(address),
            Err(there) => Failed::Final(self.leads_away(sent, "redirects", &there)),
        }
    }

    /// The refusal of an answer that leads to another origin.
    pub(crate) fn leads_away(&self, sent: &Sent, what: &str, there: &str) -> CollectError {
        let there = if self.concealed.is_in_text(there) { "another place" } else { there };
        let reason = format!("it {what} to {there:.200}; only {} is asked", self.origin.as_str());
        self.unusable(sent, reason)
    }

    /// The refusal of whoever asks.
    pub(crate) fn denied(&self, sent: &Sent, reply: &Reply) -> CollectError {
        let reason = format!("{}; {}", reply.told(&self.concealed), self.proving.hint());
        CollectError::Refused { endpoint: self.endpoint(sent), reason }
    }

    /// The refusal of an answer.
    pub(crate) fn unusable(&self, sent: &Sent, reason: String) -> CollectError {
        CollectError::Answer { endpoint: self.endpoint(sent), reason }
    }

    /// What was asked, for messages.
    pub(crate) fn endpoint(&self, sent: &Sent) -> String {
        let name = if self.concealed.is_in_text(&sent.name) { self.origin.as_str() } else { &sent.name };
        format!("{} {name:.500}", sent.method)
    }

    /// One exchange, when it is our turn; or why there was no answer, where another may be.
    pub(crate) async fn once(&self, sent: &Sent, proofs: Vec<Proof>) -> Result<Result<Reply, String>, CollectError> {
        if let Some(limit) = self.limit {
            self.source.pace.wait(&self.tenant, &self.id, limit, self.deadline.at).await?;
        }
        let (agent, request, most) = (self.agent.clone(), sent.clone(), self.left.min(self.each));
        let time = self.deadline.left().min(self.source.bounds.whole);
        if time.is_zero() {
            let reason = "the time for it is over".to_owned();
            return Err(CollectError::Unanswered { endpoint: self.endpoint(sent), reason });
        }
        match on_a_thread(move || Ok(exchange(&agent, &request, &proofs, time, most))).await? {
            Ok(reply) => Ok(Ok(reply)),
            Err(NoReply::Cut(reason)) => Ok(Err(self.shown(reason))),
            Err(NoReply::Source(reason)) => Err(CollectError::Source { reason: self.shown(reason) }),
            Err(NoReply::TooLarge) => Err(self.too_large(sent)),
        }
    }

    fn too_large(&self, sent: &Sent) -> CollectError {
        let all = ("all answers together", self.source.bounds.bytes);
        let (which, most) = if self.each < self.left { ("one answer", self.each) } else { all };
        let reason = format!("{which} may have {most} bytes; ask for less, or for shorter periods");
        CollectError::TooLarge { name: self.endpoint(sent), reason }
    }

    // Messages of others say what they like.
    fn shown(&self, reason: String) -> String {
        if self.concealed.is_in_text(&reason) { "the connection failed".to_owned() } else { reason }
    }
}
