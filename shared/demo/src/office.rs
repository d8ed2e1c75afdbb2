//! Incidents, access reviews and the password policy.

use crate::{
    calendar::{FIRST, LAST, Timeline, at, day, days, instant, later, moment, plus},
    names::HOSTILE_TITLES,
    plan::Plan,
    random::Random,
    writing::{csv, json},
};
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

#[derive(Debug, Clone, Default)]
struct Incident {
    key: String,
    summary: String,
    priority: i64,
    opened: DateTime,
    resolved: Option<DateTime>,
    is_cancelled: bool,
    outcome: Planned,
}

#[derive(Debug, Clone, Copy, Default)]
enum Planned {
    #[default]
    Clean,
    Late,
    Open,
}

#[derive(Debug, Clone)]
struct Review {
    system: &'static str,
    owner: String,
    reviewer: String,
    completed: DateTime,
    reviewed: i64,
    to_remove: i64,
    removed: i64,
}

/// What offices keep lists of.
pub(crate) struct Office {
    incidents: Vec<Incident>,
    reviews: Vec<Review>,
    length: Timeline<i64>,
}

impl Office {
    /// `owners` and `reviewers` share nobody.
    pub(crate) fn new(seed: u64, owners: &[String], reviewers: &[String], plan: &mut Plan) -> Self {
        let incidents = incidents(&mut Random::new(seed, "incidents"), plan);
        let reviews = reviews(&mut Random::new(seed, "reviews"), owners, reviewers, plan);
        let mut length = Timeline::always(16);
        if plan.has("password-policy") {
            length = length.then(day(7, 27), 8).then(day(8, 11), 16);
            plan.partial("password-policy", "length of at least 14");
        }
        Self { incidents, reviews, length }
    }

    /// What `aws iam get-account-password-policy` answers at the end of `on`.
    pub(crate) fn password_policy(&self, on: Date) -> Vec<u8> {
        json(&json!({"PasswordPolicy": {
            "MinimumPasswordLength": self.length.on(on),
            "RequireSymbols": true,
            "RequireNumbers": true,
            "RequireUppercaseCharacters": true,
            "RequireLowercaseCharacters": true,
            "AllowUsersToChangePassword": true,
            "ExpirePasswords": true,
            "MaxPasswordAge": 90,
            "PasswordReusePrevention": 24,
            "HardExpiry": false,
        }}))
    }

    /// The export of incidents at the end of `on`, as they stood then.
    pub(crate) fn incidents(&self, on: Date) -> Vec<u8> {
        let end = plus(on, 1).at(0, 0, 0, 0);
        let known = self.incidents.iter().filter(|incident| incident.opened < end);
        let incidents: Vec<Value> = known.map(|incident| incident.row(end)).collect();
        json(&json!({"exported_at": instant(end), "incidents": incidents}))
    }

    /// The reviews of access until the end of `on`.
    pub(crate) fn reviews(&self, on: Date) -> Vec<u8> {
        let known = self.reviews.iter().enumerate().filter(|(_, review)| review.completed.date() <= on);
        let rows: Vec<[String; 8]> = known.map(|(index, review)| review.row(index)).collect();
        let header = [
            "review_id",
            "system",
            "owner",
            "reviewer",
            "completed_at",
            "accounts_reviewed",
            "accounts_to_remove",
            "accounts_removed",
        ];
        csv(header, &rows)
    }
}

impl Incident {
    fn row(&self, end: DateTime) -> Value {
        let resolved = self.resolved.filter(|resolved| *resolved < end);
        let status = match (self.is_cancelled, resolved) {
            (true, _) => "cancelled",
            (false, Some(_)) => "resolved",
            (false, None) => "open",
        };
        json!({
            "key": self.key,
            "summary": self.summary,
            "priority": self.priority,
            "status": status,
            "opened_at": instant(self.opened),
            "resolved_at": resolved.map(instant),
        })
    }
}

