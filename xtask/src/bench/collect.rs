//! A million rows through collectors, against the programs that do nothing but copy them.

use super::{Choice, table::aligned};
use crate::{Result, TaskError, workspace::cargo};

/// What the collectors' own tests print of a million rows: `bench collect | <what> | <figures>`.
const MARK: &str = "bench collect | ";

/// Runs the tests that collect a million rows, as often as is asked, and shows what they measured.
pub fn run(choice: &Choice) -> Result<()> {
    println!("\na million rows: collectors, against psql \\copy and curl of the same data in the same run");
    let mut rows = Vec::new();
    for _ in 0..choice.runs {
        rows.extend(measured()?);
    }
    rows.sort();
    println!("{}", aligned(&["source", "rows/s", "its peer, s", "ours, s", "of the peer's speed", "peak MB"], &rows));
    Ok(())
}

fn measured() -> Result<Vec<Vec<String>>> {
    // The tests as CI builds them: with other features everything of AWS would be built once more.
    let arguments =
        ["test", "--release", "--locked", "--quiet", "--workspace", "--features", "lambda", "--test", "million"];
    let mut command = cargo(&arguments);
    command.args(["--", "--nocapture", "--test-threads", "1"]);
    let output = command.output().map_err(|source| TaskError::File { path: "cargo test".to_owned(), source })?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(TaskError::Usage(format!("the tests of a million rows failed:\n{said}")));
    }
    let line = |line: &str| Some(line.split_once(MARK)?.1.split(" | ").map(|cell| cell.trim().to_owned()).collect());
    Ok(said.lines().filter_map(line).collect())
}
