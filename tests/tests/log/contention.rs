//! Many who seal at once, in one process and in several, also when they are killed.

use domain::{CustodyEvent, Timestamp};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tests::log::{LogWorld, signer};

const RECORDED: u32 = 120;
const RECORDERS: u32 = 3;

/// That the log has every event of each of these recorders, in the order in which it recorded them.
fn assert_all_in_order(events: &[CustodyEvent], recorders: &[String], counts: &[u32]) {
    for (recorder, count) in recorders.iter().zip(counts) {
        let prefix = format!("role-changed/{recorder}-");
        let of: Vec<String> = events.iter().map(CustodyEvent::name).filter(|name| name.starts_with(&prefix)).collect();
        let expected: Vec<String> = (0..*count).map(|number| format!("{prefix}{number:05}")).collect();
        assert_eq!(of, expected);
    }
}

async fn seal_until(world: Arc<LogWorld>, over: Arc<AtomicBool>) {
    let storage = world.open();
    while !over.load(Ordering::SeqCst) {
        world.seal(&storage, Timestamp::now()).await.unwrap();
        tokio::task::yield_now().await;
    }
}

async fn seal_with(sealers: u32) {
    let world = Arc::new(LogWorld::new());
    let over = Arc::new(AtomicBool::new(false));
    let (mut sealing, mut recording) = (tokio::task::JoinSet::new(), tokio::task::JoinSet::new());
    for _ in 0..sealers {
        sealing.spawn(seal_until(Arc::clone(&world), Arc::clone(&over)));
    }
    for recorder in 0..RECORDERS {
        let world = Arc::clone(&world);
        recording.spawn(async move {
            let storage = world.open();
            for number in 0..RECORDED {
                world.record(&storage, &format!("{recorder}-{number:05}"), Timestamp::now()).await;
            }
        });
    }
    recording.join_all().await;
    over.store(true, Ordering::SeqCst);
    sealing.join_all().await;
    let storage = world.open();
    world.seal(&storage, Timestamp::now()).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(events.len() as u32, RECORDERS * RECORDED);
    let recorders: Vec<String> = (0..RECORDERS).map(|recorder| recorder.to_string()).collect();
    assert_all_in_order(&events, &recorders, &[RECORDED; RECORDERS as usize]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_seal_at_once_make_one_log() {
    seal_with(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_who_seal_at_once_make_one_log() {
    seal_with(8).await;
}

fn worker(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
}

/// How many events a recorder had told of as recorded.
fn told(child: &mut Child) -> u32 {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter(|line| line.starts_with("recorded ")).count() as u32
}

#[tokio::test]
async fn three_processes_that_record_and_seal_make_one_log() {
    let world = LogWorld::new();
    drop(world.open());
    let folder = world.folder.to_str().unwrap().to_owned();
    let recorders = ["a", "b", "c"].map(str::to_owned);
    let mut running: Vec<Child> = recorders.iter().map(|name| worker(&["log", &folder, "150", name])).collect();
    let counts: Vec<u32> = running.iter_mut().map(told).collect();
    assert!(running.iter_mut().all(|child| child.wait().unwrap().success()));
    let storage = world.open();
    world.seal(&storage, Timestamp::now()).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    assert_eq!(counts, [150; 3]);
    assert_all_in_order(&events, &recorders, &counts);
}

#[tokio::test]
async fn killed_at_many_moments_the_log_goes_on_and_has_all_that_was_answered() {
    let world = LogWorld::new();
    drop(world.open());
    let folder = world.folder.to_str().unwrap().to_owned();
    let (mut recorders, mut counts, mut published) = (Vec::new(), Vec::new(), 0);
    for kill in 0..60_u32 {
        let name = format!("k{kill:02}");
        let mut child = worker(&["log", &folder, "100000", &name]);
        // The golden ratio's multiples are even however many are taken.
        let share = (f64::from(kill) * 0.618_033_988_75).fract();
        std::thread::sleep(Duration::from_secs_f64(0.02 + 0.25 * share));
        child.kill().unwrap();
        let recorded = told(&mut child);
        child.wait().unwrap();
        let storage = world.open();
        let size = world.published(&storage, &[signer(1)]).await.len();
        assert!(size >= published, "the log shrank from {published} to {size}");
        published = size;
        recorders.push(name);
        counts.push(recorded);
    }
    let storage = world.open();
    world.seal(&storage, Timestamp::now()).await.unwrap();
    let events = world.audit(&storage, &[signer(1)]).await;
    let all: u32 = counts.iter().sum();
    for (recorder, count) in recorders.iter().zip(&mut counts) {
        let prefix = format!("role-changed/{recorder}-");
        let found = events.iter().filter(|event| event.name().starts_with(&prefix)).count() as u32;
        // What was recorded and whose answer was never told is there as well.
        assert!(found == *count || found == *count + 1, "{recorder}: {count} were answered and {found} are in the log");
        *count = found;
    }
    assert_all_in_order(&events, &recorders, &counts);
    println!("60 kills, {all} events answered, {} in the log", events.len());
}
