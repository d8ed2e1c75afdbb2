//! A small cloud: accounts with what is in them, answering in AWS' own protocols, two to a page.

use super::{
    SECRET,
    server::{Answer, Asked, Server},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Who asks, before any role is assumed.
pub const OWN: &str = "999900001111";
const PAGE: usize = 2;

/// What one account holds. What has regions is under `region`.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// `(region, type, identifier)` → properties.
    pub resources: BTreeMap<(String, String, String), Value>,
    /// Name → region.
    pub buckets: BTreeMap<String, String>,
    /// `(region, key id)` → metadata, and what GetKeyRotationStatus answers.
    pub keys: BTreeMap<(String, String), (Value, Answer)>,
    /// Region → what DescribeTrails lists there.
    pub trails: BTreeMap<String, Vec<Value>>,
    /// ARN → status.
    pub statuses: BTreeMap<String, Value>,
    /// `(region, rule)` → evaluation results.
    pub rules: BTreeMap<(String, String), Vec<Value>>,
    /// Regions where AWS Config records nothing.
    pub still: Vec<String>,
    /// Region → findings.
    pub findings: BTreeMap<String, Vec<Value>>,
    pub policy: Option<String>,
    pub report: String,
}

/// Accounts by their ids.
pub type Accounts = BTreeMap<String, Held>;

/// What a test changes: an answer instead of the cloud's own. The number is how often that operation was asked before.
pub type Trouble = dyn Fn(&Asked, usize) -> Option<Answer> + Send + Sync;

pub struct Cloud {
    pub server: Server,
}

impl Cloud {
    pub fn of(accounts: Accounts) -> Self {
        Self::with(accounts, |_, _| None)
    }

    pub fn with(accounts: Accounts, trouble: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let state = State { accounts, trouble: Arc::new(trouble), ..State::default() };
        Self { server: Server::start(move |asked| state.answer(asked)) }
    }
}

struct State {
    accounts: Accounts,
    trouble: Arc<Trouble>,
    counts: std::sync::Mutex<BTreeMap<String, usize>>,
    assumed: AtomicUsize,
}

impl Default for State {
    fn default() -> Self {
        let trouble = Arc::new(|_: &Asked, _: usize| None);
        Self { accounts: Accounts::new(), trouble, counts: Default::default(), assumed: AtomicUsize::new(0) }
    }
}

impl State {
    fn answer(&self, asked: &Asked) -> Answer {
        let before = {
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(format!("{} {}", asked.account(), asked.operation)).or_default();
            *count += 1;
            *count - 1
        };
        if let Some(answer) = (self.trouble)(asked, before) {
            return answer;
        }
        match asked.operation.as_str() {
            "AssumeRole" => return self.assume(asked),
            "GetCallerIdentity" => return caller(asked),
            _ => {}
        }
        let Some(held) = self.accounts.get(asked.account()) else {
            return Answer::error(400, "UnrecognizedClientException", "The security token is invalid");
        };
        held.answer(asked, before)
    }

    fn assume(&self, asked: &Asked) -> Answer {
        assert_eq!(asked.account(), OWN);
        let role = asked.field("RoleArn").unwrap();
        let account = role.split(':').nth(4).unwrap();
        let generation = self.assumed.fetch_add(1, Ordering::Relaxed);
        let key = format!("ASIA{account}{generation}");
        let until = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        let credentials = format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>assumed-{SECRET}</SecretAccessKey><SessionToken>token-{SECRET}</SessionToken><Expiration>{until}</Expiration></Credentials>"
        );
        let user = format!(
            "<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/r/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>"
        );
        Answer::xml(format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>{credentials}{user}</AssumeRoleResult></AssumeRoleResponse>"
        ))
    }
}

