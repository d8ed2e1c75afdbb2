//! Measurements in CloudWatch's embedded metric format: JSON lines on the standard output, which become metrics without a call.

use domain::Timestamp;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a measurement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Count,
    Seconds,
}

type Dimensions = BTreeMap<&'static str, String>;
type Measured = BTreeMap<(&'static str, Unit), Vec<f64>>;

/// What was measured and not yet written. The namespace is `Exhibit/<stage>`, so that stages never add up.
#[derive(Debug)]
pub struct Metrics {
    namespace: String,
    measured: Mutex<BTreeMap<Dimensions, Measured>>,
}

// The format's own limit.
const MOST_VALUES: usize = 100;

impl Metrics {
    /// Nothing measured yet.
    pub fn new(stage: &str) -> Self {
        Self { namespace: format!("Exhibit/{stage}"), measured: Mutex::default() }
    }

    /// Counts `count` more of `name`, under `dimensions`.
    pub fn count(&self, name: &'static str, dimensions: &[(&'static str, &str)], count: u64) {
        // Beyond 2^53 nobody counts.
        #[expect(clippy::cast_precision_loss, reason = "a metric is a double, and exact up to 2^53")]
        self.add(name, Unit::Count, dimensions, count as f64);
    }

    /// Notes that one `name` took this long, under `dimensions`.
    pub fn seconds(&self, name: &'static str, dimensions: &[(&'static str, &str)], took: Duration) {
        self.add(name, Unit::Seconds, dimensions, took.as_secs_f64());
    }

    fn add(&self, name: &'static str, unit: Unit, dimensions: &[(&'static str, &str)], value: f64) {
        let dimensions = dimensions.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.held().entry(dimensions).or_default().entry((name, unit)).or_default().push(value);
    }

    /// Writes and forgets what was measured: a line per set of dimensions, and per 100 values.
    pub fn write(&self, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        let measured = std::mem::take(&mut *self.held());
        for (dimensions, measured) in measured {
            for part in parts(measured) {
                writeln!(out, "{}", self.line(now, &dimensions, &part))?;
            }
        }
        out.flush()
    }

    fn line(&self, now: Timestamp, dimensions: &Dimensions, measured: &Measured) -> Value {
        let unit = |unit: &Unit| match unit {
            Unit::Count => "Count",
            Unit::Seconds => "Seconds",
        };
        let definitions: Vec<Value> =
            measured.keys().map(|(name, of)| json!({"Name": name, "Unit": unit(of)})).collect();
        let names: Vec<_> = dimensions.keys().collect();
        let directive = json!({"Namespace": self.namespace, "Dimensions": [names], "Metrics": definitions});
        let mut line = Map::new();
        line.insert("_aws".to_owned(), json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive]}));
        line.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        line.extend(measured.iter().map(|((name, _), values)| ((*name).to_owned(), json!(values))));
        Value::Object(line)
    }

    // Whoever panicked while measuring left a number or none; both are sound.
    fn held(&self) -> MutexGuard<'_, BTreeMap<Dimensions, Measured>> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parts(measured: Measured) -> Vec<Measured> {
    let mut parts: Vec<Measured> = Vec::new();
    for (name, values) in measured {
        for (index, some) in values.chunks(MOST_VALUES).enumerate() {
            if parts.len() <= index {
                parts.push(Measured::new());
            }
            if let Some(part) = parts.get_mut(index) {
                part.insert(name, some.to_vec());
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(metrics: &Metrics) -> Vec<Value> {
        let mut out = Vec::new();
        metrics.write("2026-07-01T00:00:00.5Z".parse().unwrap(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_the_shape_of_the_embedded_metric_format() {
        let metrics = Metrics::new("dev");
        metrics.count("ReportsGenerated", &[("Framework", "soc2"), ("Format", "pdf")], 1);
        metrics.count("ReportsGenerated", &[("Framework", "soc2"), ("Format", "pdf")], 2);
        metrics.seconds("GenerationSeconds", &[("Framework", "soc2")], Duration::from_millis(1500));
        let directive = |dimensions: Value, name: &str, unit: &str| {
            let metric = json!([{"Name": name, "Unit": unit}]);
            json!({"Timestamp": 1_782_864_000_500_i64,
                "CloudWatchMetrics": [{"Namespace": "Exhibit/dev", "Dimensions": [dimensions], "Metrics": metric}]})
        };
        let expected = [
            json!({"_aws": directive(json!(["Format", "Framework"]), "ReportsGenerated", "Count"),
                "Format": "pdf", "Framework": "soc2", "ReportsGenerated": [1.0, 2.0]}),
            json!({"_aws": directive(json!(["Framework"]), "GenerationSeconds", "Seconds"),
                "Framework": "soc2", "GenerationSeconds": [1.5]}),
        ];
        assert_eq!(lines(&metrics), expected);
    }

    #[test]
    fn what_was_written_is_forgotten() {
        let metrics = Metrics::new("dev");
        metrics.count("SlotsMissing", &[("Control", "leavers")], 0);
        assert_eq!(lines(&metrics).len(), 1);
        assert_eq!(lines(&metrics).len(), 0);
    }

    #[test]
    fn no_line_has_more_values_than_the_format_allows() {
        let metrics = Metrics::new("dev");
        (0..250).for_each(|count| metrics.count("Collections", &[("Control", "leavers")], count));
        metrics.seconds("QuerySeconds", &[("Control", "leavers")], Duration::from_secs(1));
        let lines = lines(&metrics);
        let counts: Vec<_> = lines.iter().map(|line| line["Collections"].as_array().unwrap().len()).collect();
        assert_eq!(counts, [100, 100, 50]);
        let metrics_of = |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len();
        assert_eq!(lines.iter().map(metrics_of).collect::<Vec<_>>(), [2, 1, 1]);
    }
}
