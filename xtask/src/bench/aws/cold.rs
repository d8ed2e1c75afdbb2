//! How long each function takes from its start until it asks for its first event.

use super::template;
use crate::{Result, TaskError, bench::table::aligned, build_lambda, workspace::root};
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
const NEXT: &str = "/2018-06-01/runtime/invocation/next";

/// What a function is configured by, all of them at once.
const ENVIRONMENT: [(&str, &str); 26] = [
    ("AWS_ACCESS_KEY_ID", "none"),
    ("AWS_SECRET_ACCESS_KEY", "none"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
    ("EXHIBIT_STAGE", "bench"),
    ("EXHIBIT_BUCKET", "bench"),
    ("EXHIBIT_DRAFTS_BUCKET", "bench"),
    ("EXHIBIT_TABLE", "bench"),
    ("EXHIBIT_TENANTS", "acme,globex"),
    ("EXHIBIT_SOURCES_BUCKET", "bench"),
    ("EXHIBIT_SOURCES_PREFIX", ""),
    ("EXHIBIT_STATE_MACHINE_ARN", "arn:aws:states:us-east-1:000000000000:stateMachine:bench"),
    ("EXHIBIT_COLLECT_AWS_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_COLLECT_FILES_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_COLLECT_HTTP_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_COLLECT_UPLOAD_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_COLLECT_LOGS_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_COLLECT_SQL_FUNCTION", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
    ("EXHIBIT_SECRETS_PREFIX", "exhibit/bench/"),
    ("EXHIBIT_RULE_PREFIX", "bench-"),
    ("EXHIBIT_DEAD_LETTER_ARN", "arn:aws:sqs:us-east-1:000000000000:bench"),
    ("EXHIBIT_SINCE", "2026-07-01T00:00:00Z"),
];

/// Builds the functions for this machine and starts each of them.
pub fn run() -> Result<()> {
    println!("\ncold start: from the start of the process until it asks for its first event, median of {RUNS}");
    let functions = build_lambda::native()?;
    let rows = functions.iter().map(|name| measure(name)).collect::<Result<Vec<_>>>()?;
    println!("{}", aligned(&["function", "ms", "memory MB on AWS", "native MB", "arm64 MB", "arm64 zipped MB"], &rows));
    Ok(())
}

fn measure(name: &str) -> Result<Vec<String>> {
    let artifact = build_lambda::native_folder().join(name);
    let mut times = (0..RUNS).map(|_| once(name, &artifact)).collect::<Result<Vec<_>>>()?;
    times.sort();
    let median = times.get(RUNS / 2).copied().unwrap_or_default();
    let native = std::fs::metadata(artifact.join("bootstrap")).map_or(0, |metadata| metadata.len());
    let for_arm = root().join("target/lambda").join(name);
    let (arm, zipped) = match for_arm.join("bootstrap").exists() {
        true => build_lambda::sizes(&for_arm).map(|(plain, zipped)| (megabytes(plain), megabytes(zipped)))?,
        false => ("not built".to_owned(), "not built".to_owned()),
    };
    let (milliseconds, memory) =
        (format!("{:.1}", median.as_secs_f64() * 1e3), format!("{:.0}", template::memory(name)?));
    Ok(vec![name.to_owned(), milliseconds, memory, megabytes(native), arm, zipped])
}

fn megabytes(bytes: u64) -> String {
    crate::bench::table::megabytes(bytes)
}

fn once(name: &str, artifact: &Path) -> Result<Duration> {
    let start = |source| TaskError::Start { command: name.to_owned(), source };
    let api = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(start)?;
    let address = api.local_addr().map_err(start)?;
    let mut command = Command::new(artifact.join("bootstrap"));
    command.env_clear().envs(ENVIRONMENT).env("LAMBDA_TASK_ROOT", artifact).current_dir(artifact);
    command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn().map_err(start)?;
    let asked = first_asked(&api, begun).map(|()| begun.elapsed());
    let ended = child.kill().and_then(|()| child.wait()).map_err(start);
    let took = asked.map_err(|answer| TaskError::Answer { command: name.to_owned(), answer })?;
    ended.map(|_| took)
}

/// Waits until somebody asks for an event.
fn first_asked(api: &TcpListener, begun: Instant) -> std::result::Result<(), String> {
    api.set_nonblocking(true).map_err(|error| error.to_string())?;
    loop {
        match api.accept() {
            Ok((stream, _)) => return asks_for_an_event(stream),
            Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_micros(200)),
            Err(error) => return Err(format!("it asked for no event within {} s: {error}", PATIENCE.as_secs())),
        }
    }
}

fn asks_for_an_event(mut stream: TcpStream) -> std::result::Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    stream.set_nonblocking(false).and_then(|()| stream.set_read_timeout(Some(PATIENCE))).map_err(told)?;
    let mut head = [0; 256];
    let length = stream.read(&mut head).map_err(told)?;
    let line = String::from_utf8_lossy(head.get(..length).unwrap_or_default()).lines().next().map(str::to_owned);
    let line = line.unwrap_or_default();
    if line.starts_with("GET ") && line.contains(NEXT) {
        return Ok(());
    }
    let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
    Err(format!("before any event it asked {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &'static str) -> std::result::Result<(), String> {
        let api = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = api.local_addr().unwrap();
        let asking = std::thread::spawn(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "{line} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            let _ = stream.read(&mut [0; 16]);
        });
        let answer = first_asked(&api, Instant::now());
        asking.join().unwrap();
        answer
    }

    #[test]
    fn a_function_has_started_when_it_asks_for_an_event_and_not_when_it_gives_up() {
        assert_eq!(asked("GET /2018-06-01/runtime/invocation/next"), Ok(()));
        assert!(asked("POST /2018-06-01/runtime/init/error").unwrap_err().contains("init/error"));
    }
}
