//! Files as a source.

use crate::{Files, files::Found};
use catalog::Access;
use collecting::{
    Asking, CollectError, Fetch, Fetched, Limits, Order, RAW_LIMIT, Request, on_a_thread, write_evidence,
};
use domain::{
    Actor, Timestamp,
    evidence::{Collector, RawFile},
};
use std::collections::BTreeMap;
use storage::Spool;

/// The collector, as the catalog names it.
pub const NAME: &str = "files";

/// Collects from files below a root.
#[derive(Debug, Clone)]
pub struct FileCollector {
    /// The root.
    pub files: Files,
    /// Whether each tenant's sources deliver into a folder of its own.
    pub folder_for_each_tenant: bool,
}

impl Fetch for FileCollector {
    async fn fetch(&self, order: &Order, asking: &Asking<'_>, spool: Spool) -> Result<Fetched, CollectError> {
        let files = match self.folder_for_each_tenant {
            true => self.files.in_folder(order.slot.tenant.as_str()),
            false => self.files.clone(),
        };
        let Access::Files { files: patterns } = &order.access else {
            return Err(CollectError::other_source(NAME, &order.access));
        };
        let (place, asked, period) = (files.clone(), patterns.clone(), order.slot.period);
        let found = on_a_thread(move || place.look(&asked, &period)).await?;
        let _held = asking.budget.hold(memory(&found)).await;
        let names: Vec<String> = found.into_iter().map(|file| file.name).collect();
        let (order, actor, executed_at) = (order.clone(), asking.actor.clone(), asking.executed_at);
        on_a_thread(move || {
            let raw = files.read_all(&names, RAW_LIMIT)?;
            write(spool, &order, &raw, &actor, executed_at)
        })
        .await
    }
}

fn write(
    spool: Spool,
    order: &Order,
    raw: &[RawFile],
    actor: &Actor,
    executed_at: Timestamp,
) -> Result<Fetched, CollectError> {
    let request = Request {
        slot: &order.slot,
        query: &order.query,
        endpoint: &endpoint(raw),
        parameters: &parameters(&order.access),
        collector: &collector(),
        executed_at,
        executed_by: actor,
        source_count: None,
        limits: Limits::default(),
    };
    Fetched::written(spool, |out| write_evidence(out, &request, raw))
}

fn collector() -> Collector {
    Collector { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

fn parameters(access: &Access) -> BTreeMap<String, String> {
    let Access::Files { files: patterns } = access else { return BTreeMap::new() };
    (1..).zip(patterns).map(|(number, pattern)| (format!("files_{number}"), pattern.clone())).collect()
}

// What was asked, for a person: the file, or the first of several. All of them stand in the pages.
fn endpoint(raw: &[RawFile]) -> String {
    match raw {
        [] => "files:".to_owned(),
        [one] => format!("files:{}", one.name),
        [first, rest @ ..] => format!("files:{} and {} more", first.name, rest.len()),
    }
}

/// What a slot of these files takes at most: all raw, and the largest that one of them may unpack to.
fn memory(files: &[Found]) -> u64 {
    let limits = Limits::default();
    let raw = files.iter().map(|file| file.length).fold(0, u64::saturating_add);
    let packed = files.iter().filter(|file| file.is_packed()).map(|file| file.length).max().unwrap_or(0);
    raw.saturating_add(packed.saturating_mul(limits.unpacked_ratio).min(limits.unpacked_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBIBYTE: u64 = 1 << 20;

    fn file(name: &str, length: u64) -> Found {
        Found { name: name.to_owned(), length }
    }

    #[test]
    fn a_slot_takes_its_files_and_what_one_of_them_may_unpack_to() {
        assert_eq!(memory(&[]), 0);
        assert_eq!(memory(&[file("a.csv", 1), file("b.csv", 3 * MEBIBYTE)]), 3 * MEBIBYTE + 1);
        assert_eq!(memory(&[file("a.json.gz", MEBIBYTE), file("b.ZIP", MEBIBYTE)]), 202 * MEBIBYTE);
        assert_eq!(memory(&[file("a.zip", 100 * MEBIBYTE)]), 612 * MEBIBYTE);
        assert_eq!(memory(&[file("a.csv", u64::MAX), file("b.csv", u64::MAX)]), u64::MAX);
    }
}
