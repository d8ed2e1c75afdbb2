//! How much memory the slots that are collected at once may take together.

use crate::RAW_LIMIT;
use tokio::sync::{Semaphore, SemaphorePermit};

const MEBIBYTE: u64 = 1 << 20;
// What the largest slot there can be takes: its raw files, and one unpacked file. It then is alone; small ones do not wait.
const MEBIBYTES: u32 = (2 * RAW_LIMIT / MEBIBYTE) as u32;

/// Memory for slots, shared by those that are collected at once.
#[derive(Debug)]
pub struct Budget(Semaphore);

/// Memory that is given back when this is dropped.
#[derive(Debug)]
pub struct Held<'a>(#[expect(dead_code, reason = "it is there to be dropped")] Option<SemaphorePermit<'a>>);

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// As much as the largest slot takes: 1 GiB.
    pub fn new() -> Self {
        Self(Semaphore::new(MEBIBYTES as usize))
    }

    /// Waits until there is memory for so many bytes, or all of it for more. Whoever comes first is first.
    pub async fn hold(&self, bytes: u64) -> Held<'_> {
        let all = u32::try_from(bytes.div_ceil(MEBIBYTE).max(1)).map_or(MEBIBYTES, |all| all.min(MEBIBYTES));
        // It is never closed.
        Held(self.0.acquire_many(all).await.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_slots_are_collected_beside_each_other_and_large_ones_one_after_the_other() {
        let budget = Budget::new();
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(budget.hold(10 * MEBIBYTE).await);
        }
        let wait = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(wait, budget.hold(u64::MAX)).await.is_err(), "it did not wait");
        held.clear();
        let alone = budget.hold(2 * RAW_LIMIT).await;
        assert!(tokio::time::timeout(wait, budget.hold(0)).await.is_err(), "it did not wait");
        drop(alone);
        drop(budget.hold(1).await);
    }
}
