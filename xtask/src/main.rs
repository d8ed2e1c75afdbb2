//! Every check.
fn main() {}
