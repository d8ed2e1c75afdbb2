//! From what was metered to dollars per month.

use super::{
    metered::{Asked, Collection, Report},
    prices::{self, Price},
};

/// How many controls, each with so many sources, every hour.
pub const CONTROLS: f64 = 200.0;
/// The sources of each control.
pub const SOURCES: f64 = 20.0;
/// The hours of a month.
pub const HOURS: f64 = 730.0;

// Moving smaller objects costs more than it saves, and S3 does not move them by itself.
const SMALLEST_MOVED: f64 = 128.0 * 1024.0;

// With a bucket key S3 asks KMS for few of its requests; AWS says up to 99 percent fewer.
const ASKS_KEY: f64 = 0.01;

// START, END, REPORT and our own line, as JSON.
const LOGGED: f64 = 1_000.0;

const GB: f64 = 1e9;

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What for.
    pub what: &'static str,
    /// How many.
    pub quantity: f64,
    /// Of what.
    pub of: &'static str,
    /// Dollars per month.
    pub dollars: f64,
}

/// What a deployment has, apart from what it does.
#[derive(Debug, Clone, Copy)]
pub struct Deployed {
    /// Memory of the collector, in GB.
    pub memory: f64,
    /// KMS keys.
    pub keys: f64,
    /// Metrics that alarms watch.
    pub alarms: f64,
}

fn row(what: &'static str, quantity: f64, price: Price) -> Row {
    Row { what, quantity, of: price.of, dollars: quantity * price.dollars }
}

/// The month that ends the first year: the documents of twelve months are there, none is in the archive yet.
pub fn month(collection: &Collection, deployed: &Deployed) -> Vec<Row> {
    let slots = CONTROLS * SOURCES * HOURS;
    let (new, of_slots) = (&collection.new, slots / collection.slots);
    let invocations = of_slots;
    let (puts, gets) = (new.s3_puts() * of_slots, new.s3_gets() * of_slots);
    let seconds = invocations * collection.seconds * deployed.memory;
    vec![
        row("put", puts, prices::S3_PUT),
        row("read what sources delivered", gets, prices::S3_GET),
        row("keep a year of documents", 12.0 * new.put_bytes * of_slots / GB, prices::S3_STANDARD),
        row("record", new.write_units * of_slots, prices::TABLE_WRITE),
        row("read records", new.read_units * of_slots, prices::TABLE_READ),
        row("keep a year of records", 12.0 * new.item_bytes * of_slots / GB, prices::TABLE_STORAGE),
        row("run the collector", seconds, prices::LAMBDA_SECOND),
        row("invoke it", invocations, prices::LAMBDA_REQUEST),
        row("schedule it", invocations, prices::SCHEDULED),
        row("have keys", deployed.keys, prices::KEY),
        row("encrypt", (puts + gets) * ASKS_KEY, prices::KEY_REQUEST),
        row("log", invocations * (collection.metric_bytes + LOGGED) / GB, prices::LOGS),
        row("measure", CONTROLS * collection.metrics, prices::METRIC),
        row("alarm", deployed.alarms, prices::ALARM),
    ]
}

/// What each further year adds to every month: its documents, in the archive when they are large enough, and its records.
pub fn further_year(collection: &Collection) -> Vec<Row> {
    let of_slots = CONTROLS * SOURCES * HOURS / collection.slots;
    let bytes = 12.0 * collection.new.put_bytes * of_slots / GB;
    let is_moved = collection.new.put_bytes / collection.slots >= SMALLEST_MOVED;
    let kept = if is_moved { prices::S3_INSTANT } else { prices::S3_STANDARD };
    let moved = if is_moved { collection.slots * of_slots } else { 0.0 };
    vec![
        row("keep another year of documents", bytes, kept),
        row("move them (once there is a second year)", moved, prices::S3_MOVE),
        row("keep another year of records", 12.0 * collection.new.item_bytes * of_slots / GB, prices::TABLE_STORAGE),
    ]
}

