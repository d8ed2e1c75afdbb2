//! `exhibit serve`

use super::{Output, collect::Tally};
use crate::{
    CommandError, ExitCode, Home,
    collection::{Selection, Task, collect_all, due, retries, tasks},
    sealing::{OwnLog, commit_slots},
    serving::{self, InProcess, SigningKey, Tell},
};
use axum::Router;
use clap::Args;
use domain::{ControlId, Period, Timestamp};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// How often the schedules are looked at, in seconds.
    #[arg(long, default_value_t = 20, value_name = "N")]
    every: u64,
    /// How many slots are collected at once.
    #[arg(long, default_value_t = 4, value_name = "N")]
    at_once: usize,
    /// Where the HTTP API is served; port 0 takes any that is free. Only on this machine, unless --behind-tls is given.
    #[arg(long, default_value = "127.0.0.1:8085", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The https:// address of the proxy that stands in front and does TLS; links lead there.
    #[arg(long, value_name = "URL", value_parser = parse_https)]
    behind_tls: Option<String>,
}

fn parse_https(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    let right = host.is_some_and(|host| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic()));
    if right { Ok(text.to_owned()) } else { Err("write it as https://exhibit.acme.example".to_owned()) }
}

// How long an event waits for the log at most.
const SEALED_EVERY: Duration = Duration::from_secs(60);

// How long requests that are being answered when serving ends may take.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

impl Serve {
    pub(super) async fn run(self, home: Home, output: &Output) -> Result<ExitCode, CommandError> {
        // Listening begins before the first collection, so that a stop is never missed. What a stop cuts off is taken up by
        // the next collection of the slot.
        let stop = Stop::listen().map_err(CommandError::file("the signals"))?;
        let home = Arc::new(home);
        let tell = telling(*output);
        let starter = InProcess::start(&home, self.at_once, &tell)?;
        let api = self.answer(&home, starter.clone(), tell, output).await?;
        output.note(format!("collecting for {} when it is due; stop with Ctrl-C", home.tenant));
        tokio::select! {
            () = stop.heard() => {}
            never = self.go_on(&home, &starter, output) => match never {},
        };
        api.end().await;
        tell_failed(OwnLog::of(&home).seal().await, output);
        output.note("stopped");
        Ok(ExitCode::Done)
    }

