//! Accounts and regions of one source, and what they answered.

use crate::{
    Identities, Partition, Reply, Request,
    services::{CLOUD_CONTROL, STS},
    withheld,
};
use catalog::{AwsAccess, AwsAccount};
use collecting::{Asking, CollectError, Held};
use domain::{Slot, evidence::RawFile};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http_source::{AwsCredentials, HttpSource, Signed};
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::sync::Mutex;

// Accounts whose roles are assumed at once.
const AT_ONCE: usize = 4;

/// An account that has said who it is.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its twelve digits.
    pub id: String,
    /// The ARN of the role that is assumed in it; none for the own account.
    pub role: Option<String>,
    credentials: AwsCredentials,
}

/// One region of one account.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// The account.
    pub account: &'p Account,
    /// The region; for services without regions the one they are signed for.
    pub region: &'p str,
}

/// A page of an answer.
pub trait Page: Sized + Send {
    /// Reads it.
    fn read(reply: &Reply) -> Result<Self, CollectError>;
    /// What the next page is asked for with, if there is one.
    fn next(&self) -> Option<&str>;
}

/// What asks the accounts of one source for one slot, and keeps what they answer.
pub struct Aws<'a> {
    signed: Signed<'a>,
    source: &'a HttpSource,
    partition: &'static Partition,
    emulator: Option<String>,
    accounts: Vec<Account>,
    regions: Vec<String>,
    raw: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl<'a> Aws<'a> {
    /// Proves itself in every account, and has each say who it is.
    pub async fn open(
        source: &'a HttpSource,
        identities: &Identities,
        slot: &'a Slot,
        access: &AwsAccess,
        asking: &Asking<'a>,
    ) -> Result<Self, CollectError> {
        let partition = Partition::of(&access.regions)?;
        let signed = Signed::new(source, slot, asking).await;
        let (emulator, regions) = (identities.endpoint().await, access.regions.clone());
        let mut aws =
            Self { signed, source, partition, emulator, accounts: Vec::new(), regions, raw: Mutex::default() };
        let own = [AwsAccount { id: String::new(), role: None }];
        let declared = if access.accounts.is_empty() { &own[..] } else { &access.accounts };
        let opening: Vec<_> = declared.iter().map(|account| aws.account(identities, slot, account)).collect();
        aws.accounts = stream::iter(opening).buffered(AT_ONCE).try_collect().await?;
        Ok(aws)
    }

    /// Every account, in the order in which they are declared.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Every region, in the order in which they are declared.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// The partition that the regions are in.
    pub fn partition(&self) -> &'static Partition {
        self.partition
    }

    /// Who was asked and where, for the parameters of evidence: `accounts`, `regions`, `roles`.
    pub fn told(&self) -> BTreeMap<String, String> {
        let joined = |texts: Vec<&str>| texts.join(" ");
        let ids = joined(self.accounts.iter().map(|account| account.id.as_str()).collect());
        let roles = joined(self.accounts.iter().filter_map(|account| account.role.as_deref()).collect());
        let told = [("accounts", ids), ("regions", self.regions.join(" ")), ("roles", roles)];
        told.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text)).collect()
    }

    /// Every region of every account.
    pub fn places(&self) -> Vec<Place<'_>> {
        let of = |account| self.regions.iter().map(move |region| Place { account, region });
        self.accounts.iter().flat_map(of).collect()
    }

    /// The one place of every account where services and resources without regions are asked for.
    pub fn homes(&self) -> Vec<Place<'_>> {
        self.accounts.iter().map(|account| Place { account, region: self.partition.home }).collect()
    }

    /// The answer to one request. It is kept.
    pub async fn ask(&self, place: Place<'_>, request: Request) -> Result<Reply, CollectError> {
        let reply = self.look(place, request).await?;
        self.keep(&reply).await?;
        Ok(reply)
    }

    /// The answer to one request that may not be the last word. It is not kept.
    pub async fn look(&self, place: Place<'_>, request: Request) -> Result<Reply, CollectError> {
        self.send(place, &request).await
    }

    /// Keeps an answer that was looked at.
    pub async fn keep(&self, reply: &Reply) -> Result<(), CollectError> {
        let name = reply.name.clone();
        match self.raw.lock().await.insert(name.clone(), reply.body.clone()) {
            None => Ok(()),
            Some(_) => Err(CollectError::Twice { name }),
        }
    }

    /// Every page of an answer; `request` makes the request for the one that a token says.
    pub async fn pages<P: Page>(
        &self,
        place: Place<'_>,
        request: impl Fn(Option<&str>) -> Request + Send,
    ) -> Result<Vec<P>, CollectError> {
        let (mut pages, mut seen, mut token) = (Vec::new(), BTreeSet::new(), None::<String>);
        loop {
            let reply = self.ask(place, request(token.as_deref()).page(pages.len() + 1)).await?;
            let page = P::read(&reply)?;
            token = page.next().filter(|next| !next.is_empty()).map(str::to_owned);
            pages.push(page);
            match &token {
                None => return Ok(pages),
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(reply.unusable("its next page is one that was there before".to_owned()));
                }
                Some(_) if pages.len() as u64 >= self.source.bounds.pages => {
                    let reason = format!("there are more than {} pages", self.source.bounds.pages);
                    return Err(reply.unusable(reason));
                }
                Some(_) => {}
            }
        }
    }

    /// Waits before something is asked for again: longer each time, from the first of the source's pauses to the longest.
    pub async fn wait(&self, attempt: u32, reply: &Reply) -> Result<(), CollectError> {
        let retry = self.source.retry;
        let time: Duration = retry.first.saturating_mul(1 << attempt.min(16)).min(retry.longest);
        self.signed.wait(time, &reply.name).await
    }

    /// Counts bytes that were made of answers and are held beside them.
    pub async fn count(&self, bytes: u64) {
        self.signed.count(bytes).await;
    }

    /// All that was received, by name, and the memory that it takes.
    pub async fn finish(self) -> (Vec<RawFile>, Held<'a>) {
        let held = self.signed.hold().await;
        let raw = self.raw.into_inner().into_iter().map(|(name, bytes)| RawFile { name, bytes });
        (raw.collect(), held)
    }

    async fn account(
        &self,
        identities: &Identities,
        slot: &Slot,
        declared: &AwsAccount,
    ) -> Result<Account, CollectError> {
        let first = self.regions.first().map_or(self.partition.home, String::as_str);
        let credentials = match &declared.role {
            Some(role) => identities.assumed(role, slot, first).await?,
            None => identities.own().await?,
        };
        let mut account = Account { id: declared.id.clone(), role: declared.role.clone(), credentials };
        let reply = self.identity(&account, first).await?;
        let id = reply.xml()?.text_of("Account").unwrap_or_default().to_owned();
        if id.len() != 12 || !account.id.is_empty() && account.id != id {
            let reason = format!("the account {} is declared, and {id:.12} answers: look at its role", account.id);
            return Err(CollectError::Source { reason });
        }
        account.id = id;
        Ok(account)
    }

    // Kept under the name of the account that it says, which may not be known before.
    async fn identity(&self, account: &Account, region: &str) -> Result<Reply, CollectError> {
        let reply = self.send(Place { account, region }, &Request::query(&STS, "GetCallerIdentity")).await?;
        let name = if account.id.is_empty() { format!("own{}", reply.name) } else { reply.name.clone() };
        self.raw.lock().await.insert(name, reply.body.clone());
        Ok(reply)
    }

    async fn send(&self, place: Place<'_>, request: &Request) -> Result<Reply, CollectError> {
        let signed = request.signed(&place, self.partition, self.emulator.as_deref());
        let reply = self.signed.send(&place.account.credentials, &signed, request.expected).await;
        let reply = reply.map_err(|error| at(error, &signed.name))?;
        // That a thing is absent is an answer, too: its name says so.
        let name = match &reply.code {
            Some(code) => format!("{}#{code}", signed.name),
            None => signed.name,
        };
        let reply = Reply { name, body: reply.body, code: reply.code };
        if request.is_to(&CLOUD_CONTROL) { without_secrets(reply) } else { Ok(reply) }
    }
}

// Nothing that is kept or read of an answer has what is withheld.
fn without_secrets(mut reply: Reply) -> Result<Reply, CollectError> {
    if reply.code.is_none() {
        let whole: Box<RawValue> = reply.json()?;
        let not_json = |_| reply.unusable("its Properties are not an object of JSON".to_owned());
        if let Some(changed) = withheld::answer(&whole).map_err(not_json)? {
            reply.body = changed.get().as_bytes().to_vec();
        }
    }
    Ok(reply)
}

// Errors of credentials do not know for whom they were asked.
fn at(error: CollectError, name: &str) -> CollectError {
    match error {
        CollectError::Refused { endpoint, reason } if !endpoint.contains(name) => {
            CollectError::Refused { endpoint: format!("{endpoint} for {name}"), reason }
        }
        CollectError::Unanswered { endpoint, reason } if !endpoint.contains(name) => {
            CollectError::Unanswered { endpoint: format!("{endpoint} for {name}"), reason }
        }
        other => other,
    }
}
