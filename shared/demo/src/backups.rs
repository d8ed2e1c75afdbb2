//! Backups of databases, and tests of restoring them.

use crate::{
    calendar::{FIRST, LAST, at, day, days, instant, later, moment, plus},
    changes::bounds,
    databases::Clusters,
    plan::Plan,
    random::Random,
    writing::csv,
};
use domain::Period;
use jiff::civil::{Date, DateTime};

#[derive(Debug, Clone)]
struct Job {
    cluster: String,
    status: &'static str,
    started: DateTime,
    minutes: i64,
    message: &'static str,
}

#[derive(Debug, Clone)]
struct Test {
    cluster: String,
    at: DateTime,
    passed: bool,
    notes: &'static str,
}

/// Every backup job and every restore test of the year.
pub(crate) struct Backups {
    jobs: Vec<Job>,
    tests: Vec<Test>,
    verifiers: Vec<String>,
}

impl Backups {
    pub(crate) fn new(seed: u64, clusters: &Clusters, verifiers: Vec<String>, plan: &mut Plan) -> Self {
        let mut random = Random::new(seed, "backups");
        let jobs = jobs(&mut random, clusters, plan);
        let tests = tests(&mut random, clusters, plan);
        Self { jobs, tests, verifiers }
    }

    /// The jobs that were started in `period`.
    pub(crate) fn jobs(&self, period: &Period) -> Vec<u8> {
        let (start, end) = bounds(period);
        let inside = self.jobs.iter().filter(|job| start <= job.started && job.started < end);
        let rows: Vec<[String; 7]> = inside.map(Job::row).collect();
        csv(["job_id", "cluster", "kind", "status", "started_at", "finished_at", "message"], &rows)
    }

    /// The restore tests until the end of `on`.
    pub(crate) fn tests(&self, on: Date) -> Vec<u8> {
        let mut rows = Vec::new();
        for (index, test) in self.tests.iter().enumerate().filter(|(_, test)| test.at.date() <= on) {
            let verifier = self.verifiers.get(index % self.verifiers.len().max(1));
            let result = if test.passed { "passed" } else { "failed" };
            rows.push([
                format!("RT-{}", 301 + index),
                test.cluster.clone(),
                instant(test.at),
                result.to_owned(),
                verifier.cloned().unwrap_or_default(),
                test.notes.to_owned(),
            ]);
        }
        csv(["test_id", "cluster", "tested_at", "result", "verified_by", "notes"], &rows)
    }
}

impl Job {
    fn row(&self) -> [String; 7] {
        let compact: String = instant(self.started).chars().filter(char::is_ascii_digit).collect();
        [
            format!("{}-{compact}", self.cluster),
            self.cluster.clone(),
            "snapshot".to_owned(),
            self.status.to_owned(),
            instant(self.started),
            instant(later(self.started, self.minutes)),
            self.message.to_owned(),
        ]
    }
}

// Each night between one and four. One in eighty fails and is repeated in the afternoon.
fn jobs(random: &mut Random, clusters: &Clusters, plan: &mut Plan) -> Vec<Job> {
    let mut jobs = Vec::new();
    let [broken, paused] = unlucky(clusters, plan);
    for cluster in clusters.production() {
        let first = cluster.created.date().max(FIRST);
        let minute = random.between(60, 239);
        for on in days(plus(first, i64::from(first > FIRST)), LAST) {
            let started = at(on, minute * 60);
            let name = cluster.name.clone();
            let is_lost = (broken.as_ref() == Some(&name) && on >= day(9, 28))
                || (paused.as_ref() == Some(&name) && (day(8, 30)..=day(9, 1)).contains(&on));
            let message = "snapshot quota exceeded, \"retry later\"";
            if is_lost || random.chance(2) && random.chance(60) {
                jobs.push(Job { cluster: name.clone(), status: "failed", started, minutes: 3, message });
                if !is_lost {
                    let started = later(started, 600);
                    jobs.push(Job {
                        cluster: name,
                        status: "completed",
                        started,
                        minutes: 25,
                        message: "repeated by hand",
                    });
                }
            } else {
                jobs.push(Job {
                    cluster: name,
                    status: "completed",
                    started,
                    minutes: random.between(8, 50),
                    message: "",
                });
            }
        }
    }
    jobs.sort_by(|a, b| (a.started, &a.cluster).cmp(&(b.started, &b.cluster)));
    jobs
}

fn unlucky(clusters: &Clusters, plan: &mut Plan) -> [Option<String>; 2] {
    if !plan.has("backup-success") {
        return [None, None];
    }
    let mut names = clusters.production().map(|cluster| cluster.name.clone());
    let (broken, paused) = (names.nth(3), names.nth(3));
    if let (Some(broken), Some(paused)) = (&broken, &paused) {
        plan.fail("backup-success", broken.clone());
        plan.partial("backup-success", paused.clone());
    }
    [broken, paused]
}

// In each quarter each cluster of the first tier once; and once more where the first try failed.
fn tests(random: &mut Random, clusters: &Clusters, plan: &mut Plan) -> Vec<Test> {
    let mut tests = Vec::new();
    let first_tier =
        |on: Date| clusters.production().filter(move |cluster| cluster.tier == 1 && cluster.created.date() < on);
    for quarter in [FIRST, day(1, 1), day(4, 1), day(7, 1)] {
        for (index, cluster) in first_tier(quarter).enumerate() {
            let at = plus(quarter, random.between(5, 80)).at(10, 30, 0, 0);
            let test = |at: DateTime, passed: bool, notes: &'static str| Test {
                cluster: cluster.name.clone(),
                at,
                passed,
                notes,
            };
            let is_reported = quarter == day(7, 1);
            match index {
                1 if is_reported => plan.fail("restore-tests", cluster.name.clone()),
                2 if is_reported => {
                    plan.fail("restore-tests", cluster.name.clone());
                    tests.push(test(moment(8, 17, 10, 30), false, "checksum of table \"orders\" differs"));
                    tests.push(test(moment(9, 21, 10, 30), false, "=1+1 rows missing, see\nnotes of 2026-09-21"));
                }
                4 if is_reported => {
                    tests.push(test(at, false, "network of the test account was full"));
                    tests.push(test(later(at, 2_880), true, ""));
                }
                _ => tests.push(test(at, true, "")),
            }
        }
    }
    tests.sort_by(|a, b| (a.at, &a.cluster).cmp(&(b.at, &b.cluster)));
    tests
}
