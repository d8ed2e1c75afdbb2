//! IAM users, and the credential report that AWS makes of them.

mod exceptions;

use crate::{
    calendar::{FIRST, LAST, Timeline, at, day, later, moment, number, plus},
    people::{People, Person},
    plan::Plan,
    random::Random,
    writing::{csv, report_time},
};
use jiff::civil::{Date, DateTime, date};

pub(crate) const ACCOUNT: &str = "482915037716";

/// Service accounts: they have keys and no password.
pub(crate) const SERVICES: [&str; 16] = [
    "svc-deploy",
    "svc-backup",
    "svc-billing-export",
    "svc-metrics",
    "svc-log-shipper",
    "svc-scanner",
    "svc-etl-ledger",
    "svc-etl-orders",
    "svc-mail-relay",
    "svc-dns",
    "svc-image-build",
    "svc-cost-report",
    "svc-terraform-plan",
    "svc-restore-test",
    "svc-support-sync",
    "svc-archive",
];

#[derive(Debug, Clone, Default)]
struct Key {
    active: Timeline<bool>,
    rotations: Vec<DateTime>,
}

#[derive(Debug, Clone, Default)]
struct Account {
    user: String,
    created: DateTime,
    exists: Timeline<bool>,
    password: Timeline<bool>,
    mfa: Timeline<bool>,
    keys: [Key; 2],
    // Used every so many days, at this second of the day.
    every: i64,
    second: i64,
    used_until: Option<Date>,
}

/// Every IAM user.
pub(crate) struct Accounts {
    all: Vec<Account>,
    root_key: Timeline<bool>,
}

impl Accounts {
    pub(crate) fn new(seed: u64, people: &People, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "accounts");
        let mut all: Vec<Account> =
            SERVICES.iter().map(|user| service(&mut random, user, date(2024, 2, 1).at(9, 0, 0, 0))).collect();
        for person in people.engineers() {
            all.push(personal(&mut random, person));
        }
        exceptions::plant_missing_factors(&mut all, plan);
        exceptions::plant_old_keys(&mut all, plan);
        exceptions::plant_unused(&mut all, plan);
        all.extend(exceptions::leaving(&mut random, people, plan));
        all.extend(joining(&mut random, people));
        Self { all, root_key: exceptions::plant_root_key(plan) }
    }

    /// The credential report made at the end of `on`.
    pub(crate) fn report(&self, on: Date) -> Vec<u8> {
        let mut rows = vec![self.root(on)];
        rows.extend(self.all.iter().filter(|account| account.exists.on(on)).map(|account| account.row(on)));
        csv(HEADER, &rows)
    }

    fn root(&self, on: Date) -> [String; 22] {
        let mut key = Key { active: self.root_key.clone(), rotations: Vec::new() };
        if self.root_key.on(on) {
            key.rotations.push(moment(7, 20, 10, 0));
        }
        let [first, second] = [key.cells(on, None), Key::default().cells(on, None)];
        let head = [
            "<root_account>".to_owned(),
            format!("arn:aws:iam::{ACCOUNT}:root"),
            "2019-04-02T08:11:45+00:00".to_owned(),
            "not_supported".to_owned(),
            "2025-06-11T07:30:12+00:00".to_owned(),
            "not_supported".to_owned(),
            "not_supported".to_owned(),
            "true".to_owned(),
        ];
        row(head, first, second)
    }
}

const HEADER: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

