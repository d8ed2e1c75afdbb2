//! What the trail holds beside everyday calls: the root user, the trail itself, and rights that were granted.

use crate::{
    accounts::{ACCOUNT, SERVICES},
    calendar::{FIRST, LAST, QUARTER, at, day, days, instant, is_workday, later, moment},
    people::People,
    plan::Plan,
    random::Random,
    requests::{AccessRequest, Requests},
    trail::{Caller, Event, Trail},
};
use jiff::civil::DateTime;
use serde_json::json;

const POLICIES: [&str; 6] = [
    "AdministratorAccess",
    "PowerUserAccess",
    "AmazonRDSFullAccess",
    "AmazonS3FullAccess",
    "ReadOnlyAccess",
    "IAMFullAccess",
];

/// Adds everything about rights and logs to the trail, and the tickets that go with it.
pub(crate) fn add(seed: u64, people: &People, trail: &mut Trail, requests: &mut Requests, plan: &mut Plan) {
    let mut random = Random::new(seed, "privileges");
    root(&mut random, trail, plan);
    logs(&mut random, trail, plan);
    let mut grants = Grants { random, logins: logins(people), trail, requests };
    grants.approved_ones();
    grants.exceptions(plan);
    grants.near_misses();
}

fn logins(people: &People) -> Vec<String> {
    people.engineers().iter().map(|person| person.login.clone()).collect()
}

fn root(random: &mut Random, trail: &mut Trail, plan: &mut Plan) {
    for month in 7..=9 {
        let billing =
            Event::new(random, moment(month, 2, 3, 10), Caller::Service("billing.amazonaws.com"), "s3", "PutObject");
        let closing = Event::new(random, moment(month, 3, 4, 20), Caller::Root, "health", "UpdateEvent");
        let closing = closing.with("eventType", json!("AwsServiceEvent"));
        trail.events.extend([billing, closing]);
    }
    let refused = Event::new(random, moment(8, 14, 22, 41), Caller::Root, "signin", "ConsoleLogin")
        .with("eventType", json!("AwsConsoleSignIn"))
        .with("errorMessage", json!("Failed authentication"))
        .with("responseElements", json!({"ConsoleLogin": "Failure"}));
    trail.events.push(refused);
    if !plan.has("root-activity") {
        return;
    }
    let login = Event::new(random, moment(9, 5, 21, 14), Caller::Root, "signin", "ConsoleLogin")
        .with("eventType", json!("AwsConsoleSignIn"))
        .with("responseElements", json!({"ConsoleLogin": "Success"}));
    let change = Event::new(random, moment(9, 5, 21, 19), Caller::Root, "iam", "UpdateAccountPasswordPolicy");
    for event in [login, change] {
        let name = if event.at.minute() == 14 { "ConsoleLogin" } else { "UpdateAccountPasswordPolicy" };
        plan.fail("root-activity", format!("{name} at {} ({})", instant(event.at), event.id));
        trail.events.push(event);
    }
}

fn logs(random: &mut Random, trail: &mut Trail, plan: &mut Plan) {
    let name = json!({"name": "organisation-trail"});
    let refused = Event::new(random, moment(7, 30, 14, 2), Caller::User(SERVICES[0]), "cloudtrail", "StopLogging");
    let harmless = Event::new(random, moment(8, 20, 9, 30), Caller::Role("log-pipeline"), "cloudtrail", "UpdateTrail")
        .asking(json!({"name": "organisation-trail", "enableLogFileValidation": true, "isMultiRegionTrail": true}));
    let started = Event::new(random, moment(8, 20, 9, 31), Caller::Role("log-pipeline"), "cloudtrail", "StartLogging");
    let selected =
        Event::new(random, moment(9, 2, 10, 0), Caller::Role("log-pipeline"), "cloudtrail", "PutEventSelectors")
            .asking(json!({"trailName": "organisation-trail",
            "eventSelectors": [{"includeManagementEvents": true, "readWriteType": "All"}]}));
    trail.events.extend([refused.asking(name.clone()).refused(), harmless, started.asking(name.clone()), selected]);
    if !plan.has("log-tampering") {
        return;
    }
    let caller = Caller::Role("svc-cost-report");
    let stopped = Event::new(random, moment(8, 9, 2, 12), caller, "cloudtrail", "StopLogging").asking(name);
    let weakened = Event::new(random, moment(9, 17, 19, 55), caller, "cloudtrail", "UpdateTrail")
        .asking(json!({"name": "organisation-trail", "enableLogFileValidation": false}));
    let narrowed = Event::new(random, moment(9, 17, 19, 58), caller, "cloudtrail", "PutEventSelectors")
        .asking(json!({"trailName": "organisation-trail",
            "eventSelectors": [{"includeManagementEvents": false, "readWriteType": "All"}]}));
    for (name, event) in [("StopLogging", stopped), ("UpdateTrail", weakened), ("PutEventSelectors", narrowed)] {
        plan.fail("log-tampering", format!("{name} at {} ({})", instant(event.at), event.id));
        trail.events.push(event);
    }
}

struct Grants<'a> {
    random: Random,
    logins: Vec<String>,
    trail: &'a mut Trail,
    requests: &'a mut Requests,
}

fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

