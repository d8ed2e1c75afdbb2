//! Documents as a source.

use catalog::{Access, SourceQuery};
use collecting::{Asking, CollectError, Fetch, Fetched, Order, RAW_LIMIT, on_a_thread};
use documents::{Kept, Register, file_name};
use domain::{
    DocumentVersion,
    evidence::{Asked, Cell, Collected, Collector, EvidenceWriter, Preamble, RawFile},
};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};
use storage::{Spool, Storage, StorageError};

/// The collector, as the catalog names it.
pub const NAME: &str = "upload";

/// Collects what was handed in.
#[derive(Debug, Clone)]
pub struct UploadCollector {
    /// Where documents and their records are.
    pub storage: Storage,
}

impl Fetch for UploadCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let Access::Upload(_) = &order.access else {
            return Err(CollectError::other_source(NAME, &order.access));
        };
        let register = Register::read(&self.storage, &order.slot.tenant, &order.slot.source).await;
        let register = register.map_err(|error| unanswered(order, &error))?;
        let Kept { versions, left_out } = register.kept(&order.slot.period, RAW_LIMIT);
        let length = versions.iter().map(|version| version.submission.artifact.length).fold(0, u64::saturating_add);
        let _held = asking.budget.hold(length).await;
        let raw = self.files(order, &register, &versions).await?;
        let (order, preamble) = (order.clone(), preamble(order, asking, &raw, &left_out));
        on_a_thread(move || Fetched::written(spool, |out| write(out, &order, &preamble, &register, &raw))).await
    }
}

impl UploadCollector {
    async fn files(
        &self,
        order: &Order,
        register: &Register,
        kept: &[&DocumentVersion],
    ) -> Result<Vec<RawFile>, CollectError> {
        let text = register.text().map_err(|error| CollectError::Output(io::Error::other(error)))?;
        let mut raw = vec![RawFile { name: Register::FILE.to_owned(), bytes: text }];
        for version in kept {
            let bytes = self.storage.locker.fetch(&version.submission.artifact).await;
            let bytes = bytes.map_err(|error| unanswered(order, &error))?;
            raw.push(RawFile { name: file_name(version), bytes });
        }
        Ok(raw)
    }
}

fn endpoint(order: &Order) -> String {
    format!("documents:{}", order.slot.source)
}

// The store answers here as a source: what it does not give is not in the evidence.
fn unanswered(order: &Order, error: &StorageError) -> CollectError {
    let (endpoint, reason) = (endpoint(order), error.to_string());
    match error {
        StorageError::Unavailable { .. } => CollectError::Unanswered { endpoint, reason },
        StorageError::Denied { .. } => CollectError::Refused { endpoint, reason },
        _ => CollectError::Answer { endpoint, reason },
    }
}

fn preamble(order: &Order, asking: &Asking<'_>, raw: &[RawFile], left_out: &[&DocumentVersion]) -> Preamble {
    let (query, period) = (&order.query, &order.slot.period);
    let names: Vec<String> = left_out.iter().map(|version| file_name(version)).collect();
    let left_out = ("files_left_out", names.join(", "));
    let parameters = [("period_end", period.end().to_string()), ("period_start", period.start().to_string()), left_out];
    Preamble {
        asked: Asked {
            endpoint: endpoint(order),
            pages: raw.iter().map(|file| file.name.clone()).collect(),
            parameters: parameters.into_iter().filter(|(_, value)| !value.is_empty()).map(owned).collect(),
            query: query.name.clone(),
            query_digest: query.digest,
            query_text: query.text.clone(),
            query_version: query.version,
        },
        collected: Collected { executed_at: asking.executed_at, executed_by: asking.actor.clone() },
        collector: Collector { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        columns: query.evidence_columns(),
    }
}

fn owned((name, value): (&str, String)) -> (String, String) {
    (name.to_owned(), value)
}

fn write<W: Write>(
    out: W,
    order: &Order,
    preamble: &Preamble,
    register: &Register,
    raw: &[RawFile],
) -> Result<domain::evidence::Written<W>, CollectError> {
    let mut writer = EvidenceWriter::begin(out, preamble).map_err(CollectError::Output)?;
    raw.iter().try_for_each(|file| writer.raw(file)).map_err(CollectError::Output)?;
    for row in register.rows() {
        writer.row(&declared(&order.query, row)).map_err(CollectError::Output)?;
    }
    writer.finish(&order.slot, Some(register.versions.len() as u64)).map_err(CollectError::Output)
}

// The catalog was checked: every declared column is one of a document.
fn declared(query: &SourceQuery, mut row: BTreeMap<&'static str, Cell>) -> Vec<Cell> {
    let cell = |name: &str| row.remove(name).unwrap_or(Cell::Null);
    query.columns.iter().map(|declared| declared.column.name.as_str()).map(cell).collect()
}
