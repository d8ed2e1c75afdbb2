//! The exhibit command: see the library.

use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let code = exhibit::command::run(exhibit::command::Arguments::parse()).await;
    ExitCode::from(code as u8)
}
