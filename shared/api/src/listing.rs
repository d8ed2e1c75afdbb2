//! Lists, page by page.

use crate::Cursor;
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// What is on this page, in the order of the list.
    pub items: Vec<T>,
    /// What to give as `cursor` for the next page; none on the last.
    pub next: Option<Cursor>,
}

/// How many items a page holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct Limit(u64);

/// A number of items that no page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to {max} items, not {0}", max = Limit::MOST)]
pub struct LimitError(u64);

impl Limit {
    /// What a page may hold.
    pub const MOST: u64 = 200;

    /// The number.
    pub fn get(self) -> usize {
        usize::try_from(self.0).unwrap_or(1)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u64> for Limit {
    type Error = LimitError;
    fn try_from(number: u64) -> Result<Self, LimitError> {
        if (1..=Self::MOST).contains(&number) { Ok(Self(number)) } else { Err(LimitError(number)) }
    }
}
