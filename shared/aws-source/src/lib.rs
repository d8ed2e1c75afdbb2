#![doc = include_str!("../README.md")]

mod aws;
mod identity;
mod partition;
mod reply;
mod request;
mod withheld;
mod xml;

pub use aws::{Account, Aws, Page, Place};
pub use identity::Identities;
pub use partition::Partition;
pub use reply::Reply;
pub use request::{Request, Service, services};
pub use withheld::WITHHELD;
pub use xml::Element;
