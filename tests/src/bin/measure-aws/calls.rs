//! What is asked of AWS: by one invocation of the collector for an hour of twenty sources, by the same again, and by each step
//! of reports of two sizes.

use crate::{
    meter::Meter,
    organisation::{self, SOURCES},
};
use aws_sdk_s3::primitives::ByteStream;
use collect_files::{FileCollector, Files};
use collecting::{Collector, handle};
use domain::TenantId;
use exhibit::{Home, Layout};
use runtime::{Clock, Configuration, Metrics};
use serde_json::{Value, json};
use std::time::Instant;
use tests::{AwsGround, Fixture};

// Reports over two windows tell what a report costs by itself and what each of its slots adds.
const DAYS: [u8; 2] = [10, 30];

const INVOCATIONS: usize = 7;

/// Answers with counts, seconds and bytes.
pub async fn measure(ground: &AwsGround, kilobytes: usize) -> Value {
    let new = collection(ground, kilobytes).await;
    let mut reports = Vec::new();
    for days in DAYS {
        reports.push(report(ground, days).await);
    }
    json!({"collection": new, "reports": reports})
}

async fn collection(ground: &AwsGround, kilobytes: usize) -> Value {
    let meter = Meter::default();
    let mut seconds = Vec::new();
    let mut last = (Value::Null, Value::Null, String::new());
    for _ in 0..INVOCATIONS {
        let collector = deployed(ground, &meter, kilobytes).await;
        meter.take();
        let (took, told) = invoke(&collector, "first").await;
        let new = meter.take().json();
        invoke(&collector, "second").await;
        seconds.push(took);
        last = (new, meter.take().json(), told);
    }
    seconds.sort_by(f64::total_cmp);
    let (new, again, told) = last;
    json!({"slots": SOURCES, "seconds": seconds[INVOCATIONS / 2], "new": new, "again": again,
        "metric_bytes": told.len(), "metrics_of_a_control": series(&told)})
}

/// The collector as it is deployed: what sources deliver is below a prefix of a bucket. A plain one, as on AWS.
async fn deployed(ground: &AwsGround, meter: &Meter, kilobytes: usize) -> Collector<FileCollector> {
    let (storage, s3) = meter.open(ground);
    let (catalog, tenant) = (organisation::catalog(), organisation::new_tenant());
    let bucket = ground.stores("bench").drafts_bucket;
    for source in organisation::sources() {
        let body = ByteStream::from(organisation::delivery(kilobytes).into_bytes());
        let request = s3.put_object().bucket(&bucket).key(format!("delivered/{tenant}/{source}.csv"));
        request.body(body).send().await.unwrap();
    }
    organisation::collector(storage, &catalog, &tenant, Files::prefix(s3, bucket, "delivered/"))
}

/// How many seconds it took, and what it told CloudWatch.
async fn invoke(collector: &Collector<FileCollector>, owner: &str) -> (f64, String) {
    let (metrics, request) = (Metrics::new("bench"), organisation::request(1));
    let begun = Instant::now();
    let done = handle(collector, &request, owner, Clock::System, &metrics).await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(done.collected + done.already_collected, SOURCES as u64);
    let mut told = Vec::new();
    metrics.write(Clock::System.now(), &mut told).unwrap();
    (seconds, String::from_utf8(told).unwrap())
}

/// How many metrics of one control CloudWatch charges for: one for each name and set of dimensions.
fn series(told: &str) -> usize {
    let lines = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_control = lines.filter(|line| line.get("Control").is_some());
    of_control.map(|line| line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().map_or(0, Vec::len)).sum()
}

async fn report(ground: &AwsGround, days: u8) -> Value {
    let (fixture, meter) = (Fixture::new(days), Meter::default());
    let home = home(ground, &fixture, &meter, organisation::new_tenant());
    let slots = fixture.collect(&home).await.len();
    let steps = steps(&home, &fixture, &meter).await;
    json!({"slots": slots, "steps": steps})
}

fn home(ground: &AwsGround, fixture: &Fixture, meter: &Meter, tenant: TenantId) -> Home {
    let configuration = Configuration { tenant, ..Configuration::read(&fixture.folder).unwrap() };
    let clock = Clock::Fixed("2026-08-01T00:00:00Z".parse().unwrap());
    Home::with_storage(Layout::of(&fixture.folder), configuration, meter.open(ground).0, clock).unwrap()
}

async fn steps(home: &Home, fixture: &Fixture, meter: &Meter) -> Vec<Value> {
    let (storage, request, metrics, now) =
        (&home.storage, fixture.request(home), Metrics::new("bench"), home.clock.now());
    let (mut steps, mut begun) = (Vec::new(), Instant::now());
    meter.take();
    let mut ended = |step: &str| {
        steps.push(json!({"step": step, "seconds": begun.elapsed().as_secs_f64(), "asked": meter.take().json()}));
        begun = Instant::now();
    };
    let snapshotted = snapshot::handle(storage, &home.catalog, &request, home.since, now).await.unwrap();
    ended("snapshot");
    let transformed = transform::transform(storage, &snapshotted).await.unwrap();
    ended("transform");
    let rendered = render::render(storage, &transformed).await.unwrap();
    ended("render");
    let uploaded = upload::handle(storage, &rendered, now, &metrics).await.unwrap();
    ended("upload");
    verify::handle(storage, &uploaded, home.clock, &metrics).await.unwrap();
    ended("verify");
    steps
}
