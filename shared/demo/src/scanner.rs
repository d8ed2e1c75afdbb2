//! What scanners found: weaknesses of machines (OCSF), secrets in code (SARIF).

use crate::{
    accounts::ACCOUNT,
    calendar::{FIRST, LAST, Timeline, at, day, days, instant, moment, plus},
    names::SERVICES,
    plan::Plan,
    random::Random,
    writing::json,
};
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
struct Weakness {
    id: String,
    title: String,
    severity: &'static str,
    resource: String,
    found: DateTime,
    closed: Option<DateTime>,
    suppressed: bool,
}

#[derive(Debug, Clone)]
struct Secret {
    rule: &'static str,
    message: &'static str,
    path: &'static str,
    line: i64,
    suppressions: Value,
    there: Timeline<bool>,
}

/// Everything that the scanners know of.
pub(crate) struct Scanner {
    weaknesses: Vec<Weakness>,
    secrets: Vec<Secret>,
}

const PACKAGES: [&str; 10] =
    ["openssl", "glibc", "curl", "zlib", "nginx", "postgresql", "python3", "libxml2", "sudo", "openssh"];

impl Scanner {
    pub(crate) fn new(seed: u64, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "scanner");
        let mut weaknesses = ordinary(&mut random);
        exceptions(&mut random, &mut weaknesses, plan);
        near_misses(&mut random, &mut weaknesses);
        weaknesses.sort_by(|a, b| (a.found, &a.id).cmp(&(b.found, &b.id)));
        Self { weaknesses, secrets: secrets(plan) }
    }

    /// The scanner's findings at the end of `on`: open ones, and those closed in the sixty days before.
    pub(crate) fn findings(&self, on: Date) -> Vec<u8> {
        let end = plus(on, 1).at(0, 0, 0, 0);
        let recent = plus(on, -60).at(0, 0, 0, 0);
        let known = self.weaknesses.iter().filter(|weakness| weakness.found < end);
        let known = known.filter(|weakness| weakness.closed.is_none_or(|closed| closed >= recent));
        json(&Value::Array(known.map(|weakness| weakness.row(end)).collect()))
    }

    /// The secrets found in the code as it stands at the end of `on`.
    pub(crate) fn log(&self, on: Date) -> Vec<u8> {
        let results: Vec<Value> = self.secrets.iter().filter(|secret| secret.there.on(on)).map(Secret::row).collect();
        json(&json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": {"name": "secret-scanner", "version": "8.24.2"}}, "results": results}],
        }))
    }
}

impl Weakness {
    // OCSF 1.4.0, class 2002 (Vulnerability Finding), with the profile that writes times as text.
    fn row(&self, end: DateTime) -> Value {
        let closed = self.closed.filter(|closed| *closed < end);
        let (status, status_id) = match (closed, self.suppressed) {
            (Some(_), _) => ("Resolved", 4),
            (None, true) => ("Suppressed", 3),
            (None, false) => ("New", 1),
        };
        let severity_id = match self.severity {
            "Critical" => 5,
            "High" => 4,
            _ => 3,
        };
        json!({
            "activity_id": 1,
            "category_uid": 2,
            "class_uid": 2002,
            "class_name": "Vulnerability Finding",
            "type_uid": 200_201,
            "time_dt": instant(end),
            "severity": self.severity,
            "severity_id": severity_id,
            "status": status,
            "status_id": status_id,
            "metadata": {"version": "1.4.0", "product": {"name": "Scanner", "vendor_name": "Acme"}},
            "finding_info": {
                "uid": self.id,
                "title": self.title,
                "first_seen_time_dt": instant(self.found),
                "modified_time_dt": instant(closed.unwrap_or(self.found)),
            },
            "resources": [{"uid": self.resource, "type": "AWS::EC2::Instance", "region": "eu-west-1"}],
        })
    }

    fn subject(&self) -> String {
        format!("{} on {}", self.id, self.resource)
    }
}

fn weakness(random: &mut Random, severity: &'static str, found: DateTime, closed: Option<DateTime>) -> Weakness {
    let package = random.pick(&PACKAGES);
    Weakness {
        id: format!("WK-{}", random.hex(8)),
        title: format!("{package} on {} is older than its security release", random.pick(&SERVICES)),
        severity,
        resource: format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-{}", random.hex(17)),
        found,
        closed,
        suppressed: false,
    }
}

