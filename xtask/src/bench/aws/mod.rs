//! The functions of the deployment: how fast, how often they ask AWS, how soon they are ready, what a month costs.
//!
//! S3 and DynamoDB are SeaweedFS and dynoxide: both keep what they answered, and are the fastest that run here.

mod cold;
mod cost;
mod metered;
mod prices;
mod template;

use super::{Bench, Choice, table::aligned};
use crate::{
    Result, TaskError,
    stores::Pair,
    workspace::{cargo, output, succeed},
};
use cost::Deployed;
use metered::{Asked, Collection, Report, number, required};
use serde_json::Value;
use std::{path::PathBuf, process::Command};

// Kilobytes of a document, and hours of twenty sources in one round.
const SIZES: [(&str, &str); 2] = [("2", "25"), ("200", "10")];

/// Measures, and prints what a month costs.
pub fn run(bench: &Bench, choice: &Choice) -> Result<()> {
    let program = build(bench)?;
    let stores = Pair::start(&bench.folder.join("stores"))?;
    speed(&program, &stores, choice.runs)?;
    let metered = SIZES.map(|(size, _)| ask(&program, &stores, &["calls", size]));
    drop(stores);
    let metered = metered.into_iter().collect::<Result<Vec<_>>>()?;
    calls(&metered)?;
    cold::run()?;
    costs(&metered)
}

fn build(bench: &Bench) -> Result<PathBuf> {
    let mut command = cargo(&["build", "--release", "--locked", "--quiet", "-p", "tests", "--features", "measure-aws"]);
    succeed(command.args(["--bin", "measure-aws"]))?;
    Ok(bench.programs.join(format!("measure-aws{}", std::env::consts::EXE_SUFFIX)))
}

fn ask(program: &PathBuf, stores: &Pair, arguments: &[&str]) -> Result<Value> {
    let mut command = stores.reached_by(Command::new(program));
    let answer = output(command.args(arguments))?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let unexpected = |error: serde_json::Error| TaskError::Answer {
        command: format!("measure-aws {}", arguments.join(" ")),
        answer: format!("{error}: {text}"),
    };
    serde_json::from_str(&text).map_err(unexpected)
}

fn speed(program: &PathBuf, stores: &Pair, runs: usize) -> Result<()> {
    println!("\ncollections per second on SeaweedFS and dynoxide, sources in a directory; median of {runs}");
    let heads = ["document", "handler", "bare put + write", "of it", "bare put + same writes", "of it"];
    let mut rows = Vec::new();
    for (size, hours) in SIZES {
        let answer = ask(program, stores, &["speed", size, hours, &runs.to_string()])?;
        let [ours, bare, same] = ["ours", "bare", "same"].map(|name| median(answer.get(name)));
        let rate = |rate: f64| format!("{rate:.0}");
        let share = |peer: f64| if peer > 0.0 { format!("{:.2}", ours / peer) } else { "–".to_owned() };
        let document = format!("{:.1} KB", number(&answer, "document_bytes") / 1e3);
        rows.push(vec![document, rate(ours), rate(bare), share(bare), rate(same), share(same)]);
    }
    println!("{}", aligned(&heads, &rows));
    println!(
        "Eight at once on both sides. Bare is a PutObject with a lock and a conditional PutItem; the same writes are the"
    );
    println!("conditional PutItem that begins a slot and the transaction that commits it with its event.");
    Ok(())
}

fn median(rates: Option<&Value>) -> f64 {
    let mut rates: Vec<f64> = rates.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_f64).collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn calls(metered: &[Value]) -> Result<()> {
    let Some(first) = metered.first() else { return Ok(()) };
    let collection = Collection::read(first)?;
    println!("\ncalls of AWS, counted as they go over the wire");
    let mut rows = vec![
        called("a new slot (of 20 in one invocation)", &collection.new, collection.slots),
        called("a slot that is collected already", &collection.again, collection.slots),
    ];
    for report in Report::read_all(first)? {
        for step in &report.steps {
            rows.push(called(&format!("{} of a report of {} slots", step.name, report.slots), &step.asked, 1.0));
        }
    }
    println!("{}", aligned(&["for", "write units", "read units", "calls"], &rows));
    Ok(())
}

