//! Against MiniStack, filled by botocore: an implementation of these services, and a client of them, that are not ours. Skipped with a line where
//! there is none (`cargo xtask e2e` installs it).
#![cfg(test)]

mod support;

use aws_credential_types::Credentials;
use aws_source::Identities;
use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};
use support::{Place, config, order, order_of_type};

const ACCOUNT: &str = "000000000000";
const OTHER: &str = "111122223333";
const ONE: &str = "regions = [\"eu-central-1\", \"us-east-1\"]\n";
const ASSUMED: &str = "regions = [\"eu-central-1\"]\n[[account]]\nid = \"111122223333\"\nrole = \"arn:aws:iam::111122223333:role/exhibit-read\"\n";

// What there is to find, as somebody else's client makes it; printed are the ids that the emulator chose.
const FILL: &str = r#"
import boto3, json, sys
def client(name, region="eu-central-1", key="test"):
    return boto3.client(name, endpoint_url=sys.argv[1], region_name=region, aws_access_key_id=key, aws_secret_access_key="test")
kms = client("kms")
turning = kms.create_key()["KeyMetadata"]["KeyId"]
kms.enable_key_rotation(KeyId=turning)
still = kms.create_key()["KeyMetadata"]["KeyId"]
rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
away = client("kms", "us-east-1").create_key()["KeyMetadata"]["KeyId"]
iam = client("iam")
for name in ["ana", "ben"]:
    iam.create_user(UserName=name)
iam.create_login_profile(UserName="ana", Password="Aa1!aaaaaaaaaaaa")
iam.create_access_key(UserName="ben")
iam.update_account_password_policy(MinimumPasswordLength=14, RequireNumbers=True, RequireSymbols=False, PasswordReusePrevention=24)
for region in ["eu-central-1", "us-east-1"]:
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client("s3", region).create_bucket(Bucket="logs-" + region, **where)
trail = client("cloudtrail")
trail.create_trail(Name="everywhere", S3BucketName="logs-eu-central-1", IsMultiRegionTrail=True, EnableLogFileValidation=True)
trail.start_logging(Name="everywhere")
trail.create_trail(Name="silent", S3BucketName="logs-eu-central-1")
control = client("cloudcontrol")
for name in range(5):
    control.create_resource(TypeName="AWS::Logs::LogGroup", DesiredState=json.dumps({"LogGroupName": "g%d" % name, "RetentionInDays": 30}))
rule = {"ConfigRuleName": "locked", "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_PUBLIC_READ_PROHIBITED"}}
client("config").put_config_rule(ConfigRule=rule)
for region in ["eu-central-1", "us-east-1"]:
    recorder = {"name": "default", "roleARN": "arn:aws:iam::000000000000:role/config"}
    client("config", region).put_configuration_recorder(ConfigurationRecorder=recorder)
    client("config", region).start_configuration_recorder(ConfigurationRecorderName="default")
other = client("iam", key="111122223333")
other.create_role(RoleName="exhibit-read", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}]}))
other.attach_role_policy(RoleName="exhibit-read", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
other.create_user(UserName="far")
print(" ".join([turning, still, rsa, away]))
"#;

struct Stack {
    address: String,
    keys: Vec<String>,
}

/// Ends with the program that started it: its input ends then, and whoever waits for that ends it.
fn stack() -> Option<&'static Stack> {
    static STACK: OnceLock<Option<Stack>> = OnceLock::new();
    STACK.get_or_init(start).as_ref()
}

fn program() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let own = target.join("tools/python/e2e/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(own).chain(env::split_paths(&path));
    places.map(|place| place.join("ministack")).find(|program| program.exists())
}

fn start() -> Option<Stack> {
    let Some(program) = program() else {
        println!("skipped: there is no ministack (cargo xtask e2e installs it)");
        return None;
    };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = env::temp_dir().join(format!("exhibit-ministack-{port}"));
    fs::create_dir_all(&folder).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    let waiting = "\"$0\" & running=$!; read -r _; kill $running; wait $running; rm -rf \"$HOME\"";
    let mut command = Command::new("sh");
    command.arg("-c").arg(waiting).arg(&program).current_dir(&folder).stdin(Stdio::piped());
    command.stdout(log.try_clone().unwrap()).stderr(log).env("HOME", &folder).env("AUTH", "true");
    command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
    command.env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
    let mut child: Child = command.spawn().unwrap();
    wait_for(port, &mut child);
    let address = format!("http://127.0.0.1:{port}");
    let filled = Command::new(program.with_file_name("python")).args(["-c", FILL, &address]).output().unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let keys = String::from_utf8(filled.stdout).unwrap().split_whitespace().map(str::to_owned).collect();
    // Its input stays open as long as this program runs.
    std::mem::forget(child);
    Some(Stack { address, keys })
}

fn wait_for(port: u16, child: &mut Child) {
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none(), "it did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    // It listens before it can answer.
    std::thread::sleep(Duration::from_millis(500));
}

