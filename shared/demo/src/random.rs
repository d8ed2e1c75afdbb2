//! Picks that stay the same for ever.
//!
//! The bytes come from ChaCha20 (RFC 8439 block function), whose stream is fixed by its key; everything made of them is
//! written out here, so that no new version of a crate changes what a seed gives.

use domain::Digest;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// A stream of picks. Each part of the organisation has its own, so that a change of one leaves the others as they are.
pub(crate) struct Random(ChaCha20Rng);

impl Random {
    /// The stream of `part` under `seed`: keyed with the SHA-256 of both.
    pub(crate) fn new(seed: u64, part: &str) -> Self {
        let key = Digest::of(format!("{seed}/{part}").as_bytes());
        Self(ChaCha20Rng::from_seed(*key.as_bytes()))
    }

    /// A number from 0 to `count` − 1; 0 when `count` is 0. Multiply and shift: the bias is below 2^-32 here.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(count);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`; the default when there is none.
    pub(crate) fn pick<T: Clone + Default>(&mut self, items: &[T]) -> T {
        let index = usize::try_from(self.below(items.len() as u64)).unwrap_or_default();
        items.get(index).cloned().unwrap_or_default()
    }

    /// `digits` hexadecimal digits, at most 64.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.0.next_u64()));
        }
        text.truncate(digits);
        text
    }

    /// Text in the shape of a UUID (RFC 9562).
    pub(crate) fn uuid(&mut self) -> String {
        let parts = [self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12)];
        let [a, b, c, d, e] = parts;
        format!("{a}-{b}-4{c}-8{d}-{e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_picks_it_always_gave() {
        let mut random = Random::new(2026, "test");
        let picks: Vec<u64> = (0..8).map(|_| random.below(1000)).collect();
        assert_eq!(picks, GOLDEN);
        assert_eq!(Random::new(2026, "test").hex(20).len(), 20);
    }

    const GOLDEN: [u64; 8] = [786, 902, 96, 632, 338, 156, 623, 266];

    #[test]
    fn picks_stay_inside_their_bounds() {
        let mut random = Random::new(1, "bounds");
        assert!((0..1000).all(|_| (3..=7).contains(&random.between(3, 7))));
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick::<&str>(&[]), "");
    }
}
