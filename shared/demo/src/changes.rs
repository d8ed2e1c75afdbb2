//! Change tickets, and the releases that name them.

use crate::{
    calendar::{FIRST, LAST, at, days, instant, is_workday, later, moment, plus},
    names::{HOSTILE_TITLES, SERVICES, WORK},
    people::People,
    plan::Plan,
    random::Random,
    writing::{json, json_lines},
};
use domain::Period;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

#[derive(Debug, Clone, Default)]
struct Ticket {
    key: String,
    summary: String,
    kind: &'static str,
    service: &'static str,
    requester: String,
    implementer: String,
    approver: Option<String>,
    status: &'static str,
    created: DateTime,
    approved: Option<DateTime>,
    is_exception: bool,
}

#[derive(Debug, Clone, Default)]
struct Release {
    id: String,
    service: &'static str,
    environment: &'static str,
    version: String,
    // The ticket by its place in `tickets`, before they are numbered.
    ticket: Option<usize>,
    ticket_key: Option<String>,
    deployed_by: String,
    at: DateTime,
    status: &'static str,
    is_exception: bool,
}

/// Every change ticket and every release of the year.
pub(crate) struct Changes {
    random: Random,
    engineers: Vec<String>,
    operators: Vec<String>,
    tickets: Vec<Ticket>,
    releases: Vec<Release>,
}

impl Changes {
    pub(crate) fn new(seed: u64, people: &People, plan: &mut Plan) -> Self {
        let mut changes = Self {
            random: Random::new(seed, "changes"),
            engineers: people.engineers().iter().map(|person| person.email()).collect(),
            operators: people.operators().iter().map(|person| person.email()).collect(),
            tickets: Vec::new(),
            releases: Vec::new(),
        };
        for on in days(plus(FIRST, 1), LAST).filter(|on| is_workday(*on)) {
            for _ in 0..changes.random.between(3, 6) {
                changes.ordinary(on);
            }
        }
        changes.exceptions();
        changes.near_misses();
        changes.number(plan);
        changes
    }

    // Approved before it is released, each by somebody other than who asked and who implements.
    fn ordinary(&mut self, on: Date) {
        let service = self.random.pick(&SERVICES);
        let deployed = at(on, self.random.between(32_000, 62_000));
        let approved = later(deployed, -self.random.between(10, 1_400));
        let ticket = self.ticket(service, approved);
        self.release(service, Some(ticket), deployed);
    }

    fn ticket(&mut self, service: &'static str, approved: DateTime) -> usize {
        let is_standard = self.random.chance(20);
        let hostile = self.random.chance(3);
        let summary = if hostile { self.random.pick(&HOSTILE_TITLES) } else { self.random.pick(&WORK) };
        self.tickets.push(Ticket {
            summary: summary.to_owned(),
            kind: if is_standard { "standard" } else { "normal" },
            service,
            requester: self.random.pick(&self.engineers),
            implementer: self.random.pick(&self.engineers),
            approver: (!is_standard).then(|| self.random.pick(&self.operators)),
            status: "closed",
            created: later(approved, -self.random.between(15, 3_000)),
            approved: Some(approved),
            ..Ticket::default()
        });
        self.tickets.len() - 1
    }

    fn release(&mut self, service: &'static str, ticket: Option<usize>, at: DateTime) -> &mut Release {
        let version = format!("{}.{}.{}", self.random.between(1, 9), self.random.below(40), self.random.below(20));
        let deployed_by = self.random.pick(&["svc-deploy", "release-bot"]).to_owned();
        let release = Release { service, version, ticket, deployed_by, at, ..Release::default() };
        self.releases.push_mut(Release { environment: "production", status: "succeeded", ..release })
    }

    fn normal_ticket(&mut self, service: &'static str, approved: DateTime) -> usize {
        let index = self.ticket(service, approved);
        let approver = self.random.pick(&self.operators);
        if let Some(ticket) = self.tickets.get_mut(index) {
            (ticket.kind, ticket.approver) = ("normal", Some(approver));
        }
        index
    }

    fn set(&mut self, index: usize, change: impl FnOnce(&mut Ticket)) {
        if let Some(ticket) = self.tickets.get_mut(index) {
            change(ticket);
        }
    }

