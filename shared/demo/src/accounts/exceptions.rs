//! Accounts that are not as they should be, and some that only look so.

use super::{ACCOUNT, Account, Key, SERVICES, personal};
use crate::{
    calendar::{LAST, Timeline, day, moment, plus},
    people::{LAST_DAYS, People, Person},
    plan::Plan,
    random::Random,
};
use jiff::civil::Date;

fn person_at(all: &mut [Account], index: usize) -> Option<&mut Account> {
    all.get_mut(SERVICES.len() + index)
}

pub(super) fn plant_missing_factors(all: &mut [Account], plan: &mut Plan) {
    let lines = [
        (0, Timeline::always(true).then(day(9, 21), false), true),
        (1, Timeline::always(true).then(day(7, 9), false), true),
        (2, Timeline::always(true).then(day(7, 13), false).then(day(7, 17), true), false),
        (3, Timeline::always(true).then(day(8, 13), false).then(day(8, 19), true), false),
    ];
    for (index, line, stands) in lines {
        let Some(account) = person_at(all, index) else { continue };
        account.mfa = line;
        if stands {
            plan.fail("access-mfa", account.user.clone());
        } else {
            plan.partial("access-mfa", account.user.clone());
        }
    }
    if let Some(account) = person_at(all, 4) {
        // Gone together with the factor that was missing.
        account.mfa = Timeline::always(true).then(day(8, 24), false);
        account.password = Timeline::always(true).then(day(8, 27), false);
        plan.partial("access-mfa", account.user.clone());
    }
    if let Some(account) = person_at(all, 5) {
        // Without a second factor, and without a password to need one.
        account.mfa = Timeline::always(false);
        account.password = Timeline::always(false);
    }
}

pub(super) fn plant_old_keys(all: &mut [Account], plan: &mut Plan) {
    let active = Timeline::always(true);
    if let Some(account) = all.get_mut(3) {
        account.keys = [Key { active: active.clone(), rotations: vec![moment(3, 2, 10, 15)] }, Key::default()];
        plan.fail("access-key-age", format!("{}, key 1", account.user));
    }
    if let Some(account) = all.get_mut(5) {
        let [first, _] = account.keys.clone();
        account.keys = [first, Key { active: active.clone(), rotations: vec![moment(6, 20, 8, 40)] }];
        plan.fail("access-key-age", format!("{}, key 2", account.user));
    }
    if let Some(account) = person_at(all, 6) {
        let rotations = vec![moment(4, 14, 9, 0), moment(8, 4, 9, 0)];
        account.keys = [Key { active: active.clone(), rotations }, Key::default()];
        plan.partial("access-key-age", format!("{}, key 1", account.user));
    }
    if let Some(account) = person_at(all, 7) {
        // Switched off instead of replaced.
        let active = active.clone().then(day(8, 11), false);
        account.keys = [Key { active, rotations: vec![moment(4, 28, 16, 30)] }, Key::default()];
        plan.partial("access-key-age", format!("{}, key 1", account.user));
    }
    if let Some(account) = all.get_mut(7) {
        // Ninety days to the minute when the last week ends, and not a minute more.
        let rotations = vec![moment(4, 6, 0, 0), moment(6, 30, 0, 0)];
        account.keys = [Key { active, rotations }, Key::default()];
    }
}

pub(super) fn plant_unused(all: &mut [Account], plan: &mut Plan) {
    if !plan.has("unused-accounts") {
        return;
    }
    if let Some(account) = person_at(all, 8) {
        account.used_until = Some(day(5, 10));
        account.keys = Default::default();
        plan.fail("unused-accounts", account.user.clone());
    }
    if let Some(account) = person_at(all, 9) {
        account.used_until = Some(day(5, 20));
        account.keys = Default::default();
        account.password = Timeline::always(true).then(day(9, 8), false);
        plan.partial("unused-accounts", account.user.clone());
    }
}

pub(super) fn plant_root_key(plan: &mut Plan) -> Timeline<bool> {
    if !plan.has("root-access-keys") {
        return Timeline::always(false);
    }
    plan.partial("root-access-keys", format!("arn:aws:iam::{ACCOUNT}:root"));
    Timeline::always(false).then(day(7, 20), true).then(day(8, 12), false)
}

// Of those who leave, half of the accounts are removed on the last day and half are only disabled.
pub(super) fn leaving(random: &mut Random, people: &People, plan: &mut Plan) -> Vec<Account> {
    let mut accounts = Vec::new();
    for (index, person) in people.leavers().into_iter().filter(|person| person.is_technical()).enumerate() {
        let mut account = personal(random, person);
        let last_day = person.end.unwrap_or(LAST);
        let planted = LAST_DAYS.get(index).is_some();
        if planted {
            keep_too_long(index, last_day, &mut account, person, plan);
        } else {
            end(&mut account, last_day, last_day);
            if random.chance(50) {
                account.exists = account.exists.then(last_day, false);
            }
        }
        accounts.push(account);
    }
    accounts
}

fn end(account: &mut Account, password: Date, keys: Date) {
    account.password = account.password.clone().then(password, false);
    for key in &mut account.keys {
        key.active = key.active.clone().then(keys, false);
    }
    account.used_until = Some(password.min(keys));
}

fn keep_too_long(index: usize, last_day: Date, account: &mut Account, person: &Person, plan: &mut Plan) {
    let never = plus(LAST, 30);
    account.every = 1;
    account.keys = Default::default();
    match index {
        0 => {
            // The password stays and is used; the user is written with capitals, which IAM allows.
            account.user = person.login.to_uppercase();
            account.used_until = Some(plus(last_day, 20));
            plan.fail("leavers", person.email());
        }
        1 => {
            let rotations = vec![moment(5, 4, 9, 30), moment(7, 21, 9, 30)];
            account.keys = [Key { active: Timeline::always(true), rotations }, Key::default()];
            end(account, last_day, never);
            account.used_until = Some(last_day);
            plan.fail("leavers", person.email());
        }
        2 => {
            end(account, plus(last_day, 12), plus(last_day, 12));
            account.used_until = Some(last_day);
            plan.partial("leavers", person.email());
        }
        // The last day is the day of the last report: access may still be there.
        3 => end(account, plus(last_day, 1), plus(last_day, 1)),
        // Ended a day late, but between two reports nobody sees it; the account was not used.
        _ => end(account, plus(last_day, 1), plus(last_day, 1)),
    }
}