    async fn answer(
        &self,
        home: &Arc<Home>,
        starter: InProcess,
        tell: Tell,
        output: &Output,
    ) -> Result<Answering, CommandError> {
        self.refuse_bare_network()?;
        let key = SigningKey::of(&home.layout.directory)?;
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            CommandError::Invalid(format!("{} cannot be served: {error}; give another --listen", self.listen))
        })?;
        let own = listener.local_addr().map_err(CommandError::file("the socket"))?;
        let address = self.behind_tls.clone().unwrap_or_else(|| format!("http://{own}"));
        let routes = serving::routes(home, starter, &key, &address, tell);
        output.note(format!("serving the API at {address}; `exhibit token` makes a token for it"));
        output.line(&serde_json::json!({"serving": address, "listen": own.to_string()}))?;
        Ok(Answering::start(listener, routes))
    }

    // A token is a password. On the wire of a network it needs TLS, which this process does not do.
    fn refuse_bare_network(&self) -> Result<(), CommandError> {
        if self.listen.ip().is_loopback() || self.behind_tls.is_some() {
            return Ok(());
        }
        let message = format!(
            "{} can be reached from other machines, and tokens would travel unprotected: put a proxy with TLS in front and give \
             its address with --behind-tls, or listen on 127.0.0.1",
            self.listen
        );
        Err(CommandError::Invalid(message))
    }

    // Whatever fails is told, and serving goes on: evidence that can be collected must not wait for what cannot.
    async fn go_on(&self, home: &Home, starter: &InProcess, output: &Output) -> Infallible {
        // What came due while nobody served: the newest complete period of every control. What is filled stays as it is.
        let mut looked_at = home.clock.now();
        let (log, mut sealed_at) = (OwnLog::of(home), None);
        let (every, mut begun) = (Duration::from_secs(self.every.max(1)), Instant::now());
        tell_failed(commit_slots(home).await, output);
        tell_failed(take_up(starter, output), output);
        tell_failed(resume(home, starter, output).await, output);
        tell_failed(self.again(home, output).await, output);
        loop {
            if sealed_at.is_none_or(|at: Instant| at.elapsed() >= SEALED_EVERY) {
                // Before anything is due under a catalog, its slots are committed; mostly they are.
                tell_failed(commit_slots(home).await, output);
                tell_failed(log.seal().await, output);
                sealed_at = Some(Instant::now());
            }
            tokio::time::sleep(every.min(SEALED_EVERY)).await;
            if begun.elapsed() < every {
                continue;
            }
            begun = Instant::now();
            // What was not looked at now is looked at again.
            looked_at = tell_failed(self.look(home, looked_at, output).await, output).unwrap_or(looked_at);
            tell_failed(resume(home, starter, output).await, output);
        }
    }

    // Everything of the newest periods that is not there yet and may be by now.
    async fn again(&self, home: &Home, output: &Output) -> Result<(), CommandError> {
        let tasks = retries(home, home.clock.now()).await?;
        if tasks.is_empty() { Ok(()) } else { self.collect(home, tasks, output).await }
    }

    async fn look(&self, home: &Home, from: Timestamp, output: &Output) -> Result<Timestamp, CommandError> {
        let now = home.clock.now();
        for (control, period) in due(home, from, now) {
            self.collect(home, tasks(home, &selection(control, period), now)?, output).await?;
        }
        self.again(home, output).await?;
        Ok(now)
    }

    // A failure of a source or of the store is told and recorded; serving goes on.
    async fn collect(&self, home: &Home, tasks: Vec<Task>, output: &Output) -> Result<(), CommandError> {
        let all = collect_all(home, tasks, self.at_once, |_| ()).await;
        let tally = Tally::of(&all);
        for failed in &tally.failed {
            output.note(format!("{} {}: {}", failed.evidence_id, failed.error, crate::table::visible(&failed.message)));
        }
        output.note(format!("{} {}", home.clock.now(), tally.sentence()));
        output.line(&tally)
    }
}

fn selection(control: ControlId, period: Period) -> Selection {
    Selection { controls: vec![control], window: Some(period), ..Selection::default() }
}

fn tell_failed<T>(ended: Result<T, CommandError>, output: &Output) -> Option<T> {
    ended.map_err(|error| output.note(crate::table::visible(&format!("{}: {error}", error.failure())))).ok()
}

fn take_up(starter: &InProcess, output: &Output) -> Result<(), CommandError> {
    match starter.take_up()? {
        0 => {}
        taken => output.note(format!("{taken} collections that were accepted go on")),
    }
    Ok(())
}

async fn resume(home: &Home, starter: &InProcess, output: &Output) -> Result<(), CommandError> {
    match starter.resume(home.clock.now()).await? {
        0 => {}
        resumed => output.note(format!("{resumed} reports that were left behind go on")),
    }
    Ok(())
}

fn telling(output: Output) -> Tell {
    Arc::new(move |line: String| output.note(crate::table::visible(&line)))
}

/// The API while it is served.
struct Answering {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Answering {
    fn start(listener: TcpListener, routes: Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(async move { drop(stopped.await) });
        let task = tokio::spawn(async move { drop(serving.await) });
        Self { stop, task }
    }

    // Takes no new requests, and waits for those that are being answered.
    async fn end(self) {
        // Nobody listens any more when serving has ended by itself.
        let (Ok(()) | Err(())) = self.stop.send(());
        drop(tokio::time::timeout(LAST_ANSWERS, self.task).await);
    }
}

/// The signals that end serving: what a person types, and what a supervisor sends.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn heard(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn heard(self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
