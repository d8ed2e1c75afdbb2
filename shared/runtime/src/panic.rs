//! Panics at the edge: what one piece of work does must not end the process that does all of it.

use futures_util::FutureExt as _;
use std::{any::Any, panic::AssertUnwindSafe};

/// The outcome of `work`, or the text that it panicked with; empty when it had none.
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, String> {
    // What a panic leaves behind is this piece's own: stores are changed by whole writes only.
    AssertUnwindSafe(Box::pin(work)).catch_unwind().await.map_err(|panic| text(panic.as_ref()))
}

fn text(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
