//! What the tests share: orders from short notations, a collector around a store, documents read back.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod clickhouse;
pub mod server;
pub mod shipped;

use catalog::{Access, FileFormat, QueryColumn, Question, SourceQuery, SqlAccess, SqlEngine, SqlQuestion};
use collect_sql::SqlCollector;
use collecting::{Asking, Budget, CollectError, Fetch as _, Fetched, Order, Pace, Retry, Secrets};
use domain::{
    Actor, ControlId, Digest, QueryName, RetentionClass, Slot, SourceId, TenantId, Timestamp,
    evidence::{self, Cell, Column, ColumnKind, EvidenceHeader},
};
use runtime::Clock;
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};
use storage::Storage;

/// The password of every account here: it must not be found anywhere else.
pub const SECRET: &str = "hunter2-Planted'\\\"x";

/// A store, a secret and a collector.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub storage: Storage,
    pub collector: SqlCollector,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        fs::create_dir_all(&secrets).unwrap();
        fs::write(secrets.join("a-database"), SECRET).unwrap();
        fs::set_permissions(secrets.join("a-database"), fs::Permissions::from_mode(0o600)).unwrap();
        let root = folder.path().join("sources");
        fs::create_dir_all(&root).unwrap();
        let storage = Storage::embedded(&folder.path().join("custody")).unwrap();
        let collector = SqlCollector {
            secrets: Secrets::Local { folder: secrets },
            pace: Pace::new(storage.custodian.clone()),
            root: Some(root),
            folder_for_each_tenant: false,
            retry: Retry { attempts: 2, first: Duration::from_millis(20), longest: Duration::from_millis(20) },
        };
        Self { folder, storage, collector }
    }

    pub fn root(&self) -> &Path {
        self.collector.root.as_deref().unwrap()
    }

    /// What an order gives, as it was written.
    pub async fn fetched(&self, order: &Order) -> Result<Fetched, CollectError> {
        let (actor, budget, now) = (Actor::new("a-test").unwrap(), Budget::new(), Timestamp::now());
        let deadline = now + jiff::SignedDuration::from_secs(600);
        let asking = Asking { actor: &actor, executed_at: now, clock: Clock::System, deadline, budget: &budget };
        self.collector.fetch(order, &asking, self.storage.locker.spool().unwrap()).await
    }

    /// The document of an order, or why there is none. Nothing of it holds the secret.
    pub async fn document(&self, order: &Order) -> Result<Vec<u8>, CollectError> {
        self.document_within(order, 600).await
    }

    /// As `document`, with so many seconds until the deadline.
    pub async fn document_within(&self, order: &Order, seconds: i64) -> Result<Vec<u8>, CollectError> {
        let (actor, budget, now) = (Actor::new("a-test").unwrap(), Budget::new(), Timestamp::now());
        let deadline = now + jiff::SignedDuration::from_secs(seconds);
        let asking = Asking { actor: &actor, executed_at: now, clock: Clock::System, deadline, budget: &budget };
        let spool = self.storage.locker.spool().unwrap();
        let fetched = self.collector.fetch(order, &asking, spool).await.inspect_err(|error| {
            assert!(!format!("{error} {error:?}").contains("hunter2"), "the secret is in a message");
        })?;
        let bytes = fs::read(fetched.spool.path()).unwrap();
        assert_eq!(Digest::of(&bytes), fetched.written.digest);
        assert_eq!(domain::canonical::from_json(&bytes).unwrap(), bytes, "not canonical");
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "the secret is in the evidence");
        evidence::check(&bytes).unwrap();
        Ok(bytes)
    }

    /// The header and rows of an order's document.
    pub async fn answer(&self, order: &Order) -> (EvidenceHeader, Vec<Vec<Cell>>) {
        read(&self.document(order).await.unwrap())
    }

    /// Why an order has no answer.
    pub async fn refusal(&self, order: &Order) -> CollectError {
        self.document(order).await.unwrap_err()
    }
}

pub fn read(document: &[u8]) -> (EvidenceHeader, Vec<Vec<Cell>>) {
    let mut rows = Vec::new();
    let header = evidence::read(document, |_, cells| {
        rows.push(cells);
        Ok::<(), String>(())
    });
    (header.unwrap(), rows)
}

pub fn texts(rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A database at `address`, whose account is `user`.
pub fn access(engine: SqlEngine, address: &str, user: Option<&str>) -> SqlAccess {
    SqlAccess {
        engine,
        address: address.into(),
        user: user.map(str::to_owned),
        secret: user.map(|_| "a-database".parse().unwrap()),
        limit: None,
        private: true,
    }
}

/// What is asked of `access`: columns as `name:kind`, `name:kind=from`; `?` behind the name when it may be absent.
pub fn order(access: &SqlAccess, text: &str, columns: &[&str]) -> Order {
    let question = SqlQuestion {
        text: [(access.engine, text.to_owned())].into(),
        parameters: [
            ("who".to_owned(), Cell::Text("ana".into())),
            ("injection".to_owned(), Cell::Text("x' OR '1'='1\\'; DROP TABLE people; -- \"`$1?\t\n:who".into())),
            ("least".to_owned(), Cell::Integer(2)),
            ("share".to_owned(), Cell::Real(0.5)),
            ("really".to_owned(), Cell::Boolean(true)),
        ]
        .into(),
        timeout: Duration::from_secs(30),
    };
    Order {
        slot: Slot {
            tenant: TenantId::new("acme").unwrap(),
            control: ControlId::new("a-control").unwrap(),
            source: SourceId::new("a-source").unwrap(),
            period: "2026-07-01".parse().unwrap(),
        },
        query: SourceQuery {
            name: QueryName::new("a-query").unwrap(),
            version: 1,
            answers: "What a test asks.".into(),
            question: Question::Sql(question),
            fills: None,
            format: FileFormat::Rows,
            rows: None,
            null: vec!["N/A".into()],
            columns: columns.iter().map(|column| declared(column)).collect(),
            text: "text".into(),
            digest: Digest::of(b"text"),
        },
        access: Access::Sql(access.clone()),
        retention: RetentionClass::OneYear,
    }
}

/// The same order, with so many seconds to think.
pub fn within(mut order: Order, seconds: u64) -> Order {
    if let Question::Sql(question) = &mut order.query.question {
        question.timeout = Duration::from_secs(seconds);
    }
    order
}

fn declared(notation: &str) -> QueryColumn {
    let (name, rest) = notation.split_once(':').unwrap();
    let (kind, from) = rest.split_once('=').unwrap_or((rest, name.trim_end_matches('?')));
    let kind: ColumnKind = serde_json::from_value(kind.into()).unwrap();
    let column = Column { kind, name: name.trim_end_matches('?').to_owned() };
    QueryColumn { column, from: from.into(), required: !name.ends_with('?'), redact: None }
}
