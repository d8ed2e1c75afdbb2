//! A server on a port of its own, and what it answers.

use crate::description;
use api::{Identity, Role, Run, RunStatus};
use exhibit::{
    Home,
    serving::{Claims, InProcess, SigningKey, Tell, routes},
};
use jiff::SignedDuration;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use storage::FaultHook;
use tests::Fixture;

/// A data directory of a few days, collected and served.
pub struct Served {
    pub fixture: Fixture,
    pub home: Arc<Home>,
    pub starter: InProcess,
    pub key: SigningKey,
    /// What was told to the log.
    pub told: Arc<Mutex<Vec<String>>>,
    pub address: String,
    pub runtime: tokio::runtime::Runtime,
    agent: ureq::Agent,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub bytes: Vec<u8>,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: String,
    pub token: Option<String>,
    pub headers: Vec<(&'a str, String)>,
    pub body: Option<Vec<u8>>,
}

impl Served {
    pub fn new(days: u8) -> Self {
        Self::with_faults(days, FaultHook::none())
    }

    /// The same with faults while it serves; collecting has none.
    pub fn with_faults(days: u8, hook: FaultHook) -> Self {
        let fixture = Fixture::new(days);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let collected = runtime.block_on(fixture.collect(&fixture.home(FaultHook::none())));
        assert!(collected.iter().all(|(_, ended)| ended.is_ok()), "{collected:?}");
        let home = fixture.home(hook);
        Self::over(fixture, home, runtime)
    }

    /// The same over a home that was prepared.
    pub fn over(fixture: Fixture, home: Home, runtime: tokio::runtime::Runtime) -> Self {
        let home = Arc::new(home);
        let told = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&told);
        let tell: Tell = Arc::new(move |line| log.lock().unwrap().push(line));
        let key = SigningKey::of(&fixture.folder).unwrap();
        let starter = InProcess::start(&home, 2, &tell).unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = routes(&home, starter.clone(), &key, &address, tell);
        runtime.spawn(async move { axum::serve(listener, served).await });
        let agent = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build();
        Self { fixture, home, starter, key, told, address, runtime, agent: agent.into() }
    }

    /// Brings everything that was told into the log. Gives how many entries there are.
    pub fn seal_log(&self) -> u64 {
        self.runtime.block_on(exhibit::sealing::OwnLog::of(&self.home).seal()).unwrap().size
    }

    /// Answers with another starter from now on, over the same home.
    pub fn start_by<S: api_write::Starter>(&mut self, starter: S) {
        let listener = self.runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        self.address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::clone(&self.told);
        let tell: Tell = Arc::new(move |line| log.lock().unwrap().push(line));
        let served = routes(&self.home, starter, &self.key, &self.address, tell);
        self.runtime.spawn(async move { axum::serve(listener, served).await });
    }

    /// A token of `ana` with these roles.
    pub fn token(&self, roles: &[Role]) -> String {
        self.token_of("acme", "ana@acme.example", roles, 8)
    }

    /// A token of anybody, for so many hours; for less than none, it is over.
    pub fn token_of(&self, tenant: &str, subject: &str, roles: &[Role], hours: i64) -> String {
        let now = self.home.clock.now();
        let identity = Identity {
            tenant: tenant.parse().unwrap(),
            subject: subject.parse().unwrap(),
            roles: roles.iter().copied().collect(),
        };
        Claims::new(identity, now, now + SignedDuration::from_hours(hours)).sign(&self.key)
    }

    /// Asks, and holds the answer to the description of the API.
    pub fn ask(&self, asked: Asked<'_>) -> Answer {
        let mut request =
            ureq::http::Request::builder().method(asked.method).uri(format!("{}{}", self.address, asked.path));
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &asked.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answered = match asked.body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answered = answered.unwrap();
        let headers =
            answered.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        let bytes = answered.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        let answer = Answer { status: answered.status().as_u16(), headers, bytes };
        description::hold(asked.method, &asked.path, &answer);
        answer
    }

    /// GET with every role.
    pub fn get(&self, path: impl Into<String>) -> Answer {
        self.ask(Asked { method: "GET", path: path.into(), token: Some(self.token(&Role::ALL)), ..Asked::default() })
    }

    /// POST of JSON with every role and these headers.
    pub fn post(&self, path: impl Into<String>, body: &Value, headers: &[(&'static str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/json".to_owned())];
        all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.ask(Asked {
            method: "POST",
            path: path.into(),
            token: Some(self.token(&Role::ALL)),
            headers: all,
            body: Some(body.to_string().into_bytes()),
        })
    }

    /// Asks for the window's report and waits until its run has ended.
    pub fn report(&self) -> Answer {
        let body = serde_json::json!({"framework": "soc2", "period": self.fixture.window.to_string()});
        let accepted = self.post("/v1/reports", &body, &[]);
        assert_eq!(accepted.status, 202, "{accepted:?}");
        self.ended(&accepted.headers["location"])
    }

    /// Waits until the run at `path` has ended.
    pub fn ended(&self, path: &str) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.get(path);
            assert_eq!(answer.status, 200, "{answer:?}");
            let run: Run = answer.read();
            if run.status != RunStatus::Requested {
                return answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "the run does not end: {:?}", self.told);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn read<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