fn row(head: [String; 8], first: [String; 5], second: [String; 5]) -> [String; 22] {
    let tail = ["false", "N/A", "false", "N/A"].map(str::to_owned);
    let mut cells = head.into_iter().chain(first).chain(second).chain(tail);
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

impl Key {
    fn last_rotated(&self, on: Date) -> Option<DateTime> {
        self.rotations.iter().rev().find(|rotated| rotated.date() <= on).copied()
    }

    fn cells(&self, on: Date, used: Option<DateTime>) -> [String; 5] {
        let active = self.active.on(on);
        let rotated = self.last_rotated(on);
        let used = used.filter(|used| rotated.is_some_and(|rotated| rotated <= *used));
        let known = |text: &str| if used.is_some() { text.to_owned() } else { "N/A".to_owned() };
        [active.to_string(), report_time(rotated, "N/A"), report_time(used, "N/A"), known("eu-west-1"), known("s3")]
    }
}

impl Account {
    fn last_used(&self, on: Date) -> Option<DateTime> {
        let latest = self.used_until.map_or(on, |until| until.min(on));
        let used = plus(latest, -((number(latest) + self.second) % self.every));
        let used = at(used, self.second);
        (used > self.created).then_some(used)
    }

    fn row(&self, on: Date) -> [String; 22] {
        let password = self.password.on(on);
        let used = self.last_used(on);
        let with_password = |moment: Option<DateTime>, none: &str| report_time(moment.filter(|_| password), none);
        let changed = plus(on, -(number(on) + self.second) % 60).max(self.created.date());
        let changed = at(changed, 28_800).max(self.created);
        let head = [
            self.user.clone(),
            format!("arn:aws:iam::{ACCOUNT}:user/{}", self.user),
            report_time(Some(self.created), "N/A"),
            password.to_string(),
            with_password(used, if password { "no_information" } else { "N/A" }),
            with_password(Some(changed), "N/A"),
            with_password(Some(later(changed, 90 * 1440)), "N/A"),
            self.mfa.on(on).to_string(),
        ];
        let [first, second] = &self.keys;
        row(head, first.cells(on, used), second.cells(on, used))
    }
}

fn service(random: &mut Random, user: &str, created: DateTime) -> Account {
    let mut second = Key::default();
    if random.chance(25) {
        // The old half of a rotation, switched off long ago: its age is of no concern.
        second = Key { active: Timeline::always(false), rotations: vec![date(2024, 11, 5).at(11, 0, 0, 0)] };
    }
    Account {
        user: user.to_owned(),
        created,
        exists: Timeline::from(created.date(), true),
        keys: [rotating_key(random, created), second],
        every: 1,
        second: random.between(20_000, 80_000),
        ..Account::default()
    }
}

// A key that is replaced in time: every 55 to 80 days.
fn rotating_key(random: &mut Random, created: DateTime) -> Key {
    let step = random.between(55, 80);
    let mut next = created.date().max(plus(FIRST, -random.between(1, step)));
    let mut rotations = Vec::new();
    while next <= LAST {
        rotations.push(at(next, random.between(30_000, 60_000)).max(created));
        next = plus(next, step);
    }
    Key { active: Timeline::from(created.date(), true), rotations }
}

fn personal(random: &mut Random, person: &Person) -> Account {
    let created = at(person.start, random.between(30_000, 36_000));
    let keys = if random.chance(40) { [rotating_key(random, created), Key::default()] } else { Default::default() };
    Account {
        user: person.login.clone(),
        created,
        exists: Timeline::from(person.start, true),
        password: Timeline::from(person.start, true),
        mfa: Timeline::from(person.start, true),
        keys,
        every: random.between(1, 9),
        second: random.between(21_600, 79_200),
        ..Account::default()
    }
}

/// The people of the first accounts have planted exceptions; the trail's everyday calls come from those after.
pub(crate) const SET_ASIDE: usize = 12;

// Those who came during the year: their accounts are young, and some have not signed in yet.
fn joining(random: &mut Random, people: &People) -> Vec<Account> {
    let mut accounts = Vec::new();
    let young = |person: &&Person| person.end.is_none() && person.is_technical() && person.start >= FIRST;
    for (index, person) in people.all.iter().filter(young).enumerate() {
        let mut account = personal(random, person);
        if index % 4 == 0 && person.start > day(7, 20) {
            account.used_until = Some(plus(person.start, -1));
        }
        accounts.push(account);
    }
    accounts
}