impl Grants<'_> {
    fn attach(&mut self, at: DateTime, account: &str, entitlement: &str) -> Event {
        let caller = Caller::Role("access-desk");
        let event = Event::new(&mut self.random, at, caller, "iam", "AttachUserPolicy");
        event.asking(json!({"userName": account, "policyArn": entitlement}))
    }

    fn ticket(&mut self, account: &str, entitlement: &str, approved: DateTime) -> &mut AccessRequest {
        let email = format!("{account}@acme.example");
        self.requests.approved("aws-iam", ACCOUNT, account, entitlement, Some(email), approved)
    }

    // Two or three a week, each with its ticket: policies, groups and, for services, role policies.
    fn approved_ones(&mut self) {
        for on in days(FIRST, LAST).filter(|on| is_workday(*on)) {
            if !self.random.chance(if on >= QUARTER { 50 } else { 25 }) {
                continue;
            }
            let granted = at(on, self.random.between(33_000, 60_000));
            let approved = later(granted, -self.random.between(5, 4_000));
            match self.random.below(5) {
                0 => self.join_group(granted, approved),
                1 => self.role_policy(granted, approved),
                _ => self.user_policy(granted, approved),
            }
        }
    }

    fn user_policy(&mut self, granted: DateTime, approved: DateTime) {
        let account = self.random.pick(&self.logins);
        let entitlement = policy_arn(self.random.pick(&POLICIES));
        self.ticket(&account, &entitlement, approved);
        let event = self.attach(granted, &account, &entitlement);
        self.trail.events.push(event);
    }

    fn join_group(&mut self, granted: DateTime, approved: DateTime) {
        let account = self.random.pick(&self.logins);
        let group = self.random.pick(&["database-administrators", "release-managers", "incident-responders"]);
        self.ticket(&account, group, approved);
        let caller = Caller::Role("access-desk");
        let event = Event::new(&mut self.random, granted, caller, "iam", "AddUserToGroup");
        self.trail.events.push(event.asking(json!({"userName": account, "groupName": group})));
    }

    fn role_policy(&mut self, granted: DateTime, approved: DateTime) {
        let role = self.random.pick(&["app-billing", "app-checkout", "app-reporting", "app-search"]);
        let name = format!("inline-{}", self.random.hex(6));
        self.requests.approved("aws-iam", ACCOUNT, role, &name, None, approved);
        let event = Event::new(&mut self.random, granted, Caller::Role("svc-deploy"), "iam", "PutRolePolicy");
        self.trail.events.push(event.asking(json!({"roleName": role, "policyName": name})));
    }

    fn login(&self, index: usize) -> String {
        self.logins.get(index).cloned().unwrap_or_default()
    }

    // Entitlements of their own, so that no approved grant of another day covers them.
    fn exceptions(&mut self, plan: &mut Plan) {
        let subject =
            |account: &str, entitlement: &str, at: DateTime| format!("{account}: {entitlement} at {}", instant(at));
        let (account, entitlement, granted) = (self.login(20), policy_arn("SecurityAudit"), moment(7, 16, 18, 42));
        let event = self.attach(granted, &account, &entitlement);
        self.trail.events.push(event);
        plan.fail("privileged-grants", subject(&account, &entitlement, granted));

        let (account, entitlement, granted) = (self.login(21), policy_arn("AmazonEC2FullAccess"), moment(8, 11, 9, 5));
        self.ticket(&account, &entitlement, later(granted, 190));
        let event = self.attach(granted, &account, &entitlement);
        self.trail.events.push(event);
        plan.fail("privileged-grants", subject(&account, &entitlement, granted));

        let (account, entitlement, granted) =
            (self.login(22), policy_arn("AWSKeyManagementServicePowerUser"), moment(9, 8, 11, 0));
        self.ticket(&account, &entitlement, moment(6, 2, 15, 0)).expires = Some(moment(8, 31, 0, 0));
        let event = self.attach(granted, &account, &entitlement);
        self.trail.events.push(event);
        plan.fail("privileged-grants", subject(&account, &entitlement, granted));

        let (account, entitlement, granted) =
            (self.login(23), policy_arn("DatabaseAdministrator"), moment(8, 27, 23, 12));
        let event = self.attach(granted, &account, &entitlement);
        self.trail.events.push(event);
        let revoked =
            Event::new(&mut self.random, moment(8, 28, 8, 30), Caller::Role("access-desk"), "iam", "DetachUserPolicy");
        self.trail.events.push(revoked.asking(json!({"userName": account, "policyArn": entitlement})));
        plan.partial("privileged-grants", subject(&account, &entitlement, granted));
    }

    fn near_misses(&mut self) {
        // Refused: nothing was granted.
        let account = self.login(24);
        let event = self.attach(moment(7, 23, 13, 0), &account, &policy_arn("NetworkAdministrator")).refused();
        self.trail.events.push(event);
        // Approved in the minute before; the ticket writes the account in capitals.
        let (account, entitlement) = (self.login(25), policy_arn("NetworkAdministrator"));
        self.ticket(&account.to_uppercase(), &entitlement, moment(9, 10, 15, 29));
        let event = self.attach(moment(9, 10, 15, 30), &account, &entitlement);
        self.trail.events.push(event);
        // Outside the quarter: the report before this one answers for it.
        let account = self.login(26);
        let event = self.attach(at(day(6, 30), 86_000), &account, &policy_arn("NetworkAdministrator"));
        self.trail.events.push(event);
    }
}