    fn exceptions(&mut self) {
        self.release("ledger", None, moment(7, 17, 17, 55)).is_exception = true;
        let late = self.normal_ticket("payments", moment(8, 4, 9, 0));
        self.release("payments", Some(late), moment(8, 3, 18, 20)).is_exception = true;
        let refused = self.normal_ticket("pricing", moment(8, 19, 9, 0));
        self.set(refused, |ticket| (ticket.status, ticket.approved) = ("rejected", None));
        self.release("pricing", Some(refused), moment(8, 20, 11, 11)).is_exception = true;
        let other = self.normal_ticket("website", moment(9, 8, 9, 0));
        self.release("checkout", Some(other), moment(9, 9, 15, 30)).is_exception = true;
        let emergency = self.normal_ticket("identity", moment(9, 20, 12, 0));
        self.set(emergency, |ticket| ticket.kind = "emergency");
        self.release("identity", Some(emergency), moment(9, 19, 3, 30)).is_exception = true;
        let own = self.normal_ticket("billing", moment(9, 24, 10, 0));
        self.set(own, |ticket| {
            (ticket.approver, ticket.is_exception) = (Some(ticket.implementer.clone()), true);
        });
        self.release("billing", Some(own), moment(9, 24, 14, 0));
    }

    fn near_misses(&mut self) {
        // An emergency, approved five hours after.
        let emergency = self.normal_ticket("payments", moment(7, 12, 8, 30));
        self.set(emergency, |ticket| ticket.kind = "emergency");
        self.release("payments", Some(emergency), moment(7, 12, 3, 30));
        // Not in production, and not released after all.
        self.release("search", None, moment(8, 5, 10, 0)).environment = "staging";
        self.release("search", None, moment(8, 5, 10, 30)).status = "cancelled";
        // Two releases on one ticket, the first failed.
        let ticket = self.normal_ticket("shipping", moment(9, 14, 9, 0));
        self.release("shipping", Some(ticket), moment(9, 14, 10, 0)).status = "failed";
        self.release("shipping", Some(ticket), moment(9, 14, 16, 0));
    }

    // Tickets get their numbers in the order in which they were made; releases then name them.
    fn number(&mut self, plan: &mut Plan) {
        let mut order: Vec<usize> = (0..self.tickets.len()).collect();
        order.sort_by_key(|index| self.tickets.get(*index).map(|ticket| (ticket.created, *index)));
        for (number, index) in order.into_iter().enumerate() {
            let key = format!("CHG-{}", 2001 + number);
            if self.tickets.get(index).is_some_and(|ticket| ticket.is_exception) {
                plan.fail("approval-separation", key.clone());
            }
            self.set(index, |ticket| ticket.key = key);
        }
        self.releases.sort_by(|a, b| (a.at, a.service).cmp(&(b.at, b.service)));
        for (number, release) in self.releases.iter_mut().enumerate() {
            release.id = format!("DEP-{}", 5001 + number);
            let named = release.ticket.and_then(|index| self.tickets.get(index));
            release.ticket_key = named.map(|ticket| ticket.key.clone());
            if release.is_exception {
                plan.fail("change-tickets", release.id.clone());
            }
        }
    }

    /// The export of change tickets at the end of `on`, as they stood then.
    pub(crate) fn export(&self, on: Date) -> Vec<u8> {
        let end = plus(on, 1).at(0, 0, 0, 0);
        let mut made: Vec<&Ticket> = self.tickets.iter().filter(|ticket| ticket.created < end).collect();
        made.sort_by_key(|ticket| (ticket.created, &ticket.key));
        let changes: Vec<Value> = made.into_iter().map(|ticket| ticket.row(end)).collect();
        json(&json!({"changes": changes, "exported_at": instant(end)}))
    }

    /// The releases of `period`, one a line.
    pub(crate) fn releases(&self, period: &Period) -> Vec<u8> {
        let (start, end) = bounds(period);
        let inside = self.releases.iter().filter(|release| start <= release.at && release.at < end);
        json_lines(&inside.map(Release::row).collect::<Vec<_>>())
    }
}

/// The first moment inside `period` and the first after.
pub(crate) fn bounds(period: &Period) -> (DateTime, DateTime) {
    let utc = jiff::tz::TimeZone::UTC;
    (utc.to_datetime(period.start()), utc.to_datetime(period.end()))
}

impl Ticket {
    fn row(&self, end: DateTime) -> Value {
        let approved = self.approved.filter(|approved| *approved < end);
        let is_open = approved.is_none() && self.status == "closed";
        json!({
            "key": self.key,
            "summary": self.summary,
            "kind": self.kind,
            "service": self.service,
            "requester": self.requester,
            "implementer": self.implementer,
            "approver": if is_open { None } else { self.approver.as_ref() },
            "status": if is_open { "open" } else { self.status },
            "created_at": instant(self.created),
            "approved_at": approved.map(instant),
        })
    }
}

impl Release {
    fn row(&self) -> Value {
        json!({
            "id": self.id,
            "service": self.service,
            "environment": self.environment,
            "version": self.version,
            "change": self.ticket_key,
            "deployed_by": self.deployed_by,
            "deployed_at": instant(self.at),
            "status": self.status,
        })
    }
}
