//! Steps that follow each other, timed, up to the first that fails.

use crate::Result;
use std::time::{Duration, Instant};

/// One check.
pub struct Step {
    /// The name by which a person picks it: `clippy`.
    pub name: &'static str,
    /// The command that runs the same by hand.
    pub by_hand: &'static str,
    /// Runs it; a note for the table, which may be empty.
    pub action: fn() -> Result<String>,
}

/// Runs `steps` and prints a table of what they took. Ends at the first that fails.
pub fn run(steps: &[&Step]) -> Result<()> {
    let mut rows = Vec::new();
    for step in steps {
        println!("\n== {}: {}", step.name, step.by_hand);
        let begun = Instant::now();
        let result = (step.action)();
        rows.push((step.name, begun.elapsed(), note(&result)));
        if let Err(error) = result {
            println!("\n{}", table(&rows));
            println!("Run this step again: cargo xtask test {}\nor by hand:          {}", step.name, step.by_hand);
            return Err(error);
        }
    }
    println!("\n{}", table(&rows));
    Ok(())
}

fn note(result: &Result<String>) -> String {
    match result {
        Ok(note) if note.is_empty() => "ok".to_owned(),
        Ok(note) => format!("ok: {note}"),
        Err(_) => "FAILED".to_owned(),
    }
}

fn table(rows: &[(&str, Duration, String)]) -> String {
    let total: Duration = rows.iter().map(|row| row.1).sum();
    let mut lines = vec![format!("{:<10} {:>8}", "step", "seconds")];
    lines.extend(rows.iter().map(|(name, time, note)| format!("{name:<10} {:>8.1}  {note}", time.as_secs_f64())));
    lines.push(format!("{:<10} {:>8.1}", "all", total.as_secs_f64()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskError;

    const FINE: Step = Step { name: "fine", by_hand: "true", action: || Ok("3 of 3".to_owned()) };
    const BROKEN: Step =
        Step { name: "broken", by_hand: "false", action: || Err(TaskError::Failed("false".to_owned())) };
    const NEVER: Step = Step { name: "never", by_hand: "never", action: || unreachable!("a step before it failed") };

    #[test]
    fn the_first_step_that_fails_ends_the_run() {
        assert!(run(&[&FINE, &FINE]).is_ok());
        assert!(matches!(run(&[&FINE, &BROKEN, &NEVER]), Err(TaskError::Failed(name)) if name == "false"));
    }

    #[test]
    fn the_table_says_what_each_step_took_and_found() {
        let rows = [("fine", Duration::from_millis(1250), note(&Ok("3 of 3".to_owned())))];
        assert_eq!(table(&rows), "step        seconds\nfine            1.2  ok: 3 of 3\nall             1.2");
    }
}
