//! Merged changes with their reviews, and who may deploy.

use crate::{
    calendar::{FIRST, LAST, Timeline, at, day, days, instant, is_workday, later, moment, plus},
    changes::bounds,
    names::{HOSTILE_TITLES, SERVICES, WORK},
    people::People,
    plan::Plan,
    random::Random,
    writing::{csv, json},
};
use domain::Period;
use jiff::civil::{Date, DateTime, date};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
struct Review {
    by: String,
    state: &'static str,
    commit: String,
    at: DateTime,
}

#[derive(Debug, Clone)]
struct Change {
    service: &'static str,
    number: usize,
    title: String,
    author: String,
    base: &'static str,
    head: String,
    merged: DateTime,
    merged_by: String,
    reviews: Vec<Review>,
    outcome: Planned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planned {
    Clean,
    Late,
    Standing,
}

/// Every merged change, and every right to deploy.
pub(crate) struct Code {
    random: Random,
    authors: Vec<String>,
    changes: Vec<Change>,
    rights: Vec<[String; 3]>,
    people_rights: Vec<(String, &'static str, &'static str, Timeline<bool>)>,
}

impl Code {
    pub(crate) fn new(seed: u64, people: &People, plan: &mut Plan) -> Self {
        let mut code = Self {
            random: Random::new(seed, "code"),
            authors: people.engineers().iter().map(|person| person.login.clone()).collect(),
            changes: Vec::new(),
            rights: ["svc-deploy", "release-bot"].map(|user| [user, "service", "deploy"].map(str::to_owned)).to_vec(),
            people_rights: Vec::new(),
        };
        for on in days(FIRST, LAST).filter(|on| is_workday(*on)) {
            for _ in 0..code.random.between(2, 6) {
                code.ordinary(on);
            }
        }
        code.exceptions();
        code.near_misses();
        code.number(plan);
        code.grant_rights(people, plan);
        code
    }

    fn change(&mut self, merged: DateTime) -> Change {
        let author = self.random.pick(&self.authors);
        let hostile = self.random.chance(4);
        let title = if hostile { self.random.pick(&HOSTILE_TITLES) } else { self.random.pick(&WORK) };
        Change {
            service: self.random.pick(&SERVICES),
            number: 0,
            title: title.to_owned(),
            author,
            base: "main",
            head: self.random.hex(40),
            merged,
            merged_by: "release-bot".to_owned(),
            reviews: Vec::new(),
            outcome: Planned::Clean,
        }
    }

    fn other_than(&mut self, author: &str) -> String {
        let others: Vec<String> = self.authors.iter().filter(|login| *login != author).cloned().collect();
        self.random.pick(&others)
    }

    fn review(&mut self, change: &Change, state: &'static str, minutes_before_merge: i64) -> Review {
        let by = self.other_than(&change.author);
        Review { by, state, commit: change.head.clone(), at: later(change.merged, -minutes_before_merge) }
    }

    // Approved by somebody else; sometimes only after changes were asked for, or with a comment beside.
    fn ordinary(&mut self, on: Date) {
        let merged = at(on, self.random.between(30_000, 66_000));
        let mut change = self.change(merged);
        let approval = self.review(&change, "APPROVED", 12);
        if self.random.chance(25) {
            let old = Review {
                state: "CHANGES_REQUESTED",
                at: later(merged, -300),
                commit: self.random.hex(40),
                ..approval.clone()
            };
            change.reviews.push(old);
        }
        if self.random.chance(15) {
            let comment = self.review(&change, "COMMENTED", 30);
            change.reviews.push(comment);
        }
        change.reviews.push(approval);
        self.changes.push(change);
    }

    fn exceptions(&mut self) {
        let alone = self.change(moment(7, 20, 19, 40));
        let mut own = self.change(moment(8, 12, 17, 5));
        own.reviews.push(Review { by: own.author.clone(), ..self.review(&own, "APPROVED", 5) });
        let mut stale = self.change(moment(8, 28, 11, 30));
        stale.reviews.push(Review { commit: self.random.hex(40), ..self.review(&stale, "APPROVED", 400) });
        let mut withdrawn = self.change(moment(9, 7, 13, 0));
        withdrawn.reviews.push(self.review(&withdrawn, "DISMISSED", 90));
        let mut objected = self.change(moment(9, 18, 16, 20));
        let approval = self.review(&objected, "APPROVED", 120);
        objected.reviews.push(approval.clone());
        objected.reviews.push(Review { state: "CHANGES_REQUESTED", at: later(objected.merged, -20), ..approval });
        for mut change in [alone, own, stale, withdrawn, objected] {
            change.outcome = Planned::Standing;
            change.merged_by = change.author.clone();
            self.changes.push(change);
        }
        let mut late = self.change(moment(7, 30, 23, 15));
        late.reviews.push(self.review(&late, "APPROVED", -600));
        late.outcome = Planned::Late;
        self.changes.push(late);
    }

