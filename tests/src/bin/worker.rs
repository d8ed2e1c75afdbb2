//! A process of its own for the tests that need several, or one to kill.
//!
//! `worker contend FOLDER N`: N tasks collect one and the same slot at once.
//! `worker reports FOLDER N`: N tasks ask for one and the same report at once, each with a run of its own.
//! `worker log FOLDER N NAME`: records N events, sealing the log after each; a line on the standard output per event.
//! `worker work FOLDER DAYS`: collects every slot and makes the report; a line on the standard output per digest.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, reason = "a test program")]

use domain::Timestamp;
use exhibit::{
    Home,
    collection::{Selection, collect_all, tasks},
};
use std::{path::Path, sync::Arc};
use storage::FaultHook;
use tests::{Fixture, log::LogWorld};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, number) = (Path::new(&arguments[1]), arguments[2].parse().unwrap_or_default());
    match arguments[0].as_str() {
        "contend" => contend(folder, number).await,
        "reports" => reports(folder, number).await,
        "log" => log(folder, &arguments[2], &arguments[3]).await,
        _ => work(folder, number).await,
    }
}

async fn contend(folder: &Path, number: u8) {
    let fixture = Fixture::at(folder, 1);
    let home = Arc::new(fixture.home(FaultHook::none()));
    let window = Some(fixture.window);
    let control = vec!["second-factor".parse().unwrap()];
    let selection = Selection { controls: control, window, ..Selection::default() };
    let one = tasks(&home, &selection, home.clock.now()).unwrap();
    assert_eq!(one.len(), 1);
    let same: Vec<_> = (0..number).map(|_| one[0].clone()).collect();
    let all = collect_all(&home, same, usize::from(number), |_| ()).await;
    let failed = all.iter().filter(|(_, ended)| ended.is_err()).count();
    println!("{} tasks, {failed} failed", all.len());
}

async fn reports(folder: &Path, number: u8) {
    let fixture = Arc::new(Fixture::at(folder, 1));
    let home = Arc::new(fixture.home(FaultHook::none()));
    let (here, mut running) = (tokio::task::LocalSet::new(), tokio::task::JoinSet::new());
    for _ in 0..number {
        let (fixture, home) = (Arc::clone(&fixture), Arc::clone(&home));
        let making = async move {
            let run_id = runtime::random_token().parse().unwrap();
            let request = domain::ReportRequest { run_id, ..fixture.request(&home) };
            exhibit::pipeline::report(&home, &request, |_| ()).await.unwrap().record.report_id
        };
        running.spawn_local_on(making, &here);
    }
    for id in here.run_until(running.join_all()).await {
        println!("{id}");
    }
}

async fn log(folder: &Path, count: &str, name: &str) {
    let world = LogWorld::at(folder);
    let storage = world.open();
    for number in 0..count.parse::<u32>().unwrap() {
        world.record(&storage, &format!("{name}-{number:05}"), Timestamp::now()).await;
        println!("recorded {number}");
        world.seal(&storage, Timestamp::now()).await.unwrap();
    }
}

async fn work(folder: &Path, days: u8) {
    let fixture = Fixture::at(folder, days);
    let home: Home = fixture.home(FaultHook::none());
    for (id, ended) in fixture.collect(&home).await {
        ended.unwrap_or_else(|error| panic!("{id}: {error}"));
    }
    let finished = fixture.report(&home).await.unwrap();
    for file in &finished.record.artifacts {
        println!("{} {}", file.format, file.artifact.digest);
    }
}
