//! Who may do what in databases.

use super::{Cluster, Clusters};
use crate::{
    calendar::{FIRST, LAST, QUARTER, at, day, days, instant, is_workday, later, moment, plus},
    people::People,
    plan::Plan,
    random::Random,
    requests::{AccessRequest, Requests},
    writing::csv,
};
use jiff::civil::{Date, DateTime};

/// One right in one cluster.
#[derive(Debug, Clone)]
struct Grant {
    cluster: String,
    database: &'static str,
    grantee: String,
    kind: &'static str,
    privilege: &'static str,
    granted_by: &'static str,
    at: DateTime,
    revoked: Option<Date>,
}

/// Every right in every cluster.
pub(crate) struct Grants {
    all: Vec<Grant>,
}

const PRIVILEGES: [&str; 4] = ["SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE", "ALL PRIVILEGES"];
/// What exceptions are granted: no approved request of another day is for it.
const RARE: &str = "SELECT, UPDATE";

impl Grants {
    pub(crate) fn new(
        seed: u64,
        people: &People,
        clusters: &Clusters,
        requests: &mut Requests,
        plan: &mut Plan,
    ) -> Self {
        let logins = people.engineers().iter().map(|person| person.login.clone()).collect();
        let mut making = Making { random: Random::new(seed, "grants"), logins, clusters, requests, all: Vec::new() };
        making.built_in();
        making.approved_ones();
        making.exceptions(plan);
        making.near_misses();
        let mut all = making.all;
        all.sort_by(|a, b| (&a.cluster, a.at, &a.grantee).cmp(&(&b.cluster, b.at, &b.grantee)));
        Self { all }
    }

    /// The rights that stand at the end of `on`.
    pub(crate) fn list(&self, on: Date) -> Vec<u8> {
        let stands = |grant: &&Grant| grant.at.date() <= on && grant.revoked.is_none_or(|revoked| revoked > on);
        let rows: Vec<[String; 7]> = self.all.iter().filter(stands).map(Grant::row).collect();
        csv(["cluster", "database", "grantee", "grantee_kind", "privilege", "granted_by", "granted_at"], &rows)
    }
}

impl Grant {
    fn row(&self) -> [String; 7] {
        [
            self.cluster.clone(),
            self.database.to_owned(),
            self.grantee.clone(),
            self.kind.to_owned(),
            self.privilege.to_owned(),
            self.granted_by.to_owned(),
            instant(self.at),
        ]
    }

    fn subject(&self) -> String {
        format!("{}: {} on {}/{} at {}", self.grantee, self.privilege, self.cluster, self.database, instant(self.at))
    }
}

struct Making<'a> {
    random: Random,
    logins: Vec<String>,
    clusters: &'a Clusters,
    requests: &'a mut Requests,
    all: Vec<Grant>,
}

