//! CloudTrail: what was called in AWS, day by day.

use crate::{
    accounts::{ACCOUNT, SERVICES, SET_ASIDE},
    calendar::{QUARTER, at, instant, is_workday},
    people::People,
    random::Random,
    writing::{gzip, json},
};
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";

/// Who called.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    User(&'a str),
    Role(&'a str),
    Root,
    /// A service of AWS that acts as root.
    Service(&'a str),
}

/// One recorded call.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: DateTime,
    pub(crate) id: String,
    record: Value,
}

impl Event {
    pub(crate) fn new(random: &mut Random, at: DateTime, caller: Caller<'_>, source: &str, name: &str) -> Self {
        let id = random.uuid();
        let address = format!("203.0.113.{}", random.between(1, 250));
        let record = json!({
            "eventVersion": "1.09",
            "userIdentity": identity(caller),
            "eventTime": instant(at),
            "eventSource": format!("{source}.amazonaws.com"),
            "eventName": name,
            "awsRegion": REGION,
            "sourceIPAddress": address,
            "userAgent": "aws-cli/2.27.41",
            "requestParameters": null,
            "responseElements": null,
            "eventID": id,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        });
        Self { at, id, record }
    }

    pub(crate) fn with(mut self, member: &str, value: Value) -> Self {
        if let Some(record) = self.record.as_object_mut() {
            record.insert(member.to_owned(), value);
        }
        self
    }

    pub(crate) fn asking(self, parameters: Value) -> Self {
        self.with("requestParameters", parameters)
    }

    pub(crate) fn refused(self) -> Self {
        self.with("errorCode", json!("AccessDenied")).with("errorMessage", json!("User is not authorized"))
    }
}

/// The ARN of a caller, as the trail tells it.
pub(crate) fn arn(caller: Caller<'_>) -> String {
    match caller {
        Caller::User(user) => format!("arn:aws:iam::{ACCOUNT}:user/{user}"),
        Caller::Role(role) => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"),
        Caller::Root | Caller::Service(_) => format!("arn:aws:iam::{ACCOUNT}:root"),
    }
}

fn identity(caller: Caller<'_>) -> Value {
    let arn = arn(caller);
    match caller {
        Caller::User(user) => json!({"type": "IAMUser", "arn": arn, "accountId": ACCOUNT, "userName": user}),
        Caller::Role(_) => json!({"type": "AssumedRole", "arn": arn, "accountId": ACCOUNT}),
        Caller::Root => json!({"type": "Root", "arn": arn, "accountId": ACCOUNT, "principalId": ACCOUNT}),
        Caller::Service(name) => {
            json!({"type": "Root", "arn": arn, "accountId": ACCOUNT, "principalId": ACCOUNT, "invokedBy": name})
        }
    }
}

/// The trail of a year: what matters was written down, the rest is made when it is asked for.
pub(crate) struct Trail {
    seed: u64,
    users: Vec<String>,
    pub(crate) events: Vec<Event>,
}

const EVERYDAY: [(&str, &str); 12] = [
    ("ec2", "DescribeInstances"),
    ("s3", "ListBuckets"),
    ("s3", "GetBucketLocation"),
    ("rds", "DescribeDBInstances"),
    ("kms", "DescribeKey"),
    ("sts", "GetCallerIdentity"),
    ("logs", "DescribeLogGroups"),
    ("ecs", "UpdateService"),
    ("lambda", "UpdateFunctionCode20150331v2"),
    ("cloudtrail", "DescribeTrails"),
    ("iam", "ListAttachedUserPolicies"),
    ("ssm", "StartSession"),
];

impl Trail {
    pub(crate) fn new(seed: u64, people: &People) -> Self {
        let users = people.engineers().iter().skip(SET_ASIDE).take(60).map(|person| person.login.clone()).collect();
        Self { seed, users, events: Vec::new() }
    }

    /// The two log files delivered for `on`: names below its folder, and bytes.
    pub(crate) fn files(&self, on: Date) -> [(String, Vec<u8>); 2] {
        let mut random = Random::new(self.seed, &format!("trail/{on}"));
        let mut events = self.everyday(&mut random, on);
        events.extend(self.events.iter().filter(|event| event.at.date() == on).cloned());
        events.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let noon = at(on, 43_200);
        let (mut morning, mut rest): (Vec<Event>, Vec<Event>) = events.into_iter().partition(|event| event.at < noon);
        // CloudTrail promises every event at least once: now and then one comes twice.
        if let Some(last) = morning.last().cloned() {
            rest.insert(0, last);
        }
        if let Some(event) = rest.last().cloned().filter(|_| random.chance(30)) {
            morning.push(event);
        }
        [("1205Z", morning), ("2359Z", rest)].map(|(time, events)| file(&mut random, on, time, events))
    }

    fn everyday(&self, random: &mut Random, on: Date) -> Vec<Event> {
        let base = if on >= QUARTER { 60 } else { 25 };
        let count = if is_workday(on) { random.between(base, base + 20) } else { random.between(12, 20) };
        (0..count).map(|_| self.ordinary(random, on)).collect()
    }

    fn ordinary(&self, random: &mut Random, on: Date) -> Event {
        let moment = at(on, random.between(18_000, 79_000));
        let user = random.pick(&self.users);
        if random.chance(12) {
            let event = Event::new(random, moment, Caller::User(&user), "signin", "ConsoleLogin");
            return event
                .with("eventType", json!("AwsConsoleSignIn"))
                .with("responseElements", json!({"ConsoleLogin": "Success"}))
                .with("additionalEventData", json!({"MFAUsed": "Yes", "MobileVersion": "No"}));
        }
        let (source, name) = random.pick(&EVERYDAY);
        let service = random.pick(&SERVICES);
        let caller = if random.chance(50) { Caller::User(&user) } else { Caller::Role(service) };
        let event = Event::new(random, moment, caller, source, name);
        if random.chance(4) { event.refused() } else { event.with("readOnly", json!(!name.starts_with("Update"))) }
    }
}

fn file(random: &mut Random, on: Date, time: &str, events: Vec<Event>) -> (String, Vec<u8>) {
    let compact = on.to_string().replace('-', "");
    let name = format!("{ACCOUNT}_CloudTrail_{REGION}_{compact}T{time}_{}.json.gz", random.hex(16));
    let records: Vec<Value> = events.into_iter().map(|event| event.record).collect();
    (name, gzip(&json(&json!({"Records": records}))))
}
