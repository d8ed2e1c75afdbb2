//! How much memory the slots that are collected at once may take together.

use crate::{Limits, RAW_LIMIT, files::Found};
use tokio::sync::{Semaphore, SemaphorePermit};

const MEBIBYTE: u64 = 1 << 20;
// What the largest slot there can be takes: its raw files, and one unpacked file. It then is alone; small ones do not wait.
const MEBIBYTES: u32 = (2 * RAW_LIMIT / MEBIBYTE) as u32;

/// Memory for slots, shared by those that are collected at once.
#[derive(Debug)]
pub(crate) struct Budget(Semaphore);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(MEBIBYTES as usize))
    }

    /// Waits until there is memory for these files, and keeps it until the answer is dropped. Whoever comes first is first.
    pub(crate) async fn hold(&self, files: &[Found]) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.0.acquire_many(mebibytes(files)).await.ok()
    }
}

/// What a slot of these files takes at most: all raw, and the largest that one of them may unpack to.
fn mebibytes(files: &[Found]) -> u32 {
    let limits = Limits::default();
    let raw = files.iter().map(|file| file.length).fold(0, u64::saturating_add);
    let packed = files.iter().filter(|file| file.is_packed()).map(|file| file.length).max().unwrap_or(0);
    let unpacked = packed.saturating_mul(limits.unpacked_ratio).min(limits.unpacked_bytes);
    let all = raw.saturating_add(unpacked).div_ceil(MEBIBYTE).max(1);
    u32::try_from(all).map_or(MEBIBYTES, |all| all.min(MEBIBYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, length: u64) -> Found {
        Found { name: name.to_owned(), length }
    }

    #[test]
    fn a_slot_takes_its_files_and_what_one_of_them_may_unpack_to_and_never_more_than_there_is() {
        assert_eq!(mebibytes(&[]), 1);
        assert_eq!(mebibytes(&[file("a.csv", 1), file("b.csv", 3 * MEBIBYTE)]), 4);
        assert_eq!(mebibytes(&[file("a.json.gz", MEBIBYTE), file("b.ZIP", MEBIBYTE)]), 202);
        assert_eq!(mebibytes(&[file("a.zip", 100 * MEBIBYTE)]), 612);
        assert_eq!(mebibytes(&[file("a.csv", u64::MAX), file("b.csv", u64::MAX)]), MEBIBYTES);
    }

    #[tokio::test]
    async fn small_slots_are_collected_beside_each_other_and_large_ones_one_after_the_other() {
        let budget = Budget::new();
        let (small, large) = ([file("a.csv", 10 * MEBIBYTE)], [file("b.csv", RAW_LIMIT), file("c.gz", RAW_LIMIT)]);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(budget.hold(&small).await);
        }
        let wait = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(wait, budget.hold(&large)).await.is_err(), "it did not wait");
        held.clear();
        let alone = budget.hold(&large).await;
        assert!(tokio::time::timeout(wait, budget.hold(&small)).await.is_err(), "it did not wait");
        drop(alone);
        assert!(budget.hold(&small).await.is_some());
    }
}
