//! Database clusters, and who may do what in them.

mod grants;

pub(crate) use grants::Grants;

use crate::{
    calendar::{Timeline, day, instant, moment, plus},
    names::SERVICES,
    people::People,
    plan::Plan,
    random::Random,
    writing::json,
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
        tier: if is_production && (index.is_multiple_of(4) || index == 39) { 1 } else { 2 },
        owner: random.pick(owners),
        created,
        tls: Timeline::always(if index.is_multiple_of(2) { "TLSv1.2" } else { "TLSv1.3" }),
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
