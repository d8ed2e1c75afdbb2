//! What `measure-aws calls` answered.

use crate::{Result, TaskError};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was asked of AWS.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// How often, by operation: `S3 PutObject`.
    pub calls: BTreeMap<String, u64>,
    /// DynamoDB's, those of a transaction twice.
    pub write_units: f64,
    /// DynamoDB's.
    pub read_units: f64,
    /// Bytes of items that are there after it.
    pub item_bytes: f64,
    /// Bytes that were put into S3.
    pub put_bytes: f64,
}

/// One invocation of the collector, for all slots of a control.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collection {
    /// How many slots.
    pub slots: f64,
    /// How long it took.
    pub seconds: f64,
    /// For slots that are new.
    pub new: Asked,
    /// For the same slots again.
    pub again: Asked,
    /// Bytes of metrics, as lines of the log.
    pub metric_bytes: f64,
    /// How many metrics CloudWatch keeps of one control.
    pub metrics: f64,
}

/// One step of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its function.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// What it asked.
    pub asked: Asked,
}

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Of how many slots.
    pub slots: f64,
    /// In order.
    pub steps: Vec<Step>,
}

impl Asked {
    /// Calls that S3 charges as PUT: also LIST, and the settings of an object. Deleting is free.
    pub fn s3_puts(&self) -> f64 {
        self.s3(|name| name.starts_with("Put") || name.starts_with("List"))
    }

    /// Calls that S3 charges as GET.
    pub fn s3_gets(&self) -> f64 {
        self.s3(|name| name.starts_with("Get") || name.starts_with("Head"))
    }

    fn s3(&self, counted: fn(&str) -> bool) -> f64 {
        let calls = self.calls.iter().filter(|(name, _)| name.strip_prefix("S3 ").is_some_and(counted));
        calls.map(|(_, count)| *count as f64).sum()
    }

    fn read(value: &Value) -> Self {
        let calls = value.get("calls").and_then(Value::as_object).into_iter().flatten();
        Self {
            calls: calls.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect(),
            write_units: number(value, "write_units"),
            read_units: number(value, "read_units"),
            item_bytes: number(value, "item_bytes"),
            put_bytes: number(value, "put_bytes"),
        }
    }
}

impl Collection {
    /// From the answer's `collection`.
    pub fn read(answer: &Value) -> Result<Self> {
        let value = required(answer, "collection")?;
        Ok(Self {
            slots: number(value, "slots").max(1.0),
            seconds: number(value, "seconds"),
            new: Asked::read(required(value, "new")?),
            again: Asked::read(required(value, "again")?),
            metric_bytes: number(value, "metric_bytes"),
            metrics: number(value, "metrics_of_a_control"),
        })
    }
}

impl Report {
    /// From the answer's `reports`, smallest first.
    pub fn read_all(answer: &Value) -> Result<Vec<Self>> {
        let reports = required(answer, "reports")?.as_array().into_iter().flatten();
        reports
            .map(|report| {
                let steps = required(report, "steps")?.as_array().into_iter().flatten();
                let steps = steps.map(|step| {
                    let name = step.get("step").and_then(Value::as_str).unwrap_or_default().to_owned();
                    let asked = Asked::read(required(step, "asked")?);
                    Ok(Step { name, seconds: number(step, "seconds"), asked })
                });
                Ok(Self { slots: number(report, "slots"), steps: steps.collect::<Result<_>>()? })
            })
            .collect()
    }
}

/// What stands under `name`.
pub fn required<'a>(value: &'a Value, name: &str) -> Result<&'a Value> {
    let unexpected =
        || TaskError::Answer { command: "measure-aws".to_owned(), answer: format!("no {name} in {value}") };
    value.get(name).ok_or_else(unexpected)
}

/// The number under `name`; 0 when there is none.
pub fn number(value: &Value, name: &str) -> f64 {
    value.get(name).and_then(Value::as_f64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_charged_as_puts_and_deletes_are_not_charged() {
        let asked = Asked::read(&json!({"calls": {"S3 PutObject": 20, "S3 ListObjectsV2": 2, "S3 HeadObject": 3,
            "S3 GetObject": 4, "S3 DeleteObjects": 9, "DynamoDB GetItem": 7}}));
        assert!((asked.s3_puts() - 22.0).abs() < 1e-9 && (asked.s3_gets() - 7.0).abs() < 1e-9);
    }

    #[test]
    fn an_answer_without_what_is_needed_is_told() {
        assert!(Collection::read(&json!({"reports": []})).err().unwrap().to_string().contains("no collection"));
    }
}