impl Review {
    fn row(&self, index: usize) -> [String; 8] {
        [
            format!("AR-{}", 101 + index),
            self.system.to_owned(),
            self.owner.clone(),
            self.reviewer.clone(),
            instant(self.completed),
            self.reviewed.to_string(),
            self.to_remove.to_string(),
            self.removed.to_string(),
        ]
    }
}

const TROUBLES: [&str; 8] = [
    "Checkout answers slowly",
    "Mail queue grows",
    "Certificate of the status page has run out",
    "Disk of a worker is full",
    "Search returns nothing for umlauts",
    "Phishing mail reported by support",
    "Payment provider refuses cards",
    "Laptop lost on a train",
];

fn incident(random: &mut Random, priority: i64, opened: DateTime, resolved: Option<DateTime>) -> Incident {
    let hostile = random.chance(5);
    let summary = if hostile { random.pick(&HOSTILE_TITLES) } else { random.pick(&TROUBLES) };
    Incident { summary: summary.to_owned(), priority, opened, resolved, ..Incident::default() }
}

fn incidents(random: &mut Random, plan: &mut Plan) -> Vec<Incident> {
    let mut all = Vec::new();
    for on in days(FIRST, plus(LAST, -12)) {
        if random.chance(40) {
            let (priority, minutes) = random.pick(&[(1, 450), (2, 1_400), (3, 7_000), (3, 7_000), (4, 14_000)]);
            let opened = at(on, random.between(0, 86_000));
            let resolved = later(opened, random.between(20, minutes));
            all.push(incident(random, priority, opened, Some(resolved)));
        }
    }
    // Open, and still in time; and one that was none, and never resolved.
    all.push(incident(random, 4, moment(9, 24, 9, 0), None));
    let mistaken = incident(random, 1, moment(8, 8, 1, 0), None);
    all.push(Incident { is_cancelled: true, ..mistaken });
    if plan.has("incident-resolution") {
        let late = incident(random, 1, moment(7, 25, 2, 0), Some(moment(7, 25, 11, 30)));
        all.push(Incident { outcome: Planned::Late, ..late });
        let open = incident(random, 2, moment(9, 22, 13, 0), None);
        all.push(Incident { outcome: Planned::Open, ..open });
    }
    all.sort_by_key(|incident| (incident.opened, incident.priority));
    for (index, incident) in all.iter_mut().enumerate() {
        incident.key = format!("INC-{}", 701 + index);
        match incident.outcome {
            Planned::Clean => {}
            Planned::Late => plan.partial("incident-resolution", incident.key.clone()),
            Planned::Open => plan.fail("incident-resolution", incident.key.clone()),
        }
    }
    all
}

const SYSTEMS: [&str; 12] = [
    "AWS production",
    "AWS logging",
    "Database clusters",
    "Finance ledger",
    "Payment gateway",
    "Source control",
    "Deployment platform",
    "Ticketing",
    "HR system",
    "Customer support",
    "Data warehouse",
    "VPN",
];

fn reviews(random: &mut Random, owners: &[String], reviewers: &[String], plan: &mut Plan) -> Vec<Review> {
    let mut all = Vec::new();
    for quarter in [FIRST, day(1, 1), day(4, 1), day(7, 1)] {
        let is_reported = quarter == day(7, 1) && plan.has("access-review");
        for (index, system) in SYSTEMS.into_iter().enumerate() {
            let to_remove = random.between(0, 4);
            let mut review = Review {
                system,
                owner: owners.get(index % owners.len().max(1)).cloned().unwrap_or_default(),
                reviewer: random.pick(reviewers),
                completed: at(plus(quarter, random.between(20, 85)), random.between(30_000, 60_000)),
                reviewed: random.between(12, 90),
                to_remove,
                removed: to_remove,
            };
            match index {
                3 if is_reported => (review.to_remove, review.removed) = (3, 1),
                5 if is_reported => review.reviewer = review.owner.to_uppercase(),
                8 if is_reported => {}
                _ => {
                    all.push(review);
                    continue;
                }
            }
            plan.fail("access-review", system);
            if index != 8 {
                all.push(review);
            }
        }
    }
    all.sort_by(|a, b| (a.completed, a.system).cmp(&(b.completed, b.system)));
    all
}
