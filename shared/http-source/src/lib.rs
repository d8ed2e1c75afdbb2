#![doc = include_str!("../README.md")]

mod address;
mod asking;
mod authentication;
mod concealed;
mod conversation;
mod each;
mod exchange;
mod filling;
mod guard;
mod link;
mod memory;
mod page;
mod pages;
mod renewing;
mod sending;
mod signed;
mod source;
mod values;

pub use authentication::AwsCredentials;
pub use conversation::{Call, CallBody, Conversation, Heard};
pub use signed::{Signed, SignedReply, SignedRequest};
pub use source::{Answers, Ask, Bounds, HttpSource};
pub use values::Values;
