//! Single requests to services of AWS, signed, several at a time, all for one slot.

use crate::{
    AwsCredentials,
    address::origin,
    authentication::{Proving, Signature},
    concealed::Concealed,
    exchange::{agent, aws},
    filling::Sent,
    memory::Memory,
    sending::{Absent, Deadline, Sending},
    source::HttpSource,
};
use collecting::{Asking, CollectError, Held};
use domain::Slot;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{
    sync::{Mutex, Semaphore},
    time::sleep,
};
use ureq::Agent;

// Requests that are under way at once. Accounts have limits of their own, and one source must not use them up.
const AT_ONCE: usize = 8;

/// What asks services of AWS for one slot: within its deadline, its memory and its bytes.
///
/// Names of AWS' own services may lead to private networks, where they have endpoints; nothing leads to link-local addresses.
pub struct Signed<'a> {
    source: &'a HttpSource,
    slot: &'a Slot,
    agent: Agent,
    deadline: Deadline,
    left: AtomicU64,
    memory: Mutex<Memory<'a>>,
    permits: Semaphore,
}

/// A request to one service.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// `POST`
    pub method: &'static str,
    /// Scheme and host: `https://kms.eu-west-1.amazonaws.com`.
    pub endpoint: String,
    /// Path and parameters: `/`.
    pub path: String,
    /// Beside those of the signature.
    pub headers: BTreeMap<String, String>,
    /// What is sent along.
    pub body: Option<Vec<u8>>,
    /// The name of the service in signatures: `kms`.
    pub service: String,
    /// The region in signatures.
    pub region: String,
    /// What the answer is called, in the evidence and in messages.
    pub name: String,
}

/// An answer.
#[derive(Debug)]
pub struct SignedReply {
    /// As received, unpacked.
    pub body: Vec<u8>,
    /// The code, where it is one of the errors that were expected.
    pub code: Option<String>,
}

impl<'a> Signed<'a> {
    /// What asks for `slot`.
    pub async fn new(source: &'a HttpSource, slot: &'a Slot, asking: &Asking<'a>) -> Self {
        Self {
            source,
            slot,
            agent: agent(true, &source.bounds),
            deadline: Deadline::of(asking),
            left: AtomicU64::new(source.bounds.bytes),
            memory: Mutex::new(Memory::begin(asking.budget, source.bounds.bytes).await),
            permits: Semaphore::new(AT_ONCE),
        }
    }

    /// The answer to a request: again where that may help, once more with fresh credentials where they have ended. An error whose code is in
    /// `expected` is an answer.
    pub async fn send(
        &self,
        credentials: &AwsCredentials,
        request: &SignedRequest,
        expected: &[&str],
    ) -> Result<SignedReply, CollectError> {
        // It is never closed.
        let _permit = self.permits.acquire().await.ok();
        let mut sending = self.sending(credentials, request)?;
        let sent = sent(request, sending.origin.as_str());
        let reply = sending.send(&sent, Absent::Codes(expected)).await?;
        if sending.concealed.is_in(&reply.body) {
            let reason = "it gives back the secret, which the evidence would show".to_owned();
            return Err(sending.unusable(&sent, reason));
        }
        self.take(reply.body.len() as u64, request).await?;
        Ok(SignedReply { code: aws::code(&reply), body: reply.body })
    }

    /// Waits for `time`, where there is so much.
    pub async fn wait(&self, time: Duration, endpoint: &str) -> Result<(), CollectError> {
        if time >= self.deadline.left() {
            let reason = "it is not ready, and there is no time left to ask again".to_owned();
            return Err(CollectError::Unanswered { endpoint: endpoint.to_owned(), reason });
        }
        sleep(time).await;
        Ok(())
    }

    /// Counts bytes that were made of answers and are held beside them.
    pub async fn count(&self, bytes: u64) {
        self.memory.lock().await.take(bytes).await;
    }

    /// The memory that the answers take, for whoever goes on with them.
    pub async fn hold(&self) -> Held<'a> {
        self.memory.lock().await.hold().await
    }

    fn sending(&self, credentials: &AwsCredentials, request: &SignedRequest) -> Result<Sending, CollectError> {
        let (origin, _) = origin(&request.endpoint, true)?;
        Ok(Sending {
            source: self.source.clone(),
            tenant: self.slot.tenant.clone(),
            id: self.slot.source.clone(),
            limit: None,
            agent: self.agent.clone(),
            origin,
            proving: Proving::Signature(Signature::new(credentials, &request.service, &request.region)),
            concealed: Concealed::default(),
            deadline: self.deadline,
            left: self.left.load(Ordering::Relaxed),
            each: self.source.bounds.signed,
        })
    }

    async fn take(&self, bytes: u64, request: &SignedRequest) -> Result<(), CollectError> {
        let less = |left: u64| left.checked_sub(bytes);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
            let reason = format!("all answers together may have {} bytes", self.source.bounds.bytes);
            return Err(CollectError::TooLarge { name: request.name.clone(), reason });
        }
        self.count(bytes).await;
        Ok(())
    }
}

fn sent(request: &SignedRequest, origin: &str) -> Sent {
    Sent {
        method: request.method.to_owned(),
        address: format!("{origin}{}", request.path),
        headers: request.headers.clone(),
        body: request.body.clone(),
        name: request.name.clone(),
    }
}