/// Dollars for one report, with the GB of memory that each step's function has.
pub fn report(report: &Report, memory: impl Fn(&str) -> f64) -> f64 {
    let of_step = |asked: &Asked, gigabyte_seconds: f64| {
        asked.s3_puts() * prices::S3_PUT.dollars
            + asked.s3_gets() * prices::S3_GET.dollars
            + asked.write_units * prices::TABLE_WRITE.dollars
            + asked.read_units * prices::TABLE_READ.dollars
            + gigabyte_seconds * prices::LAMBDA_SECOND.dollars
            + prices::LAMBDA_REQUEST.dollars
    };
    let steps = report.steps.iter().map(|step| of_step(&step.asked, step.seconds * memory(&step.name)));
    steps.sum::<f64>() + TRANSITIONS * prices::TRANSITION.dollars
}

// Snapshot, AlreadyStored, ManyControls, Transform, Render and its four formats, Upload, Verify; and the start.
const TRANSITIONS: f64 = 12.0;

/// The dollars of all rows.
pub fn total(rows: &[Row]) -> f64 {
    rows.iter().map(|row| row.dollars).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::aws::metered::Step;
    use std::collections::BTreeMap;

    const DEPLOYED: Deployed = Deployed { memory: 3.0, keys: 2.0, alarms: 4.0 };

    fn asked(puts: u64) -> Asked {
        let calls = BTreeMap::from([("S3 PutObject".to_owned(), puts), ("DynamoDB PutItem".to_owned(), puts)]);
        Asked { calls, write_units: 10.0, read_units: 0.0, item_bytes: 4000.0, put_bytes: 20_000.0 }
    }

    fn collection() -> Collection {
        Collection {
            slots: 20.0,
            seconds: 0.5,
            new: asked(20),
            metric_bytes: 500.0,
            metrics: 2.0,
            ..Default::default()
        }
    }

    fn dollars(rows: &[Row], what: &str) -> f64 {
        rows.iter().find(|row| row.what == what).unwrap().dollars
    }

    #[test]
    fn each_hour_of_each_control_and_source_is_one_slot() {
        let rows = month(&collection(), &DEPLOYED);
        // 2,920,000 slots with a put each.
        assert!((dollars(&rows, "put") - 14.6).abs() < 1e-6, "{rows:?}");
        // Half a write unit each.
        assert!((dollars(&rows, "record") - 0.9125).abs() < 1e-6, "{rows:?}");
        // An invocation of half a second for each hour of each control.
        assert!((dollars(&rows, "run the collector") - 146_000.0 * 1.5 * 0.000_013_333_4).abs() < 1e-6, "{rows:?}");
        assert!((dollars(&rows, "measure") - 120.0).abs() < 1e-6, "{rows:?}");
    }

    #[test]
    fn only_large_documents_are_moved_to_the_archive() {
        let small = further_year(&collection());
        assert!((small[0].dollars - 12.0 * 2.92 * 0.023).abs() < 1e-6, "{small:?}");
        assert!(small[1].dollars.abs() < 1e-9, "{small:?}");
        let mut large = collection();
        large.new.put_bytes = 20.0 * 200_000.0;
        let large = further_year(&large);
        assert!((large[0].dollars - 12.0 * 584.0 * 0.004).abs() < 1e-6, "{large:?}");
        assert!((large[1].dollars - 58.4).abs() < 1e-6, "{large:?}");
    }

    #[test]
    fn a_report_costs_its_calls_its_seconds_and_its_transitions() {
        let step = Step { name: "snapshot".to_owned(), seconds: 2.0, asked: asked(1) };
        let cost = report(&Report { slots: 30.0, steps: vec![step] }, |_| 1.0);
        let expected = 0.005e-3 + 10.0 * 0.625e-6 + 2.0 * 0.000_013_333_4 + 0.2e-6 + 12.0 * 0.025e-3;
        assert!((cost - expected).abs() < 1e-12, "{cost}");
    }

    #[test]
    fn every_price_says_where_it_is_from() {
        assert!(prices::ALL.iter().all(|price| !price.of.is_empty() && price.source.len() > 10));
    }
}
