//! Who works here, and the HR system's list of them.

use crate::{
    calendar::{FIRST, LAST, Timeline, day, number, plus},
    names::{DEPARTMENTS, FIRST_NAMES, HOSTILE_NAMES, LAST_NAMES, TITLES},
    plan::Plan,
    random::Random,
    writing::csv,
};
use jiff::civil::{Date, date};
use std::collections::BTreeSet;

/// How many people are employed when the quarter ends.
pub(crate) const EMPLOYED: usize = 300;
const LEFT: usize = 34;

/// One employment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) login: String,
    pub(crate) department: &'static str,
    title: &'static str,
    manager: String,
    pub(crate) start: Date,
    pub(crate) end: Option<Date>,
    /// The day from which on the HR system knows of the end.
    pub(crate) end_known: Option<Date>,
    pub(crate) on_leave: bool,
    pub(crate) last_training: Timeline<Option<Date>>,
}

impl Person {
    pub(crate) fn email(&self) -> String {
        format!("{}@acme.example", self.login)
    }

    /// Whether they work on systems, and so have an account in AWS.
    pub(crate) fn is_technical(&self) -> bool {
        matches!(self.department, "Engineering" | "Platform" | "Data" | "Security")
    }
}

/// Everybody who is or was employed, by number.
pub(crate) struct People {
    pub(crate) all: Vec<Person>,
}

impl People {
    pub(crate) fn new(seed: u64, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "people");
        let mut logins = BTreeSet::new();
        let mut all: Vec<Person> =
            (0..EMPLOYED + LEFT).map(|number| person(&mut random, number, &mut logins)).collect();
        for person in all.iter_mut().skip(EMPLOYED) {
            leave(&mut random, person);
        }
        name_managers(&mut all);
        set_last_days(&mut all);
        near_misses(&mut all);
        plant_training(&mut all, plan);
        Self { all }
    }

    /// Those employed from the beginning of the known year to its end, in departments that work on systems.
    pub(crate) fn engineers(&self) -> Vec<&Person> {
        let stays = |person: &&Person| {
            person.is_technical() && person.end.is_none() && person.start < FIRST && !person.on_leave
        };
        self.all.iter().filter(stays).collect()
    }

    /// Those employed all year in operations: they release and approve, and write no code.
    pub(crate) fn operators(&self) -> Vec<&Person> {
        let stays = |person: &&Person| {
            person.department == "Operations" && person.end.is_none() && person.start < FIRST && !person.on_leave
        };
        self.all.iter().filter(stays).collect()
    }

    /// Those who left in the known year, by number.
    pub(crate) fn leavers(&self) -> Vec<&Person> {
        self.all.iter().skip(EMPLOYED).take(LEFT).collect()
    }

    /// The HR system's list at the end of `on`. Ends are known two weeks ahead.
    pub(crate) fn list(&self, on: Date) -> Vec<u8> {
        let known = self.all.iter().filter(|person| person.start <= plus(on, 14));
        let rows: Vec<_> = known.map(|person| row(person, on)).collect();
        csv(
            ["employee_id", "name", "email", "department", "title", "manager", "status", "start_date", "end_date"],
            &rows,
        )
    }

    /// The training platform's list at the end of `on`.
    pub(crate) fn completions(&self, on: Date) -> Vec<u8> {
        let mut rows = Vec::new();
        for person in self.all.iter().filter(|person| person.start <= on) {
            let other = plus(person.start, 3);
            rows.push([person.email(), "code-of-conduct".to_owned(), other.to_string()]);
            if let Some(completed) = person.last_training.on(on) {
                rows.push([person.email(), "security-awareness".to_owned(), completed.to_string()]);
            }
        }
        csv(["email", "course", "completed_on"], &rows)
    }
}

fn row(person: &Person, on: Date) -> [String; 9] {
    let end = person.end.filter(|_| person.end_known.is_none_or(|known| known <= on));
    let status = match end {
        Some(end) if end < on => "left",
        _ if person.on_leave => "leave",
        _ => "active",
    };
    [
        format!("E{:04}", person.number + 1),
        person.name.clone(),
        person.email(),
        person.department.to_owned(),
        person.title.to_owned(),
        person.manager.clone(),
        status.to_owned(),
        person.start.to_string(),
        end.map(|end| end.to_string()).unwrap_or_default(),
    ]
}

