//! Asking again: exponential backoff with full jitter.

use std::time::Duration;

/// How often, and how long between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often in all.
    pub attempts: u32,
    /// The longest pause before the second attempt; twice as long before each further one …
    pub first: Duration,
    /// … and never longer than this.
    pub longest: Duration,
}

impl Default for Retry {
    /// Six attempts within about a minute.
    fn default() -> Self {
        Self { attempts: 6, first: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

impl Retry {
    /// How long to wait after attempt `attempt`, counted from 1; none after the last. `random` is from 0 to 1. A source that says how long it
    /// wants to be left alone is not asked sooner.
    pub fn pause(&self, attempt: u32, random: f64, wanted: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let longest = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(self.longest);
        let own = longest.mul_f64(random.clamp(0.0, 1.0));
        // Some jitter on top: everybody is told the same.
        Some(wanted.map_or(own, |wanted| wanted.saturating_add(own.min(self.first))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_end() {
        let retry = Retry::default();
        let longest: Vec<_> =
            (1..=6).map(|attempt| retry.pause(attempt, 1.0, None).map(|pause| pause.as_secs())).collect();
        assert_eq!(longest, [Some(1), Some(2), Some(4), Some(8), Some(16), None]);
        assert_eq!(retry.pause(3, 0.0, None), Some(Duration::ZERO));
        assert_eq!(retry.pause(9, 0.5, None), None);
    }

    #[test]
    fn a_source_that_wants_to_be_left_alone_is() {
        let wanted = Some(Duration::from_secs(90));
        assert_eq!(Retry::default().pause(1, 0.0, wanted), wanted);
        assert_eq!(Retry::default().pause(5, 1.0, wanted), Some(Duration::from_secs(91)));
    }
}
