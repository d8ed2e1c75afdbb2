//! Files below a prefix of a bucket. The store is a few lines that speak enough of S3: `cargo test -p collect-files --features
//! lambda`; `cargo xtask e2e` collects from an emulation of the whole.

#![cfg(test)]

use collect_files::Files;
use collecting::CollectError;
use domain::Failure;
use runtime::{Environment, lambda::Clients};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

#[derive(Clone, Default)]
struct Bucket {
    objects: BTreeMap<String, String>,
    /// Answers every request, when it is set: a status and S3's code for it.
    refuses: Option<(u16, &'static str)>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    fn of(keys: &[&str]) -> Self {
        let objects = keys.iter().map(|key| ((*key).to_owned(), format!("<{key}>"))).collect();
        Self { objects, ..Self::default() }
    }

    fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let bucket = self.clone();
                std::thread::spawn(move || bucket.answer_all(stream.unwrap()));
            }
        });
        address
    }

    fn answer_all(&self, stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while let Some(Ok(request)) = lines.next() {
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let path = request.split(' ').nth(1).unwrap().to_owned();
            let (status, body) = self.answer(&path);
            self.asked.lock().unwrap().push(path);
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
            (&stream).write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    }

    fn answer(&self, path: &str) -> (u16, String) {
        let error = |code: &str| format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        match self.refuses {
            Some((status, code)) => (status, error(code)),
            None if query.contains("list-type=2") => (200, self.list(query)),
            None => match self.objects.get(name.strip_prefix("/sources/").unwrap()) {
                Some(text) => (200, text.clone()),
                None => (404, error("NoSuchKey")),
            },
        }
    }

    // Two keys a page, so that every listing has to go on.
    fn list(&self, query: &str) -> String {
        let given: BTreeMap<_, _> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let text = |name: &str| given.get(name).map(|value| value.replace("%2F", "/").replace("%20", " "));
        let (prefix, after) = (text("prefix").unwrap(), text("continuation-token").unwrap_or_default());
        let in_folder = |key: &str| !given.contains_key("delimiter") || !key[prefix.len()..].contains('/');
        let mut keys = self.objects.keys().filter(|key| key.starts_with(&prefix) && in_folder(key) && **key > after);
        let page: Vec<_> = keys.by_ref().take(2).collect();
        let contents: String = page.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
        let next = match (keys.next(), page.last()) {
            (Some(_), Some(last)) => format!("<NextContinuationToken>{last}</NextContinuationToken>"),
            _ => String::new(),
        };
        format!("<ListBucketResult><IsTruncated>{}</IsTruncated>{contents}{next}</ListBucketResult>", !next.is_empty())
    }
}

async fn files(bucket: Bucket) -> Files {
    let mut clients = Clients::of_process(&Environment::default()).await;
    let credentials = aws_sdk_s3::config::Credentials::new("test", "test", None, None, "test");
    clients.config = clients
        .config
        .into_builder()
        .endpoint_url(bucket.serve())
        .region(aws_sdk_s3::config::Region::new("eu-central-1"))
        .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(credentials))
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .build();
    let config = aws_sdk_s3::config::Builder::from(&clients.config).force_path_style(true).build();
    Files::prefix(aws_sdk_s3::Client::from_conf(config), "sources", "in/").in_folder("acme")
}

type Found = Result<Vec<(String, String)>, CollectError>;

async fn collected(bucket: Bucket, patterns: &[&str], limit: u64) -> Found {
    let files = files(bucket).await;
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    let work = move || {
        let names = files.find(&patterns, &"2026-07-01".parse().unwrap())?;
        let read = files.read_all(&names, limit)?;
        Ok(read.into_iter().map(|file| (file.name, String::from_utf8(file.bytes).unwrap())).collect())
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn names(bucket: &Bucket, pattern: &str) -> Vec<String> {
    let found = collected(bucket.clone(), &[pattern], 1000).await.unwrap();
    found.into_iter().map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_means_the_same_names_as_in_a_directory() {
    let bucket = Bucket::of(&[
        "in/acme/a-2026-07-01.csv",
        "in/acme/a-2026-07-01.csv.part",
        "in/acme/b-1.csv",
        "in/acme/b-2.csv",
        "in/acme/b-3.csv",
        "in/acme/b-4/c.csv",
        "in/acme/deep/er/b-1.csv",
        "in/acmex/b-9.csv",
        "in/globex/b-8.csv",
    ]);
    assert_eq!(names(&bucket, "a-{last_day}.csv").await, ["a-2026-07-01.csv"]);
    assert_eq!(names(&bucket, "b-*.csv").await, ["b-1.csv", "b-2.csv", "b-3.csv"]);
    assert_eq!(names(&bucket, "b-[12].csv").await, ["b-1.csv", "b-2.csv"]);
    assert_eq!(names(&bucket, "*/c.csv").await, ["b-4/c.csv"]);
    assert_eq!(names(&bucket, "**/b-1.csv").await, ["b-1.csv", "deep/er/b-1.csv"]);
    let asked = bucket.asked.lock().unwrap().join("\n");
    assert!(!asked.contains("globex"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_keys_that_lead_elsewhere_are_not_collected() {
    let bucket = Bucket::of(&["in/acme/", "in/acme/x/", "in/acme/../y", "in/acme//z", "in/acme/x/ok"]);
    assert_eq!(names(&bucket, "**").await, ["x/ok"]);
    let nothing = collected(bucket, &["y"], 1000).await.unwrap_err();
    assert_eq!(nothing.failure(), Failure::SourceUnavailable);
    assert!(nothing.to_string().contains("no file matches \"y\""), "{nothing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_come_in_the_order_of_names_and_within_the_limit() {
    let bucket = Bucket::of(&["in/acme/b-1", "in/acme/b-2"]);
    let of = |name: &str| (name.to_owned(), format!("<in/acme/{name}>"));
    assert_eq!(collected(bucket.clone(), &["b-*"], 26).await.unwrap(), [of("b-1"), of("b-2")]);
    let error = collected(bucket, &["b-*"], 25).await.unwrap_err();
    assert!(matches!(error, CollectError::TooLarge { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_s3_refuses_is_told_from_what_it_cannot_do_now() {
    for (status, code, failure) in [
        (403, "AccessDenied", Failure::SourceDenied),
        (403, "SignatureDoesNotMatch", Failure::SourceDenied),
        (403, "RequestTimeTooSkewed", Failure::SourceUnavailable),
        (404, "NoSuchBucket", Failure::SourceUnavailable),
        (503, "SlowDown", Failure::SourceUnavailable),
        (500, "InternalError", Failure::SourceUnavailable),
    ] {
        let bucket = Bucket { refuses: Some((status, code)), ..Bucket::default() };
        let refused = collected(bucket, &["b-*"], 1000).await.unwrap_err();
        assert_eq!(refused.failure(), failure, "{refused}");
        assert!(refused.to_string().contains(code), "{refused}");
    }
}
