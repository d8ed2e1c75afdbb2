//! The deployed product, driven from outside: over HTTP as people do, and with an SDK as the account and as its roles.
//!
//! `cargo xtask e2e` deploys it to an emulated AWS with IAM enforced and runs these. Where that emulation falls short of
//! AWS, `xtask/src/e2e/additions.py` says what was added; what it cannot show at all is said in the test.

#![cfg(test)]

mod access;
mod collecting;
mod documents;
mod interruptions;
mod locks;
mod log;
mod report;
mod reporting;
mod world;
