//! Database clusters, and who may do what in them.

use crate::{
    calendar::{FIRST, LAST, QUARTER, Timeline, at, day, days, instant, is_workday, later, moment, plus},
    names::SERVICES,
    people::People,
    plan::Plan,
    random::Random,
    requests::Requests,
    writing::{csv, json},
};
use jiff::civil::{Date, DateTime, date};
use serde_json::{Value, json};

/// How many clusters there are when the quarter ends.
pub(crate) const CLUSTERS: usize = 40;

/// One database cluster.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) engine: &'static str,
    pub(crate) environment: &'static str,
    pub(crate) tier: i64,
    owner: String,
    pub(crate) created: DateTime,
    tls: Timeline<&'static str>,
    audit_days: Timeline<i64>,
    personal_data: bool,
    record: Option<String>,
}

impl Cluster {
    pub(crate) fn is_production(&self) -> bool {
        self.environment == "production"
    }

    fn row(&self, on: Date) -> Value {
        let (tls, audit_days) = (self.tls.on(on), self.audit_days.on(on));
        json!({
            "id": self.name,
            "engine": self.engine,
            "environment": self.environment,
            "tier": self.tier,
            "owner": self.owner,
            "created_at": instant(self.created),
            "tls": {"required": !tls.is_empty(), "minimum_version": if tls.is_empty() { None } else { Some(tls) }},
            "audit": {"enabled": audit_days > 0, "retention_days": if audit_days > 0 { Some(audit_days) } else { None }},
            "personal_data": self.personal_data,
            "processing_record": self.record,
        })
    }
}

/// Every cluster, in order of its name's number.
pub(crate) struct Clusters {
    pub(crate) all: Vec<Cluster>,
}

impl Clusters {
    pub(crate) fn new(seed: u64, people: &People, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "clusters");
        let owners: Vec<String> = people.engineers().iter().take(20).map(|person| person.email()).collect();
        let mut all: Vec<Cluster> = (0..CLUSTERS).map(|index| cluster(&mut random, index, &owners)).collect();
        plant(&mut all, plan);
        Self { all }
    }

    pub(crate) fn production(&self) -> impl Iterator<Item = &Cluster> {
        self.all.iter().filter(|cluster| cluster.is_production())
    }

    /// The catalog of clusters at the end of `on`.
    pub(crate) fn list(&self, on: Date) -> Vec<u8> {
        let there = self.all.iter().filter(|cluster| cluster.created.date() <= on);
        let clusters: Vec<Value> = there.map(|cluster| cluster.row(on)).collect();
        json(&json!({"clusters": clusters}))
    }
}

const ENGINES: [&str; 4] = ["aurora-postgresql", "postgres", "aurora-mysql", "mysql"];

// Of ten clusters eight are in production; the last of them all was made inside the quarter.
fn cluster(random: &mut Random, index: usize, owners: &[String]) -> Cluster {
    let service = SERVICES.get(index % SERVICES.len()).copied().unwrap_or_default();
    let environment = match index % 10 {
        4 => "staging",
        9 if index < 39 => "test",
        _ => "production",
    };
    let created =
        if index == 39 { moment(8, 12, 9, 30) } else { plus(date(2021, 2, 1), random.between(0, 1600)).at(9, 0, 0, 0) };
    let is_production = environment == "production";
    let personal_data = is_production && index % 3 != 1;
    Cluster {
        name: format!("{service}-{}-{:02}", environment.get(..4).unwrap_or_default(), index + 1),
        engine: ENGINES.get(index % ENGINES.len()).copied().unwrap_or_default(),
        environment,
        tier: if is_production && (index % 4 == 0 || index == 39) { 1 } else { 2 },
        owner: random.pick(owners),
        created,
        tls: Timeline::always(if index % 2 == 0 { "TLSv1.2" } else { "TLSv1.3" }),
        // What is not in production need not keep an audit log.
        audit_days: Timeline::always(if is_production { 400 } else { 0 }),
        personal_data,
        record: personal_data.then(|| format!("ROP-{:03}", 100 + index)),
    }
}

fn plant(all: &mut [Cluster], plan: &mut Plan) {
    let mut production = all.iter_mut().filter(|cluster| cluster.is_production() && cluster.personal_data);
    if let Some(cluster) = production.next().filter(|_| plan.has("database-transport")) {
        cluster.tls = Timeline::always("TLSv1.2").then(day(8, 20), "TLSv1.0");
        plan.fail("database-transport", cluster.name.clone());
    }
    if let Some(cluster) = production.next().filter(|_| plan.has("database-transport")) {
        cluster.tls = Timeline::always("").then(day(8, 5), "TLSv1.2");
        plan.partial("database-transport", cluster.name.clone());
    }
    if let Some(cluster) = production.next().filter(|_| plan.has("database-audit")) {
        cluster.audit_days = Timeline::always(400).then(day(9, 1), 0);
        plan.fail("database-audit", cluster.name.clone());
    }
    if let Some(cluster) = production.next().filter(|_| plan.has("database-audit")) {
        cluster.audit_days = Timeline::always(400).then(day(7, 24), 90).then(day(8, 28), 365);
        plan.partial("database-audit", cluster.name.clone());
    }
    if let Some(cluster) = production.next().filter(|_| plan.has("processing-register")) {
        cluster.record = None;
        plan.fail("processing-register", cluster.name.clone());
    }
}

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

    fn request(&mut self, grant: &Grant, resource: &str, approved: DateTime) -> &mut crate::requests::AccessRequest {
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
