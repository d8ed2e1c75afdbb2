//! The memory that the answers of one slot take.

use collecting::{Budget, Held};

// What most slots need. Whoever needs more gives it back first, and then waits for what the largest needs, so that nobody waits for ever.
const SMALL: u64 = 64 << 20;

/// Memory that is held while answers come.
pub(crate) struct Memory<'a> {
    budget: &'a Budget,
    held: Option<Held<'a>>,
    /// What all answers together may take.
    most: u64,
    bytes: u64,
    is_large: bool,
}

impl<'a> Memory<'a> {
    /// Waits for as much as most slots need.
    pub(crate) async fn begin(budget: &'a Budget, most: u64) -> Self {
        Self { budget, held: Some(budget.hold(SMALL).await), most, bytes: 0, is_large: false }
    }

    /// Counts bytes that are held from now on.
    pub(crate) async fn take(&mut self, bytes: u64) {
        self.bytes += bytes;
        if self.bytes > SMALL && !self.is_large {
            self.held = None;
            self.held = Some(self.budget.hold(self.most).await);
            self.is_large = true;
        }
    }

    /// Counts bytes that are held no more. What was held for them stays: it may be needed again.
    pub(crate) fn give_back(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// What is held, for whoever goes on with the answers.
    pub(crate) async fn hold(&mut self) -> Held<'a> {
        match self.held.take() {
            Some(held) => held,
            None => self.budget.hold(SMALL).await,
        }
    }
}
