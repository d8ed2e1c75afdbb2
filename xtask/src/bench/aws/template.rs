//! What the templates say of the deployment.

use crate::{Result, TaskError, workspace::root};
use std::fs;

/// The memory of a function, in MB, as `infra/app.yaml` has it.
pub fn memory(function: &str) -> Result<f64> {
    let text = read("infra/app.yaml")?;
    let unexpected =
        || TaskError::Answer { command: "infra/app.yaml".to_owned(), answer: format!("no MemorySize of {function}") };
    memory_in(&text, function).ok_or_else(unexpected)
}

/// How many resources of that type both templates have.
pub fn count(kind: &str) -> Result<f64> {
    let text = read("infra/app.yaml")? + &read("infra/custody.yaml")?;
    Ok(text.lines().filter(|line| line.trim() == format!("Type: {kind}")).count() as f64)
}

/// How many metrics the alarms watch. A query over metrics of our own counts as one.
pub fn watched() -> Result<f64> {
    Ok(watched_in(&read("infra/app.yaml")?) as f64)
}

fn watched_in(text: &str) -> usize {
    let is_query = |line: &&str| line.trim_start().starts_with("SELECT ");
    text.matches("MetricName: ").count() + text.lines().filter(is_query).count()
}

fn read(path: &str) -> Result<String> {
    let path = root().join(path);
    fs::read_to_string(&path).map_err(|source| TaskError::File { path: path.display().to_string(), source })
}

fn memory_in(text: &str, function: &str) -> Option<f64> {
    let resource = format!("  {}Function:", pascal(function));
    let mut lines = text.lines().skip_while(|line| *line != resource).skip(1);
    let memory = lines.find_map(|line| line.trim().strip_prefix("MemorySize:"))?;
    memory.trim().parse().ok()
}

fn pascal(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    name.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_that_of_the_function_that_is_named() {
        let text =
            "  OneFunction:\n    Properties:\n      MemorySize: 512\n  MarkFailedFunction:\n      MemorySize: 256\n";
        assert_eq!(memory_in(text, "mark-failed"), Some(256.0));
        assert_eq!(memory_in(text, "other"), None);
        assert!(memory("collect-files").unwrap() >= 128.0);
        assert!(count("AWS::KMS::Key").unwrap() >= 1.0);
    }

    #[test]
    fn an_alarm_is_charged_for_each_metric_that_it_watches() {
        let one = "  A:\n    Type: AWS::CloudWatch::Alarm\n      MetricName: 5xx\n";
        let two = "        - { Metric: { MetricName: Errors } }\n        - { Metric: { MetricName: Errors } }\n";
        let query = "          Expression: !Sub |-\n            SELECT SUM(Errors) FROM x\n          Expression: SUM(METRICS())\n";
        assert_eq!(watched_in(&[one, two, query].concat()), 4);
        assert!(watched().unwrap() >= count("AWS::CloudWatch::Alarm").unwrap());
    }
}