// Critical ones are closed within ten days and high ones within twenty-five; the rest takes its time.
fn ordinary(random: &mut Random) -> Vec<Weakness> {
    let mut found = Vec::new();
    for on in days(FIRST, LAST) {
        for (severity, percent, least, most) in [("Critical", 12, 1, 10), ("High", 35, 3, 25), ("Medium", 30, 20, 200)]
        {
            if random.chance(percent) {
                let closed = at(plus(on, random.between(least, most)), random.between(0, 86_000));
                let at = at(on, random.between(0, 86_000));
                found.push(weakness(random, severity, at, Some(closed)));
            }
        }
    }
    found
}

fn exceptions(random: &mut Random, weaknesses: &mut Vec<Weakness>, plan: &mut Plan) {
    let standing =
        [("Critical", moment(8, 28, 4, 12)), ("High", moment(8, 5, 4, 20)), ("Critical", moment(9, 10, 23, 0))];
    for (severity, found) in standing {
        let weakness = weakness(random, severity, found, None);
        plan.fail("vulnerability-due", weakness.subject());
        weaknesses.push(weakness);
    }
    // Closed too late: one seen open past its due date, one closed between two scans.
    let late =
        [("Critical", moment(7, 10, 4, 0), moment(8, 2, 15, 0)), ("High", moment(7, 5, 12, 0), moment(8, 5, 10, 0))];
    for (severity, found, closed) in late {
        let weakness = weakness(random, severity, found, Some(closed));
        plan.partial("vulnerability-due", weakness.subject());
        weaknesses.push(weakness);
    }
}

fn near_misses(random: &mut Random, weaknesses: &mut Vec<Weakness>) {
    // A risk that its owner has accepted.
    let accepted = weakness(random, "Critical", moment(5, 3, 4, 0), None);
    weaknesses.push(Weakness { suppressed: true, ..accepted });
    // Open, and due only after the last scan.
    weaknesses.push(weakness(random, "Critical", moment(9, 16, 4, 0), None));
    weaknesses.push(weakness(random, "High", moment(9, 1, 4, 0), None));
    // Closed an hour before it was due.
    weaknesses.push(weakness(random, "Critical", moment(8, 10, 9, 0), Some(moment(8, 24, 8, 0))));
    // Old and grave to nobody; with a title that tries to be a formula.
    let medium = weakness(random, "Medium", moment(1, 9, 4, 0), None);
    weaknesses.push(Weakness { title: "=HYPERLINK(\"http://evil.example\",\"CVE\")".to_owned(), ..medium });
}

fn secrets(plan: &mut Plan) -> Vec<Secret> {
    let accepted = json!([{"kind": "inSource", "status": "accepted", "justification": "a value of the test suite"}]);
    let suppressed = |rule, path, line| Secret {
        rule,
        message: "Looks like a private key",
        path,
        line,
        suppressions: accepted.clone(),
        there: Timeline::always(true),
    };
    let mut secrets = vec![
        suppressed("private-key", "ledger/tests/keys/example.pem", 1),
        suppressed("generic-token", "docs/=how to/<b>sign in</b>.md", 41),
        suppressed("aws-access-key", "identity/tests/fixtures/report.csv", 3),
    ];
    if plan.has("secrets-in-code") {
        let (message, suppressions) = ("Looks like an access key", json!([]));
        let found =
            |rule, path, line, there| Secret { rule, message, path, line, suppressions: suppressions.clone(), there };
        secrets.push(found("aws-access-key", "shipping/deploy/settings.py", 12, Timeline::from(day(9, 11), true)));
        plan.fail("secrets-in-code", "aws-access-key in shipping/deploy/settings.py, line 12");
        let removed = Timeline::from(day(7, 15), true).then(day(7, 29), false);
        secrets.push(found("database-url", "pricing/compose.yaml", 7, removed));
        plan.partial("secrets-in-code", "database-url in pricing/compose.yaml, line 7");
        // What was asked to be accepted is not accepted yet.
        let review = json!([{"kind": "external", "status": "underReview"}]);
        let asked = found("generic-token", "search/crawler.toml", 3, Timeline::from(day(8, 3), true));
        secrets.push(Secret { suppressions: review, ..asked });
        plan.fail("secrets-in-code", "generic-token in search/crawler.toml, line 3");
    }
    secrets
}

impl Secret {
    // SARIF 2.1.0, section 3.27.
    fn row(&self) -> Value {
        json!({
            "ruleId": self.rule,
            "level": "error",
            "message": {"text": self.message},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": self.path},
                "region": {"startLine": self.line},
            }}],
            "suppressions": self.suppressions,
        })
    }
}
