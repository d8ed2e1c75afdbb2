//! The exhibit command: see the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let code = exhibit::command::run(std::env::args_os()).await;
    ExitCode::from(code as u8)
}
