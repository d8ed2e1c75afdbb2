//! `page check BUNDLE WORKSPACE [--key KEY]... [--since CHECKPOINT]`: the program inside the page, which any WASI host can run.
//!
//! The answer is one JSON value on standard output. On standard error: how far it is, a JSON value per line, or why there is no answer, a
//! JSON string.

use page::{Asked, Progress, check};
use serde::Serialize;
use std::{io::Write, process::ExitCode};

const USAGE: &str = "page check BUNDLE WORKSPACE [--key KEY]... [--since CHECKPOINT]";

fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else { return refuse(&USAGE) };
    match check(&asked, &tell) {
        Ok(answer) => {
            write_line(&mut std::io::stdout(), &answer);
            if answer.holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => refuse(&error.to_string()),
    }
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Option<Asked> {
    arguments.next().filter(|command| command == "check")?;
    let mut asked = Asked { bundle: arguments.next()?.into(), workspace: arguments.next()?.into(), ..Asked::default() };
    while let Some(flag) = arguments.next() {
        match flag.as_str() {
            "--key" => asked.keys.push(arguments.next()?),
            "--since" => asked.since = Some(arguments.next()?.into()),
            _ => return None,
        }
    }
    Some(asked)
}

fn tell(progress: Progress) {
    write_line(&mut std::io::stderr(), &progress);
}

fn refuse(reason: &impl Serialize) -> ExitCode {
    write_line(&mut std::io::stderr(), reason);
    ExitCode::from(2)
}

// Who does not listen misses it; there is nobody else to tell.
fn write_line(to: &mut impl Write, value: &impl Serialize) {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    let _ = to.write_all(&line);
}