fn called(what: &str, asked: &Asked, by: f64) -> Vec<String> {
    let short = |number: f64| format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_owned();
    let calls = asked.calls.iter().map(|(name, count)| format!("{} {name}", short(*count as f64 / by)));
    let calls = calls.collect::<Vec<_>>().join(", ");
    vec![what.to_owned(), short(asked.write_units / by), short(asked.read_units / by), calls]
}

fn costs(metered: &[Value]) -> Result<()> {
    let memory = template::memory("collect-files")? / 1024.0;
    let (keys, alarms) = (template::count("AWS::KMS::Key")?, template::watched()?);
    let deployed = Deployed { memory, keys, alarms };
    let collections = metered.iter().map(Collection::read).collect::<Result<Vec<_>>>()?;
    println!(
        "\ndollars per month, us-east-1: {} controls × {} sources, hourly, at the end of the first year",
        cost::CONTROLS,
        cost::SOURCES
    );
    let months: Vec<_> = collections.iter().map(|collection| cost::month(collection, &deployed)).collect();
    let years: Vec<_> = collections.iter().map(cost::further_year).collect();
    let heads = heads(&collections);
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    println!("{}", aligned(&heads, &side_by_side(&months)));
    println!("\neach further year adds to a month");
    println!("{}", aligned(&heads, &side_by_side(&years)));
    reports(metered.first())?;
    println!("\nprices");
    let price =
        |price: &prices::Price| vec![price.of.to_owned(), format!("{:.10}", price.dollars), price.source.to_owned()];
    println!("{}", aligned(&["one", "$", "from"], &prices::ALL.iter().map(price).collect::<Vec<_>>()));
    Ok(())
}

fn heads(collections: &[Collection]) -> Vec<String> {
    let size = |collection: &Collection| format!("{:.1} KB each", collection.new.put_bytes / collection.slots / 1e3);
    let columns = collections.iter().flat_map(|collection| [size(collection), "$".to_owned()]);
    ["to".to_owned(), "unit".to_owned()].into_iter().chain(columns).collect()
}

/// One line for each thing, with a quantity and dollars for each size of document, and the total.
fn side_by_side(tables: &[Vec<cost::Row>]) -> Vec<Vec<String>> {
    let Some(first) = tables.first() else { return Vec::new() };
    let cells = |index: usize| tables.iter().filter_map(move |table| table.get(index));
    let line = |(index, row): (usize, &cost::Row)| {
        let figures = cells(index).flat_map(|row| [format!("{:.1}", row.quantity), format!("{:.2}", row.dollars)]);
        [row.what.to_owned(), row.of.to_owned()].into_iter().chain(figures).collect()
    };
    let totals = tables.iter().flat_map(|table| [String::new(), format!("{:.2}", cost::total(table))]);
    let total = ["total".to_owned(), String::new()].into_iter().chain(totals).collect();
    first.iter().enumerate().map(line).chain([total]).collect()
}

fn reports(metered: Option<&Value>) -> Result<()> {
    let Some(metered) = metered else { return Ok(()) };
    required(metered, "reports")?;
    for report in Report::read_all(metered)? {
        let memories = report.steps.iter().map(|step| Ok((step.name.clone(), template::memory(&step.name)? / 1024.0)));
        let memories = memories.collect::<Result<std::collections::BTreeMap<_, _>>>()?;
        let dollars = cost::report(&report, |name| memories.get(name).copied().unwrap_or_default());
        let seconds: f64 = report.steps.iter().map(|step| step.seconds).sum();
        println!("a report of {} slots: {dollars:.5} $, {seconds:.2} s in its five steps", report.slots);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn calls_are_told_for_one_slot() {
        let answer = json!({"collection": {"slots": 20, "new": {"calls": {"S3 PutObject": 20, "S3 ListObjectsV2": 1},
            "write_units": 100}, "again": {}}});
        let collection = Collection::read(&answer).unwrap();
        let cells = called("a new slot", &collection.new, collection.slots);
        assert_eq!(cells, ["a new slot", "5", "0", "0.05 S3 ListObjectsV2, 1 S3 PutObject"]);
    }

    #[test]
    fn a_median_is_the_one_in_the_middle() {
        assert!((median(Some(&json!([3.0, 100.0, 1.0]))) - 3.0).abs() < 1e-9);
        assert!(median(None).abs() < 1e-9);
    }
}