impl Making<'_> {
    fn grant(&mut self, cluster: &str, grantee: &str, privilege: &'static str, at: DateTime) -> Grant {
        let database = self.random.pick(&["app", "reporting", "archive"]);
        let granted_by = self.random.pick(&["access-desk", "dba-oncall"]);
        let (cluster, grantee) = (cluster.to_owned(), grantee.to_owned());
        Grant { cluster, database, grantee, kind: "person", privilege, granted_by, at, revoked: None }
    }

    fn cluster(&self, index: usize) -> String {
        let name = |cluster: &Cluster| cluster.name.clone();
        self.clusters.production().nth(index).map(name).unwrap_or_default()
    }

    fn login(&self, index: usize) -> String {
        self.logins.get(index).cloned().unwrap_or_default()
    }

    fn request(&mut self, grant: &Grant, resource: &str, approved: DateTime) -> &mut AccessRequest {
        let email = (grant.kind == "person").then(|| format!("{}@acme.example", grant.grantee));
        self.requests.approved("database", resource, &grant.grantee, grant.privilege, email, approved)
    }

    // What the engine brings, made with the cluster, some of it inside the quarter, and never on a ticket.
    fn built_in(&mut self) {
        let clusters: Vec<(String, DateTime)> =
            self.clusters.all.iter().map(|cluster| (cluster.name.clone(), cluster.created)).collect();
        for (cluster, created) in clusters {
            for role in ["rds_superuser", "replication"] {
                let grant = self.grant(&cluster, role, "ALL PRIVILEGES", created);
                self.all.push(Grant { kind: "system", granted_by: "rdsadmin", ..grant });
            }
        }
    }

    fn approved_ones(&mut self) {
        for on in days(plus(FIRST, 1), LAST).filter(|on| is_workday(*on)) {
            if !self.random.chance(if on >= QUARTER { 60 } else { 35 }) {
                continue;
            }
            let count = self.clusters.all.len() as u64;
            let index = usize::try_from(self.random.below(count)).unwrap_or_default();
            let there = |cluster: &&Cluster| cluster.created.date() < on;
            let Some(cluster) = self.clusters.all.get(index).filter(there).map(|cluster| cluster.name.clone()) else {
                continue;
            };
            let is_service = self.random.chance(20);
            let grantee = if is_service { "app_writer".to_owned() } else { self.random.pick(&self.logins) };
            let privilege = self.random.pick(&PRIVILEGES);
            let granted = at(on, self.random.between(30_000, 64_000));
            let mut grant = self.grant(&cluster, &grantee, privilege, granted);
            grant.kind = if is_service { "service" } else { "person" };
            grant.revoked = self.random.chance(40).then(|| plus(on, 45));
            let approved = later(granted, -self.random.between(1, 5_000));
            self.request(&grant, &cluster, approved);
            self.all.push(grant);
        }
    }

    fn exceptions(&mut self, plan: &mut Plan) {
        let (first, second, third) = (self.cluster(2), self.cluster(7), self.cluster(11));
        let without = self.grant(&first, &self.login(30), RARE, moment(7, 14, 11, 20));
        let afterwards = self.grant(&second, &self.login(31), RARE, moment(8, 6, 9, 45));
        self.request(&afterwards, &second, moment(8, 7, 16, 0));
        let elsewhere = self.grant(&third, &self.login(32), RARE, moment(8, 25, 13, 10));
        self.request(&elsewhere, &first, moment(8, 24, 10, 0));
        let refused = self.grant(&second, &self.login(33), RARE, moment(9, 15, 17, 30));
        let ticket = self.request(&refused, &second, moment(9, 14, 12, 0));
        ticket.status = "rejected";
        let service = Grant { kind: "service", ..self.grant(&first, "svc-etl-ledger", RARE, moment(9, 22, 2, 5)) };
        for grant in [without, afterwards, elsewhere, refused, service] {
            plan.fail("database-grants", grant.subject());
            self.all.push(grant);
        }
        let revoked = self.grant(&third, &self.login(34), RARE, moment(7, 9, 22, 40));
        plan.partial("database-grants", revoked.subject());
        self.all.push(Grant { revoked: Some(day(8, 20)), ..revoked });
    }

    fn near_misses(&mut self) {
        let cluster = self.cluster(4);
        // Approved in the minute before, with the account in capitals.
        let grant = self.grant(&cluster, &self.login(35), RARE, moment(9, 1, 10, 1));
        self.request(&grant, &cluster, moment(9, 1, 10, 0)).account = grant.grantee.to_uppercase();
        self.all.push(grant);
        // On the evening before the quarter: the report before this one answers for it.
        let grant = self.grant(&cluster, &self.login(36), RARE, moment(6, 30, 23, 59));
        self.all.push(grant);
        // Approved twice: refused first, then approved in time.
        let grant = self.grant(&cluster, &self.login(37), RARE, moment(9, 9, 14, 0));
        self.request(&grant, &cluster, moment(9, 7, 9, 0)).status = "rejected";
        self.request(&grant, &cluster, moment(9, 8, 9, 0));
        self.all.push(grant);
    }
}