fn person(random: &mut Random, number: usize, logins: &mut BTreeSet<String>) -> Person {
    let (first, last) = (random.pick(&FIRST_NAMES), random.pick(&LAST_NAMES));
    let base = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
    let mut login = base.clone();
    let mut count = 1;
    while !logins.insert(login.clone()) {
        count += 1;
        login = format!("{base}{count}");
    }
    let (department, title) = place(number);
    let start = if random.chance(88) {
        plus(date(2016, 1, 4), random.between(0, 3500))
    } else {
        plus(FIRST, random.between(0, 350))
    };
    let last_training = trained(random, start);
    let name = format!("{first} {last}");
    Person { number, name, login, department, title, start, last_training, ..Person::default() }
}

fn place(number: usize) -> (&'static str, &'static str) {
    let department = DEPARTMENTS.get(number % DEPARTMENTS.len()).copied().unwrap_or_default();
    let title = TITLES.get(number / 3 % TITLES.len()).copied().unwrap_or_default();
    (department, title)
}

// Everybody repeats the training after 300 to 340 days.
fn trained(random: &mut Random, start: Date) -> Timeline<Option<Date>> {
    let step = random.between(300, 340);
    let first = plus(start, random.between(1, 20));
    let mut line = Timeline::default();
    let mut next = first.max(plus(FIRST, -random.between(0, 299)));
    while next <= LAST {
        line = line.then(next, Some(next));
        next = plus(next, step);
    }
    line
}

fn leave(random: &mut Random, person: &mut Person) {
    let end = plus(FIRST, random.between(5, 355));
    person.start = person.start.min(plus(end, -200));
    person.last_training = trained(random, person.start);
    person.end = Some(end);
    person.end_known = Some(plus(end, -14));
}

/// The last working days of the first technical leavers, for whom `accounts` decides what happened to their access.
pub(crate) const LAST_DAYS: [Date; 5] = [day(8, 21), day(9, 11), day(7, 17), day(9, 27), day(8, 5)];

fn set_last_days(all: &mut [Person]) {
    let technical = all.iter_mut().skip(EMPLOYED).filter(|person| person.is_technical());
    for (person, last_day) in technical.zip(LAST_DAYS) {
        person.end = Some(last_day);
        person.end_known = Some(plus(last_day, -14));
    }
}

fn name_managers(all: &mut [Person]) {
    let managers: Vec<(&str, String)> = all.iter().take(24).map(|person| (person.department, person.email())).collect();
    let head = managers.first().map(|(_, email)| email.clone()).unwrap_or_default();
    for person in all.iter_mut() {
        let own = person.email();
        let found = managers.iter().find(|(department, email)| *department == person.department && *email != own);
        person.manager = found.map_or_else(|| head.clone(), |(_, email)| email.clone());
    }
    for person in all.iter_mut().take(24) {
        person.start = person.start.min(date(2021, 3, 1));
    }
}

// Things that look like exceptions and are none: a person hired again, long leave without training, an end that is known
// and not reached, somebody hired in the last weeks without training yet; and names that try to be something else.
fn near_misses(all: &mut Vec<Person>) {
    for (person, name) in all.iter_mut().skip(40).zip(HOSTILE_NAMES) {
        person.name = name.to_owned();
    }
    for person in all.iter_mut().skip(100).step_by(61).take(3) {
        person.on_leave = true;
        person.last_training = Timeline::default();
    }
    if let Some(person) = all.get_mut(250) {
        person.end = Some(date(2026, 10, 9));
        person.end_known = Some(day(9, 25));
    }
    if let Some(person) = all.get_mut(251) {
        person.start = day(9, 14);
        person.last_training = Timeline::default();
    }
    let rehired = all.iter().skip(200).find(|person| person.is_technical() && person.start < FIRST).cloned();
    if let Some(person) = rehired {
        let number = all.len();
        let ended = Person { number, end: Some(day(3, 31)), end_known: Some(day(3, 17)), ..person.clone() };
        if let Some(again) = all.get_mut(person.number) {
            again.start = day(6, 1);
        }
        all.push(ended);
    }
}

fn plant_training(all: &mut [Person], plan: &mut Plan) {
    if !plan.has("security-training") {
        return;
    }
    let stays = |person: &&mut Person| person.end.is_none() && number(person.start) < number(FIRST) && !person.on_leave;
    let mut chosen = all.iter_mut().skip(120).filter(stays);
    if let Some(person) = chosen.next() {
        person.last_training = Timeline::default();
        plan.fail("security-training", person.email());
    }
    if let Some(person) = chosen.next() {
        // 366 days before the quarter ends: one too many.
        person.last_training = Timeline::always(Some(date(2025, 9, 30)));
        plan.fail("security-training", person.email());
    }
    if let Some(person) = chosen.next() {
        person.last_training = Timeline::always(Some(date(2025, 10, 1)));
    }
}
