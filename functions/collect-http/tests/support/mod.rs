//! What the tests share: servers on this machine that speak HTTP as they are told, and catalogs that ask them.
#![allow(dead_code, reason = "each test program uses a part of it")]

mod place;
mod server;

#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use place::*;
#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use server::{Answer, Asked, Server};

pub use collect_http::{HttpCollector as Tested, NAME};
use collecting::{Pace, Retry, Secrets};
use http_source::HttpSource;

/// The collector that is tested.
pub fn tested(secrets: Secrets, pace: Pace, retry: Retry) -> Tested {
    let mut source = HttpSource::new(secrets, pace);
    source.retry = retry;
    Tested { source }
}
