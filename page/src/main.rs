//! The program inside the page, which any WASI host can run: `page remake FOLDER WORKSPACE`.
//!
//! One JSON value on standard output, progress as one JSON value per line on standard error.

use page::{Progress, remake};
use serde::Serialize;
use std::{io::Write, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["remake", folder, workspace] => match remake(Path::new(folder), Path::new(workspace), tell) {
            Ok(compared) => answer(&compared),
            Err(error) => refuse(&error.to_string()),
        },
        _ => refuse("page remake FOLDER WORKSPACE"),
    }
}

fn tell(progress: Progress) {
    write_line(&mut std::io::stderr(), &progress);
}

fn answer(value: &impl Serialize) -> ExitCode {
    write_line(&mut std::io::stdout(), value);
    ExitCode::SUCCESS
}

fn refuse(message: &str) -> ExitCode {
    write_line(&mut std::io::stderr(), &message);
    ExitCode::FAILURE
}

// Who does not listen misses it; there is nobody else to tell.
fn write_line(to: &mut impl Write, value: &impl Serialize) {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    let _ = to.write_all(&line);
}
