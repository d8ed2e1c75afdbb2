#![doc = include_str!("../README.md")]

mod control;
mod cursor;
mod evidence;
mod idempotency;
mod identity;
mod link;
mod listing;
mod notation;
mod problem;
mod report;
mod route;

pub use control::{CollectionAccepted, Control, Coverage, LastCollection, NewCollection};
pub use cursor::{Cursor, CursorError, Scope};
pub use evidence::{Evidence, EvidenceStatus, EvidenceWithLink};
pub use idempotency::{IdempotencyKey, IdempotencyKeyError};
pub use identity::{ClaimNames, Identity, IdentityError, Role};
pub use link::{Link, LinkContent};
pub use listing::{Limit, LimitError, Listing};
pub use problem::{Problem, ProblemKind};
pub use report::{NewReport, Run, RunStatus, RunWithLinks};
pub use route::{Method, ROUTES, Route, route};