fn caller(asked: &Asked) -> Answer {
    let account = asked.account();
    Answer::xml(format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:sts::{account}:assumed-role/exhibit-read/x</Arn><UserId>AROA:x</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}

impl Held {
    fn answer(&self, asked: &Asked, before: usize) -> Answer {
        match (asked.service.as_str(), asked.operation.as_str()) {
            ("cloudcontrolapi", "ListResources") => self.list(asked),
            ("cloudcontrolapi", "GetResource") => self.get(asked),
            ("s3", "GET /") => self.list_buckets(asked),
            ("kms", "ListKeys") => self.list_keys(asked),
            ("kms", "DescribeKey") => self
                .key(asked)
                .map_or_else(|| gone("NotFoundException"), |(key, _)| Answer::json(&json!({ "KeyMetadata": key }))),
            ("kms", "GetKeyRotationStatus") => self.key(asked).unwrap().1.clone(),
            ("cloudtrail", "DescribeTrails") => {
                Answer::json(&json!({ "trailList": self.trails.get(&asked.region).cloned().unwrap_or_default() }))
            }
            ("cloudtrail", "GetTrailStatus") => self
                .statuses
                .get(&asked.member("Name").unwrap())
                .map_or_else(|| gone("TrailNotFoundException"), Answer::json),
            ("config", "DescribeConfigurationRecorderStatus") => {
                let recording = !self.still.contains(&asked.region);
                Answer::json(
                    &json!({ "ConfigurationRecordersStatus": [{ "name": "default", "recording": recording }] }),
                )
            }
            ("config", "DescribeConfigRules") => self.list_rules(asked),
            ("config", "GetComplianceDetailsByConfigRule") => self.compliance(asked),
            ("securityhub", "POST /findings") => self.list_findings(asked),
            ("iam", "GetAccountPasswordPolicy") => self.policy(),
            ("iam", "GenerateCredentialReport") => generate(before),
            ("iam", "GetCredentialReport") => self.report(),
            other => panic!("{other:?} was asked"),
        }
    }

    fn list(&self, asked: &Asked) -> Answer {
        let kind = asked.member("TypeName").unwrap();
        let of = |(at, of, _): &&(String, String, String)| *at == asked.region && *of == kind;
        let all: Vec<_> = self
            .resources
            .keys()
            .filter(of)
            .map(|(_, _, id)| json!({ "Identifier": id, "Properties": "{}" }))
            .collect();
        paged("ResourceDescriptions", &all, asked.member("NextToken"), "NextToken")
    }

    fn get(&self, asked: &Asked) -> Answer {
        let (kind, id) = (asked.member("TypeName").unwrap(), asked.member("Identifier").unwrap());
        let of_bucket = || {
            let here = self.buckets.get(&id).is_some_and(|region| *region == asked.region);
            here.then(|| json!({ "BucketName": id, "Arn": format!("arn:aws:s3:::{id}") }))
        };
        let found = self.resources.get(&(asked.region.clone(), kind.clone(), id.clone())).cloned().or_else(of_bucket);
        found.map_or_else(
            || gone("ResourceNotFoundException"),
            |properties| {
                let text = properties.as_str().map_or_else(|| properties.to_string(), str::to_owned);
                Answer::json(
                    &json!({ "TypeName": kind, "ResourceDescription": { "Identifier": id, "Properties": text } }),
                )
            },
        )
    }

    fn list_buckets(&self, asked: &Asked) -> Answer {
        assert_eq!(asked.field("bucket-region").as_deref(), Some(asked.region.as_str()));
        let all: Vec<_> = self.buckets.iter().filter(|(_, region)| **region == asked.region).collect();
        let begin: usize = asked.field("continuation-token").map_or(0, |token| token.parse().unwrap());
        let listed: String = all
            .iter()
            .skip(begin)
            .take(PAGE)
            .map(|(name, region)| format!("<Bucket><Name>{name}</Name><BucketRegion>{region}</BucketRegion></Bucket>"))
            .collect();
        let next = if begin + PAGE < all.len() {
            format!("<ContinuationToken>{}</ContinuationToken>", begin + PAGE)
        } else {
            String::new()
        };
        Answer::xml(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>o</ID></Owner><Buckets>{listed}</Buckets>{next}</ListAllMyBucketsResult>"
        ))
    }

    fn list_keys(&self, asked: &Asked) -> Answer {
        let here = self.keys.keys().filter(|(region, _)| *region == asked.region);
        let all: Vec<_> = here.map(|(_, id)| json!({ "KeyId": id })).collect();
        paged("Keys", &all, asked.member("Marker"), "NextMarker")
    }

    fn key(&self, asked: &Asked) -> Option<&(Value, Answer)> {
        self.keys.get(&(asked.region.clone(), asked.member("KeyId").unwrap()))
    }

    fn list_rules(&self, asked: &Asked) -> Answer {
        let here = self.rules.keys().filter(|(region, _)| *region == asked.region);
        let all: Vec<_> = here.map(|(_, name)| json!({ "ConfigRuleName": name })).collect();
        paged("ConfigRules", &all, asked.member("NextToken"), "NextToken")
    }

    fn compliance(&self, asked: &Asked) -> Answer {
        let rule = (asked.region.clone(), asked.member("ConfigRuleName").unwrap());
        let Some(all) = self.rules.get(&rule) else { return gone("NoSuchConfigRuleException") };
        paged("EvaluationResults", all, asked.member("NextToken"), "NextToken")
    }

    fn list_findings(&self, asked: &Asked) -> Answer {
        let here = self.findings.get(&asked.region).cloned().unwrap_or_default();
        assert!(
            asked.body.contains("\"RecordState\":[{\"Comparison\":\"EQUALS\",\"Value\":\"ACTIVE\"}]"),
            "{}",
            asked.body
        );
        let active: Vec<_> = here.into_iter().filter(|finding| finding["RecordState"] == "ACTIVE").collect();
        paged("Findings", &active, asked.member("NextToken"), "NextToken")
    }

    fn policy(&self) -> Answer {
        match &self.policy {
            None => Answer::xml_error(404, "NoSuchEntity", "The Password Policy cannot be found."),
            Some(policy) => Answer::xml(format!(
                "<GetAccountPasswordPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetAccountPasswordPolicyResult><PasswordPolicy>{policy}</PasswordPolicy></GetAccountPasswordPolicyResult></GetAccountPasswordPolicyResponse>"
            )),
        }
    }

    fn report(&self) -> Answer {
        let content = STANDARD.encode(&self.report);
        Answer::xml(format!(
            "<GetCredentialReportResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetCredentialReportResult><Content>{content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-07-02T01:00:00Z</GeneratedTime></GetCredentialReportResult></GetCredentialReportResponse>"
        ))
    }
}

// The first time it is begun, then it is made, then it is there.
fn generate(before: usize) -> Answer {
    let state = ["STARTED", "INPROGRESS", "COMPLETE"][before.min(2)];
    Answer::xml(format!(
        "<GenerateCredentialReportResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GenerateCredentialReportResult><State>{state}</State></GenerateCredentialReportResult></GenerateCredentialReportResponse>"
    ))
}

fn gone(code: &str) -> Answer {
    Answer::error(400, code, "It is not there")
}

fn paged(name: &str, all: &[Value], token: Option<String>, next: &str) -> Answer {
    let begin: usize = token.map_or(0, |token| token.strip_prefix("from-").unwrap().parse().unwrap());
    let page: Vec<_> = all.iter().skip(begin).take(PAGE).cloned().collect();
    let is_last = begin + PAGE >= all.len();
    let mut answer = json!({ name: page, "Truncated": !is_last });
    if !is_last {
        answer[next] = format!("from-{}", begin + PAGE).into();
    }
    Answer::json(&answer)
}
