//! Canonical JSON and SHA-256, against `serde_json` and `sha2` alone. The work is done in one process, `measure hashing`.

use super::{
    Bench, Choice,
    table::{aligned, times},
};
use crate::{Result, TaskError, workspace::output};
use std::process::Command;

const MEGABYTES: usize = 100;

/// Measures and prints.
pub fn run(bench: &Bench, choice: &Choice) -> Result<()> {
    println!("\n{MEGABYTES} MB of evidence rows: canonical JSON and SHA-256 (MB of output per second)");
    let mut command = Command::new(bench.build("tests", "measure")?);
    let answer = output(command.args(["hashing", &MEGABYTES.to_string(), &choice.runs.to_string()]))?;
    let text = String::from_utf8_lossy(&answer);
    let rates = text.lines().map(rate).collect::<Result<Vec<_>>>()?;
    let rows: Vec<Vec<String>> = rates.iter().map(|rate| cells(rate, &rates)).collect();
    println!("{}", aligned(&["work", "MB/s", "of its peer", "peer"], &rows));
    Ok(())
}

/// One line of `measure hashing`: `name<TAB>MB per second<TAB>name of the peer, or nothing`.
struct Rate {
    name: String,
    speed: f64,
    peer: String,
}

fn rate(line: &str) -> Result<Rate> {
    let unexpected = || TaskError::Answer { command: "measure hashing".to_owned(), answer: line.to_owned() };
    let mut parts = line.split('\t').map(str::to_owned);
    let name = parts.next().ok_or_else(unexpected)?;
    let speed = parts.next().and_then(|speed| speed.parse().ok()).ok_or_else(unexpected)?;
    Ok(Rate { name, speed, peer: parts.next().unwrap_or_default() })
}

fn cells(rate: &Rate, all: &[Rate]) -> Vec<String> {
    let peer = all.iter().find(|other| other.name == rate.peer);
    let share = peer.map_or(String::new(), |peer| times(rate.speed, peer.speed));
    vec![rate.name.clone(), format!("{:.0}", rate.speed), share, rate.peer.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_measure_gives_a_row_with_its_share_of_the_peer() {
        let rates = [rate("serde_json\t800\t").unwrap(), rate("canonical\t400\tserde_json").unwrap()];
        assert_eq!(cells(&rates[1], &rates), ["canonical", "400", "0.5×", "serde_json"]);
        assert!(matches!(rate("canonical"), Err(TaskError::Answer { .. })));
    }
}