async fn place(stack: &Stack) -> Place {
    Place::of(Identities::of(config(&stack.address, Credentials::new("test", "test", None, None, "test")).await))
}

#[tokio::test]
async fn keys_of_each_region_with_their_rotation() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order(ONE, "aws-key-rotation")).await;
    let of = |id: &String| {
        evidence
            .cells(&["key_id", "account", "region", "manager", "state", "rotation_enabled"])
            .into_iter()
            .find(|row| row.starts_with(id.as_str()))
            .unwrap()
    };
    let told: Vec<String> = stack.keys.iter().map(|id| of(id).split_once('|').unwrap().1.to_owned()).collect();
    let here = format!("{ACCOUNT}|eu-central-1|CUSTOMER|Enabled|");
    assert_eq!(
        told,
        [format!("{here}yes"), format!("{here}no"), here, format!("{ACCOUNT}|us-east-1|CUSTOMER|Enabled|no")]
    );
    assert_eq!(evidence.parameter("accounts"), ACCOUNT);
}

#[tokio::test]
async fn users_and_the_password_policy() {
    let Some(stack) = stack() else { return };
    let report = place(stack).await.evidence(&order(ONE, "aws-credential-report")).await;
    let rows = report.cells(&["user", "password_enabled", "access_key_1_active"]);
    assert_eq!(rows, ["<root_account>||no", "ana|yes|no", "ben|no|yes"]);
    let policy = place(stack).await.evidence(&order(ONE, "aws-password-policy")).await;
    let rows = policy.cells(&["present", "minimum_length", "require_numbers", "require_symbols", "reuse_prevention"]);
    assert_eq!(rows, ["yes|14|yes|no|24"]);
}

#[tokio::test]
async fn trails_at_home_and_whether_they_record() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order(ONE, "aws-trail-status")).await;
    let rows = evidence.cells(&["region", "name", "is_logging", "is_multi_region", "log_file_validation"]);
    assert_eq!(rows, ["eu-central-1|everywhere|yes|yes|yes", "eu-central-1|silent|no|no|no"]);
}

#[tokio::test]
async fn resources_of_a_type_page_by_page_and_none_of_others() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order_of_type(ONE, "AWS::Logs::LogGroup")).await;
    let rows = evidence.cells(&["region", "properties"]);
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert!(
        rows.iter().all(|row| row.starts_with("eu-central-1|{") && row.contains("\"RetentionInDays\":30")),
        "{rows:?}"
    );
    let none = place(stack).await.evidence(&order(ONE, "aws-tables")).await;
    assert!(none.rows.is_empty() && none.raw.len() == 3, "{:?}", none.names());
}

// Its Cloud Control knows only what was made through it, so that each bucket is gone when it is asked for: what is shown is where it is asked.
#[tokio::test]
async fn buckets_are_asked_where_s3_says_they_are() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order(ONE, "aws-buckets")).await;
    for region in ["eu-central-1", "us-east-1"] {
        let asked = format!("{ACCOUNT}/{region}/cloudcontrolapi/GetResource/AWS::S3::Bucket%20logs-{region}");
        let of = evidence.names().into_iter().filter(|name| name.starts_with(&asked)).count();
        let buckets = evidence.names().into_iter().filter(|name| name.contains(region) && name.contains("GetResource"));
        assert_eq!((of, buckets.count()), (1, 1), "{:?}", evidence.names());
    }
}

#[tokio::test]
async fn rules_of_config() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order(ONE, "aws-config-findings")).await;
    let asked = format!("{ACCOUNT}/eu-central-1/config/GetComplianceDetailsByConfigRule/locked#0001");
    assert!(evidence.names().contains(&asked.as_str()), "{:?}", evidence.names());
}

#[tokio::test]
async fn a_role_of_another_account_is_assumed() {
    let Some(stack) = stack() else { return };
    let evidence = place(stack).await.evidence(&order(ASSUMED, "aws-credential-report")).await;
    assert_eq!(evidence.cells(&["user"]), ["<root_account>", "far"]);
    let identity = evidence.raw.iter().find(|raw| raw.name.ends_with("GetCallerIdentity")).unwrap();
    let identity = String::from_utf8_lossy(&identity.bytes);
    assert!(identity.contains(OTHER) && identity.contains("exhibit-a-control.a-source.2026-07-01"), "{identity}");
}

// What it checks of signatures, it checks of ours.
#[tokio::test]
async fn a_key_that_nobody_has_is_refused() {
    let Some(stack) = stack() else { return };
    let stranger = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wrong", None, None, "test");
    let stranger = Place::of(Identities::of(config(&stack.address, stranger).await));
    let (failure, message) = stranger.refusal(&order(ONE, "aws-tables")).await;
    assert_eq!(failure, domain::Failure::SourceDenied, "{message}");
}
