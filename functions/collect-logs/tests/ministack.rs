//! Against MiniStack, filled by botocore: an implementation of Logs Insights, and a client of it, that are not ours. Skipped with a line where there
//! is none (`cargo xtask e2e` installs it).
#![cfg(test)]

mod support;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_credential_types::Credentials;
use aws_source::Identities;
use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{Place, order};

// Events of the day, one of the day before and one of the day after.
const FILL: &str = r#"
import boto3, sys
for region in ["eu-central-1", "us-east-1"]:
    logs = boto3.client("logs", endpoint_url=sys.argv[1], region_name=region, aws_access_key_id="test", aws_secret_access_key="test")
    logs.create_log_group(logGroupName="/hosts/secure")
    logs.create_log_stream(logGroupName="/hosts/secure", logStreamName="host-1")
    start = 1782864000000
    events = [(start - 60000, "sudo: early"), (start, "sudo: first \"quoted\""), (start + 3600000, "cron: other"), (start + 86399000, "sudo: last"), (start + 90000000, "sudo: late")]
    logs.put_log_events(logGroupName="/hosts/secure", logStreamName="host-1", logEvents=[{"timestamp": at, "message": said} for at, said in events])
"#;

/// Ends when this is dropped: its input ends then.
struct Stack {
    address: String,
    child: Child,
}

impl Drop for Stack {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

fn program() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(target.join("tools/python/e2e/bin")).chain(env::split_paths(&path));
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
    command.stdout(log.try_clone().unwrap()).stderr(log).env("HOME", &folder);
    command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
    command.env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
    let address = format!("http://127.0.0.1:{port}");
    let mut stack = Stack { address, child: command.spawn().unwrap() };
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let is_running = stack.child.try_wait().unwrap().is_none();
        assert!(begin.elapsed() < Duration::from_secs(60) && is_running, "it did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    // It listens before it can answer.
    std::thread::sleep(Duration::from_millis(500));
    let filled = Command::new(program.with_file_name("python")).args(["-c", FILL, &stack.address]).output().unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    Some(stack)
}

async fn place(stack: &Stack) -> Place {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(&stack.address)
        .region(Region::from_static("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .load()
        .await;
    let mut place = Place::new();
    place.collector.identities = Identities::of(config);
    place
}

#[tokio::test]
async fn the_events_of_the_slot_are_found_in_every_region() {
    let Some(stack) = start() else { return };
    let place = place(&stack).await;
    let query = "[logs]\nplace = [\"/hosts/secure\"]\ntext = '''\nfields @timestamp, @message\n| filter @message like /sudo/\n| sort @timestamp asc\n| limit 100\n'''\n\
        [[column]]\nname = \"region\"\nkind = \"text\"\n[[column]]\nname = \"said\"\nkind = \"text\"\nfrom = \"@message\"\n";
    let evidence =
        place.evidence(&order("engine = \"cloudwatch\"\nregions = [\"eu-central-1\", \"us-east-1\"]\n", query)).await;
    let said = ["sudo: first \"quoted\"", "sudo: last"];
    assert_eq!(evidence.column("said"), [said, said].concat());
    assert_eq!(evidence.column("region"), ["eu-central-1", "eu-central-1", "us-east-1", "us-east-1"]);
    let told = &evidence.header.asked.parameters;
    assert_eq!((told["accounts"].as_str(), told["total.recordsScanned"].as_str()), ("000000000000", "6"));
    let absent = query.replace("/hosts/secure", "/hosts/absent");
    let (_, message) = self::place(&stack)
        .await
        .refusal(&order("engine = \"cloudwatch\"\nregions = [\"eu-central-1\"]\n", &absent))
        .await;
    assert!(message.contains("ResourceNotFoundException"), "{message}");
}
