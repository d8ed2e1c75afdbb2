//! Starting things in the process that serves.

use super::{Tell, accepted::AcceptedCollection, worker::Worker};
use crate::{
    CommandError, Home, UnderWay,
    collection::{Selection, collect_all, tasks},
    pipeline,
    sealing::OwnLog,
};
use api_write::{StartError, Starter};
use domain::{CollectionRequest, Failure, ReportRequest, ReportRun, RunState, TenantId, Timestamp};
use jiff::SignedDuration;
use runtime::{Clock, caught};
use std::{sync::Arc, time::Duration};

/// Starts reports and collections in this process, one of each at a time.
#[derive(Clone)]
pub struct InProcess {
    home: Arc<Home>,
    reports: Worker<Accepted>,
    collections: Worker<AcceptedCollection>,
}

// A run that waits is as much under way as one that is being worked on.
type Accepted = (ReportRequest, UnderWay);

// More than anybody waits for.
const WAITING: usize = 100;

// Attempts at a report whose failure may pass; with the waits between them, about a minute. Then it has failed.
const ATTEMPTS: u32 = 6;

// A run of this age that nobody is at was left behind. A younger one may be recorded and not yet started.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_secs(10);

impl InProcess {
    /// Starts the threads that work. `tell` is told how things end.
    pub fn start(home: &Arc<Home>, at_once: usize, tell: &Tell) -> Result<Self, CommandError> {
        let failed = CommandError::file("the threads");
        let started = || -> std::io::Result<_> {
            let (for_reports, telling) = (Arc::clone(home), Tell::clone(tell));
            let reports = Worker::start("reports", WAITING, move |(request, under_way): Accepted| {
                let (home, tell) = (Arc::clone(&for_reports), Tell::clone(&telling));
                async move {
                    if is_open(&home, &request).await {
                        report(&home, &request, &tell).await;
                    }
                    drop(under_way);
                }
            })?;
            let (for_collections, telling) = (Arc::clone(home), Tell::clone(tell));
            let collections = Worker::start("collections", WAITING, move |accepted: AcceptedCollection| {
                let (home, tell) = (Arc::clone(&for_collections), Tell::clone(&telling));
                async move {
                    collection(&home, &accepted.request, at_once, &tell).await;
                    accepted.done();
                }
            })?;
            Ok((reports, collections))
        };
        let (reports, collections) = started().map_err(failed)?;
        Ok(Self { home: Arc::clone(home), reports, collections })
    }

    /// Takes up every run that stands as requested and that no living process is at: one whose process was ended goes on, and
    /// ends as completed or failed. Gives how many.
    pub async fn resume(&self, now: Timestamp) -> Result<usize, CommandError> {
        let mut resumed = 0;
        for run in self.home.storage.custodian.runs(&self.home.tenant).await? {
            let is_old = now.duration_since(run.requested_at) >= LEFT_BEHIND;
            if run.state == RunState::Requested && is_old && self.accept(request(&self.home, run)).is_ok_and(|new| new)
            {
                resumed += 1;
            }
        }
        Ok(resumed)
    }

    /// Takes up the collections that were accepted and that no process came to. Gives how many.
    pub fn take_up(&self) -> Result<usize, CommandError> {
        let directory = &self.home.layout.directory;
        let left = AcceptedCollection::left(directory).map_err(CommandError::file(directory))?;
        Ok(left.into_iter().filter(|accepted| self.give(accepted.clone()).is_ok()).count())
    }

    fn give(&self, accepted: AcceptedCollection) -> Result<(), StartError> {
        match self.collections.give(accepted) {
            Ok(()) => Ok(()),
            Err(accepted) => {
                accepted.done();
                Err(StartError::Unavailable(format!("{WAITING} collections are waiting already")))
            }
        }
    }

    // False when somebody is at it already, or was until just now.
    fn accept(&self, request: ReportRequest) -> Result<bool, StartError> {
        let unavailable = |error: std::io::Error| StartError::Unavailable(error.to_string());
        let claimed = UnderWay::claim(&self.home.layout.directory, &request.run_id).map_err(unavailable)?;
        let Some(under_way) = claimed else { return Ok(false) };
        match self.reports.give((request, under_way)) {
            Ok(()) => Ok(true),
            Err(_) => Err(StartError::Unavailable(format!("{WAITING} reports are waiting already"))),
        }
    }
}

