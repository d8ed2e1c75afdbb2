#![doc = include_str!("../README.md")]

mod control;
mod cursor;
mod document;
mod evidence;
mod idempotency;
mod identity;
#[cfg(feature = "lambda")]
mod lambda;
mod link;
mod listing;
mod log;
mod notation;
mod problem;
mod report;
mod route;
mod server;

pub use control::{CollectionAccepted, Control, Coverage, LastCollection, NewCollection};
pub use cursor::{Cursor, CursorError, Scope};
pub use document::DocumentWithLink;
pub use evidence::{Evidence, EvidenceStatus, EvidenceWithLink};
pub use idempotency::{IdempotencyKey, IdempotencyKeyError};
pub use identity::{ClaimNames, Identity, IdentityError, Role, RoleError};
#[cfg(feature = "lambda")]
pub use lambda::serve_behind_api_gateway;
pub use link::{Link, LinkContent};
pub use listing::{Limit, LimitError, Listing};
pub use log::LogKeys;
pub use problem::{Problem, ProblemKind};
pub use report::{NewReport, Run, RunStatus, RunWithLinks};
pub use route::{Method, ROUTES, Route, route};
pub use server::{Cause, LARGEST_BODY, LARGEST_PART, Parameters, Refused, Unidentified, complete, page, read_json};
