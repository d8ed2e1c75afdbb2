//! One process, measured from outside.

use crate::{Result, TaskError, workspace::show};
use std::{
    process::{Command, Stdio},
    time::Instant,
};
use wait4::Wait4;

/// What one run of a process took.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of processor time, user and system, over all threads and children.
    pub cpu: f64,
    /// Largest resident memory, in bytes.
    pub peak: u64,
}

/// Runs what `make` makes `runs` times; the median of each figure. Standard output is not shown, standard error only
/// when the process fails.
pub fn median(runs: usize, mut make: impl FnMut() -> Command) -> Result<Sample> {
    let mut samples = (0..runs.max(1)).map(|_| once(make())).collect::<Result<Vec<_>>>()?;
    Ok(Sample {
        wall: middle(&mut samples, |sample| sample.wall),
        cpu: middle(&mut samples, |sample| sample.cpu),
        peak: middle(&mut samples, |sample| sample.peak),
    })
}

fn once(mut command: Command) -> Result<Sample> {
    let start = |source| TaskError::Start { command: "the measured program".to_owned(), source };
    let complaint = tempfile::NamedTempFile::new().map_err(start)?;
    let standard_error = complaint.reopen().map_err(start)?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(standard_error);
    let begun = Instant::now();
    let child = command.spawn().map_err(|source| TaskError::Start { command: show(&command), source })?;
    let used = child.wait4().map_err(|source| TaskError::Start { command: show(&command), source })?;
    let wall = begun.elapsed().as_secs_f64();
    if !used.status.success() {
        eprint!("{}", std::fs::read_to_string(complaint.path()).unwrap_or_default());
        return Err(TaskError::Failed(show(&command)));
    }
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Sample { wall, cpu, peak: used.rusage.maxrss })
}

fn middle<T: PartialOrd + Default>(samples: &mut [Sample], figure: impl Fn(&Sample) -> T) -> T {
    samples.sort_by(|a, b| figure(a).partial_cmp(&figure(b)).unwrap_or(std::cmp::Ordering::Equal));
    samples.get(samples.len() / 2).map(figure).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn sleeping_takes_time_but_no_processor() {
        let sample = median(1, || shell("sleep 0.3")).unwrap();
        assert!(sample.wall >= 0.3 && sample.cpu < 0.2 && sample.peak > 100_000, "{sample:?}");
    }

    #[test]
    fn a_process_that_fails_gives_no_figure() {
        assert!(matches!(median(2, || shell("exit 3")), Err(TaskError::Failed(_))));
    }

    #[test]
    fn each_figure_is_the_median_of_its_own() {
        let sample = |wall, cpu, peak| Sample { wall, cpu, peak };
        let mut samples = [sample(1.0, 9.0, 5), sample(2.0, 7.0, 6), sample(30.0, 8.0, 4)];
        assert_eq!(middle(&mut samples, |sample| sample.peak), 5);
        assert!((middle(&mut samples, |sample| sample.wall) - 2.0).abs() < 1e-9);
    }
}