impl Starter for InProcess {
    // The sources of a data directory are its tenant's: they are no evidence of anybody else.
    fn accepts(&self, tenant: &TenantId) -> Result<(), StartError> {
        if *tenant == self.home.tenant {
            return Ok(());
        }
        Err(StartError::Refused(format!(
            "this data directory keeps the evidence of {}, not of {tenant}",
            self.home.tenant
        )))
    }

    async fn report(&self, request: &ReportRequest) -> Result<(), StartError> {
        self.accept(request.clone()).map(drop)
    }

    async fn collection(&self, request: &CollectionRequest) -> Result<(), StartError> {
        // On the disk before it is answered: what was accepted is done also by the next process.
        let accepted = AcceptedCollection::keep(&self.home.layout.directory, request);
        self.give(accepted.map_err(|error| StartError::Unavailable(error.to_string()))?)
    }
}

fn request(home: &Home, run: ReportRun) -> ReportRequest {
    let ReportRun { run_id, framework, period, requested_by, .. } = run;
    ReportRequest { run_id, tenant: home.tenant.clone(), framework, period, requested_by }
}

// It was looked at before it was claimed: whoever was at it may have ended it in between.
async fn is_open(home: &Home, request: &ReportRequest) -> bool {
    let found = home.storage.custodian.run(&request.tenant, &request.run_id).await;
    !matches!(found, Ok(Some(run)) if run.state != RunState::Requested)
}

async fn report(home: &Home, request: &ReportRequest, tell: &Tell) {
    let run_id = &request.run_id;
    let ended = match caught(attempts(home, request)).await {
        Ok(ended) => ended,
        Err(panic) => Err(give_up(home, request, CommandError::Interrupted(panic)).await),
    };
    match ended {
        Ok(finished) => tell(format!("the run {run_id} is completed: report {}", finished.record.report_id)),
        Err(error) => tell(format!("the run {run_id} has failed: {}: {error}", error.failure())),
    }
    seal(home, tell).await;
}

// At once, so that whoever waits for the report can have it with its statement. What fails is sealed with what comes next.
async fn seal(home: &Home, tell: &Tell) {
    if let Err(error) = OwnLog::of(home).seal().await {
        tell(format!("the log was not sealed: {}: {error}", error.failure()));
    }
}

// What the state machine does: what may pass is tried again, and then the run ends as failed.
async fn attempts(home: &Home, request: &ReportRequest) -> Result<pipeline::Finished, CommandError> {
    let mut attempt = 1;
    loop {
        let ended = pipeline::report(home, request, |_| ()).await;
        match ended {
            Err(error) if error.failure().is_retryable() && attempt < ATTEMPTS => {
                wait(home, attempt).await;
                attempt += 1;
            }
            Err(error) if error.failure().is_retryable() => return Err(give_up(home, request, error).await),
            other => return other,
        }
    }
}

// Where time stands still, waiting brings nothing nearer.
async fn wait(home: &Home, attempt: u32) {
    if home.clock == Clock::System {
        tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
    }
}

async fn give_up(home: &Home, request: &ReportRequest, error: CommandError) -> CommandError {
    let (failure, message, now): (Failure, _, _) = (error.failure(), error.to_string(), home.clock.now());
    let failed = home.storage.custodian.fail_run(&request.tenant, &request.run_id, failure, &message, now).await;
    // The store still does not answer: the run is taken up again when somebody looks for what was left behind.
    failed.map_or_else(CommandError::from, |()| error)
}

async fn collection(home: &Home, request: &CollectionRequest, at_once: usize, tell: &Tell) {
    match collected(home, request, at_once).await {
        Ok(sentence) => tell(sentence),
        Err(error) => tell(format!("{} was not collected: {error}", request.control)),
    }
}

async fn collected(home: &Home, request: &CollectionRequest, at_once: usize) -> Result<String, CommandError> {
    let mut home = home.clone();
    home.actor = request.requested_by.clone();
    let control = home.catalog.control(&request.control);
    let control =
        control.ok_or_else(|| CommandError::Invalid(format!("the catalog has no control {}", request.control)))?;
    let window = request.window(control.period).map_err(|error| CommandError::Invalid(error.to_string()))?;
    let selection = Selection { controls: vec![request.control.clone()], window: Some(window), ..Selection::default() };
    let all = collect_all(&home, tasks(&home, &selection, home.clock.now())?, at_once, |_| ()).await;
    let tally = crate::command::Tally::of(&all);
    Ok(format!("{} for {}: {}", request.control, request.requested_by, tally.sentence()))
}
