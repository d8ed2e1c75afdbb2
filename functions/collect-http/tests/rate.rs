//! The limit of a source holds over every process that asks it.
#![cfg(test)]

mod support;

use collecting::Outcome;
use std::{
    env,
    process::{Command, Stdio},
};
use support::{Answer, Place, Server, order};

const FOLDER: &str = "EXHIBIT_TEST_RATE_FOLDER";
const ADDRESS: &str = "EXHIBIT_TEST_RATE_ADDRESS";
const FIRST: &str = "EXHIBIT_TEST_RATE_FIRST";
const PROCESSES: u32 = 4;
const COLLECTORS: u32 = 5;
const LIMIT: usize = 5;
const PAGES: usize = 2;

#[test]
fn twenty_collectors_in_four_processes_keep_one_limit_together() {
    let server = Server::start(|asked, _| match asked.parameter("page").unwrap().as_str() {
        "1" => Answer::json("[{\"id\":1}]"),
        _ => Answer::json("[]"),
    });
    let folder = tempfile::tempdir().unwrap();
    let children = (0..PROCESSES).map(|process| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "child", "--ignored", "--nocapture"]).stdout(Stdio::null());
        let first = (process * COLLECTORS + 1).to_string();
        child.env(FOLDER, folder.path()).env(ADDRESS, &server.address).env(FIRST, first).spawn().unwrap()
    });
    for mut child in children.collect::<Vec<_>>() {
        assert!(child.wait().unwrap().success());
    }
    let mut arrivals: Vec<_> = server.asked().into_iter().map(|asked| asked.at).collect();
    arrivals.sort();
    assert_eq!(arrivals.len(), PROCESSES as usize * COLLECTORS as usize * PAGES);
    let spans = arrivals.windows(LIMIT + 1).map(|window| window[LIMIT].duration_since(window[0]).as_secs_f64());
    let shortest = spans.fold(f64::MAX, f64::min);
    let whole = arrivals.last().unwrap().duration_since(arrivals[0]).as_secs_f64();
    println!(
        "measured {} requests in {whole:.2} s, {} of them span {shortest:.3} s at least",
        arrivals.len(),
        LIMIT + 1
    );
    assert!(shortest >= 1.0, "{} requests within {shortest:.3} s", LIMIT + 1);
}

#[tokio::test]
#[ignore = "run by twenty_collectors_in_four_processes_keep_one_limit_together"]
async fn child() {
    let (Ok(folder), Ok(address), Ok(first)) = (env::var(FOLDER), env::var(ADDRESS), env::var(FIRST)) else { return };
    let place = std::sync::Arc::new(Place::at(folder.as_ref()));
    let first: u32 = first.parse().unwrap();
    let query = "format = \"json\"\n[[column]]\nname = \"id\"\nkind = \"integer\"\n[request]\npath = \"/users\"\n\
        [request.pages]\nkind = \"page\"\nparameter = \"page\"\nsize = 1\n";
    let access = format!("address = \"{address}\"\nprivate = true\n[limit]\nrequests = {LIMIT}\nper = \"second\"\n");
    let tasks = (first..first + COLLECTORS).map(|day| {
        let (place, mut order) = (place.clone(), order(&access, query));
        order.slot.period = format!("2026-06-{day:02}").parse().unwrap();
        tokio::spawn(async move { place.collect(&order, &format!("collector-{day}")).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        let outcome = task.await.unwrap();
        assert!(matches!(outcome, Outcome::Collected { new: true, .. }), "{outcome:?}");
    }
}
