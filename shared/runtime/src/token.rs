//! Random tokens, for names that must not be guessed or repeated.

use std::hash::{BuildHasher, RandomState};

/// 16 hexadecimal digits that no other call gives. They come from the system's randomness through the seeds of the standard
/// library's hasher; they are names, not secrets.
pub fn random_token() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
