//! Access requests: tickets by which people ask for rights.

use crate::{
    calendar::{FIRST, LAST, at, days, instant, is_workday, later, moment, plus},
    names::HOSTILE_TITLES,
    people::People,
    plan::Plan,
    random::Random,
    writing::json,
};
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

/// One access request.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessRequest {
    key: String,
    summary: String,
    system: String,
    pub(crate) resource: String,
    pub(crate) account: String,
    entitlement: String,
    pub(crate) requester: String,
    beneficiary: Option<String>,
    pub(crate) approver: Option<String>,
    pub(crate) status: &'static str,
    created: DateTime,
    approved: Option<DateTime>,
    pub(crate) expires: Option<DateTime>,
    is_exception: bool,
}

/// Every access request of the year.
pub(crate) struct Requests {
    random: Random,
    people: Vec<String>,
    approvers: Vec<String>,
    all: Vec<AccessRequest>,
}

impl Requests {
    pub(crate) fn new(seed: u64, people: &People) -> Self {
        let mut requests = Self {
            random: Random::new(seed, "requests"),
            people: people.engineers().iter().map(|person| person.email()).collect(),
            approvers: people.operators().iter().map(|person| person.email()).collect(),
            all: Vec::new(),
        };
        requests.ordinary_ones();
        requests
    }

    /// Adds a request that was approved at `approved`, by somebody in operations, and carried out.
    pub(crate) fn approved(
        &mut self,
        system: &str,
        resource: &str,
        account: &str,
        entitlement: &str,
        beneficiary: Option<String>,
        approved: DateTime,
    ) -> &mut AccessRequest {
        let requester = beneficiary.clone().unwrap_or_else(|| self.random.pick(&self.people));
        let request = AccessRequest {
            summary: format!("{entitlement} for {account}"),
            system: system.to_owned(),
            resource: resource.to_owned(),
            account: account.to_owned(),
            entitlement: entitlement.to_owned(),
            requester,
            beneficiary,
            approver: Some(self.random.pick(&self.approvers)),
            status: "fulfilled",
            created: later(approved, -self.random.between(20, 2_500)),
            approved: Some(approved),
            ..AccessRequest::default()
        };
        self.all.push_mut(request)
    }

    fn ordinary_ones(&mut self) {
        let rights = [
            ("crm", "sales-reader"),
            ("vpn", "remote"),
            ("finance", "ledger-reader"),
            ("support", "agent"),
            ("wiki", "editor"),
        ];
        for on in days(FIRST, LAST).filter(|on| is_workday(*on)) {
            for _ in 0..self.random.below(4) {
                let (system, entitlement) = self.random.pick(&rights);
                let email = self.random.pick(&self.people);
                let account = email.split('@').next().unwrap_or_default().to_owned();
                let approved = at(on, self.random.between(30_000, 64_000));
                let title = self.random.pick(&HOSTILE_TITLES);
                let (hostile, refused) = (self.random.chance(4), self.random.chance(6));
                let request = self.approved(system, system, &account, entitlement, Some(email), approved);
                if hostile {
                    request.summary = title.to_owned();
                }
                if refused {
                    request.status = "rejected";
                    request.approved = None;
                }
            }
        }
    }

    /// Plants approvals of one's own requests, and numbers all requests in the order in which they were made.
    pub(crate) fn finish(&mut self, plan: &mut Plan) {
        for (approved, capitals) in [(moment(7, 22, 16, 20), false), (moment(9, 3, 10, 45), true)] {
            let email = self.random.pick(&self.people);
            let account = email.split('@').next().unwrap_or_default().to_owned();
            let request = self.approved("finance", "finance", &account, "ledger-writer", Some(email.clone()), approved);
            // It is the same person, however the address is written.
            request.approver = Some(if capitals { format!("{} ", email.to_uppercase()) } else { email });
            request.is_exception = true;
        }
        // Asked for by somebody else, gained by the approver.
        let (requester, email) = (self.random.pick(&self.people), self.random.pick(&self.approvers));
        let account = email.split('@').next().unwrap_or_default().to_owned();
        let gained = moment(8, 18, 14, 5);
        let request = self.approved("finance", "finance", &account, "payment-release", Some(email.clone()), gained);
        (request.requester, request.approver, request.is_exception) = (requester, Some(email), true);
        self.all.sort_by(|a, b| (a.created, &a.summary, &a.account).cmp(&(b.created, &b.summary, &b.account)));
        for (index, request) in self.all.iter_mut().enumerate() {
            request.key = format!("ACC-{}", 1001 + index);
            if request.is_exception {
                plan.fail("approval-separation", request.key.clone());
            }
        }
    }

    /// The export at the end of `on`: every request made so far, as it stood then.
    pub(crate) fn export(&self, on: Date) -> Vec<u8> {
        let end = plus(on, 1).at(0, 0, 0, 0);
        let made = self.all.iter().filter(|request| request.created < end);
        let tickets: Vec<Value> = made.map(|request| request.row(end)).collect();
        json(&json!({"exported_at": instant(end), "tickets": tickets}))
    }
}

impl AccessRequest {
    fn row(&self, end: DateTime) -> Value {
        let approved = self.approved.filter(|approved| *approved < end);
        let is_open = approved.is_none() && self.status == "fulfilled";
        json!({
            "key": self.key,
            "summary": self.summary,
            "system": self.system,
            "resource": self.resource,
            "account": self.account,
            "entitlement": self.entitlement,
            "requester": self.requester,
            "beneficiary": self.beneficiary,
            "approver": if is_open { None } else { self.approver.as_ref() },
            "status": if is_open { "open" } else { self.status },
            "created_at": instant(self.created),
            "approved_at": approved.map(instant),
            "expires_at": self.expires.map(instant),
        })
    }
}