    fn near_misses(&mut self) {
        // Not to the main line.
        let mut branch = self.change(moment(8, 6, 12, 0));
        branch.base = "feature/tax";
        self.changes.push(branch);
        // Merged by its author, approved by another.
        let mut own = self.change(moment(9, 2, 9, 50));
        own.reviews.push(self.review(&own, "APPROVED", 1));
        own.merged_by = own.author.clone();
        self.changes.push(own);
        // Objected to by one and approved by another.
        let mut disputed = self.change(moment(9, 22, 15, 0));
        disputed.reviews.push(self.review(&disputed, "APPROVED", 60));
        let objection = self.review(&disputed, "CHANGES_REQUESTED", 200);
        disputed.reviews.push(objection);
        self.changes.push(disputed);
    }

    fn number(&mut self, plan: &mut Plan) {
        self.changes.sort_by(|a, b| (a.merged, &a.head).cmp(&(b.merged, &b.head)));
        for (index, change) in self.changes.iter_mut().enumerate() {
            change.number = 301 + index;
            let subject = format!("acme/{}#{}", change.service, change.number);
            match change.outcome {
                Planned::Clean => {}
                Planned::Late => plan.partial("change-review", subject),
                Planned::Standing => plan.fail("change-review", subject),
            }
        }
    }

    fn wrote_in_the_quarter(&self) -> Vec<String> {
        let inside = |change: &&Change| change.merged.date() >= day(7, 1) && change.base == "main";
        let mut authors: Vec<String> = self.changes.iter().filter(inside).map(|change| change.author.clone()).collect();
        authors.sort();
        authors.dedup();
        authors
    }

    // Operations may deploy. Engineers may deploy to staging and look at production.
    fn grant_rights(&mut self, people: &People, plan: &mut Plan) {
        for person in people.operators().iter().take(6) {
            self.people_rights.push((person.login.clone(), "production", "deploy", Timeline::always(true)));
        }
        for login in self.authors.iter().take(30).cloned().collect::<Vec<_>>() {
            self.people_rights.push((login.clone(), "staging", "deploy", Timeline::always(true)));
            self.people_rights.push((login, "production", "read", Timeline::always(true)));
        }
        if !plan.has("deploy-separation") {
            return;
        }
        let mut authors = self.wrote_in_the_quarter().into_iter();
        if let Some(login) = authors.next() {
            plan.fail("deploy-separation", login.clone());
            self.people_rights.push((login, "production", "deploy", Timeline::always(false).then(day(8, 14), true)));
        }
        if let Some(login) = authors.next() {
            plan.partial("deploy-separation", login.clone());
            let line = Timeline::always(true).then(day(9, 10), false);
            self.people_rights.push((login, "production", "deploy", line));
        }
    }

    /// Who may deploy where at the end of `on`.
    pub(crate) fn access(&self, on: Date) -> Vec<u8> {
        let granted = instant(date(2025, 4, 1).at(8, 0, 0, 0));
        let row = |user: &str, kind: &str, permission: &str, environment: &str| {
            [user, kind, permission, environment, &granted].map(str::to_owned)
        };
        let mut rows: Vec<[String; 5]> =
            self.rights.iter().map(|[user, kind, permission]| row(user, kind, permission, "production")).collect();
        for (user, environment, permission, _) in self.people_rights.iter().filter(|(.., line)| line.on(on)) {
            rows.push(row(user, "person", permission, environment));
        }
        csv(["user", "kind", "permission", "environment", "granted_at"], &rows)
    }

    /// The changes merged in `period`, in the shape of GitHub's REST API, with their reviews.
    pub(crate) fn merged(&self, period: &Period) -> Vec<u8> {
        let (start, end) = bounds(period);
        let inside = self.changes.iter().filter(|change| start <= change.merged && change.merged < end);
        // Reviews are read when the month is over: a later one is not known yet.
        let known = later(plus(end.date(), 0).at(0, 0, 0, 0), 180);
        json(&Value::Array(inside.map(|change| change.row(known)).collect()))
    }
}

impl Change {
    fn row(&self, known: DateTime) -> Value {
        let reviews: Vec<Value> = self.reviews.iter().filter(|review| review.at < known).map(Review::row).collect();
        json!({
            "number": self.number,
            "title": self.title,
            "user": {"login": self.author},
            "base": {"ref": self.base, "repo": {"full_name": format!("acme/{}", self.service)}},
            "head": {"sha": self.head},
            "merged_at": instant(self.merged),
            "merged_by": {"login": self.merged_by},
            "reviews": reviews,
        })
    }
}

impl Review {
    fn row(&self) -> Value {
        json!({
            "user": {"login": self.by},
            "state": self.state,
            "commit_id": self.commit,
            "submitted_at": instant(self.at),
        })
    }
}
