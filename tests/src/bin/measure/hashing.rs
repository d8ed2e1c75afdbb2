//! Canonical JSON and SHA-256 of evidence rows, beside the same without canonical form.

use crate::Outcome;
use domain::{
    Digest, Slot, Timestamp, canonical,
    evidence::{Asked, Cell, Collected, Collector, EvidenceWriter, Preamble},
};
use std::{collections::BTreeMap, hint::black_box, io, time::Instant};

/// Measures on about `megabytes` MB of rows, `runs` times, and prints the medians.
pub fn run(megabytes: usize, runs: usize) -> Outcome<()> {
    let rows = rows(megabytes * 1_000_000)?;
    let json = serde_json::to_vec(&rows)?;
    let size = json.len();
    speed("serde_json", "", size, runs, || Ok(black_box(serde_json::to_vec(&rows)?).len()))?;
    speed("sha2", "", size, runs, || Ok(black_box(Digest::of(&json)).as_bytes().len()))?;
    speed("serde_json, then sha2", "", size, runs, || {
        Ok(black_box(Digest::of(&serde_json::to_vec(&rows)?)).as_bytes().len())
    })?;
    speed("canonical JSON", "serde_json", size, runs, || Ok(black_box(canonical::to_bytes(&rows)?).len()))?;
    speed("canonical JSON, hashed", "serde_json, then sha2", size, runs, || {
        Ok(black_box(canonical::digest(&rows)?).as_bytes().len())
    })?;
    speed("evidence, streamed and hashed", "serde_json, then sha2", size, runs, || written(&rows))?;
    Ok(())
}

// The result of the work is used, so that the work cannot be left out.
fn speed(name: &str, peer: &str, bytes: usize, runs: usize, work: impl Fn() -> Outcome<usize>) -> Outcome<()> {
    let mut seconds = Vec::new();
    for _ in 0..runs.max(1) {
        let begun = Instant::now();
        black_box(work()?);
        seconds.push(begun.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::INFINITY);
    println!("{name}\t{:.1}\t{peer}", bytes as f64 / 1e6 / median);
    Ok(())
}

/// Rows like those of a credential report, of `bytes` bytes as JSON.
fn rows(bytes: usize) -> Outcome<Vec<Vec<Cell>>> {
    let one = serde_json::to_vec(&row(1_000_000))?.len() + 1;
    Ok((1_000_000..).take(bytes / one).map(row).collect())
}

fn row(number: i64) -> Vec<Cell> {
    vec![
        Cell::Text(format!("person-{number}@acme.example")),
        Cell::Text(format!("arn:aws:iam::123456789012:user/person-{number}")),
        Cell::Text("2026-07-01T08:15:00Z".to_owned()),
        Cell::Boolean(number % 7 != 0),
        Cell::Integer(number % 365),
        Cell::Null,
        Cell::Text("Zoë \"the key\" O'Neil\tNo. 1".to_owned()),
    ]
}

fn written(rows: &[Vec<Cell>]) -> Outcome<usize> {
    let mut writer = EvidenceWriter::begin(io::sink(), &preamble()?)?;
    rows.iter().try_for_each(|row| writer.row(row))?;
    let slot = Slot {
        tenant: domain::TenantId::new("acme")?,
        control: "access-mfa".parse()?,
        source: "aws-iam".parse()?,
        period: "2026-07-01".parse()?,
    };
    Ok(writer.finish(&slot, None)?.digest.as_bytes().len())
}

fn preamble() -> Outcome<Preamble> {
    Ok(Preamble {
        asked: Asked {
            endpoint: "files:aws-iam".to_owned(),
            pages: Vec::new(),
            parameters: BTreeMap::new(),
            query: domain::QueryName::new("iam-credential-report")?,
            query_digest: Digest::of(b""),
            query_text: String::new(),
            query_version: 1,
        },
        collected: Collected {
            executed_at: Timestamp::UNIX_EPOCH,
            executed_by: domain::Actor::new("service:exhibit@acme")?,
        },
        collector: Collector { name: "measure".to_owned(), version: "0".to_owned() },
        columns: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_have_the_size_that_was_asked_for() {
        let size = serde_json::to_vec(&rows(1_000_000).unwrap()).unwrap().len();
        assert!((980_000..=1_020_000).contains(&size), "{size}");
    }

    #[test]
    fn canonical_and_plain_json_of_the_rows_are_the_same_amount() {
        let rows = rows(10_000).unwrap();
        assert_eq!(canonical::to_bytes(&rows).unwrap().len(), serde_json::to_vec(&rows).unwrap().len());
        assert_eq!(written(&rows).unwrap(), 32);
    }
}
