//! What the tests share: engines on this machine that answer as they are told, and catalogs that ask them.
#![allow(dead_code, reason = "each test program uses a part of it")]

mod engine;
// Whoever asks over HTTP is tested in one way.
#[path = "../../../collect-http/tests/support/place.rs"]
mod place;
#[path = "../../../collect-http/tests/support/server.rs"]
mod server;

#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use engine::{Engine, Kind, info};
#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use place::*;
#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use server::{Answer, Asked, Server};

use aws_source::Identities;
pub use collect_logs::{LogsCollector as Tested, NAME};
use collecting::{Pace, Retry, Secrets};

/// The collector that is tested.
pub fn tested(secrets: Secrets, pace: Pace, retry: Retry) -> Tested {
    let mut collector = Tested::new(secrets, pace, Identities::of_environment());
    (collector.source.retry, collector.aws.retry) = (retry, retry);
    collector
}
