//! From raw files to the evidence document of a slot.

use super::{
    archive::{Allowance, Part, each_part},
    csv, findings,
    json::{self, Json},
    plan::{OnRow, Plan},
    terraform, text,
};
use crate::CollectError;
use catalog::{FileFormat, SourceQuery};
use domain::{
    Actor, Slot, Timestamp,
    evidence::{Asked, Collected, Collector, EvidenceWriter, Preamble, RawFile, Written},
};
use std::{collections::BTreeMap, io::Write};

/// The raw bytes that one slot may have: 512 MiB.
pub const RAW_LIMIT: u64 = 512 << 20;

/// How a slot was asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is to be filled.
    pub slot: &'a Slot,
    /// The question.
    pub query: &'a SourceQuery,
    /// What was asked, as a person addresses it: `files:aws-iam/2026-07-01.csv`, `https://…`.
    pub endpoint: &'a str,
    /// What was sent, beside the period, by name.
    pub parameters: &'a BTreeMap<String, String>,
    /// The program that asked.
    pub collector: &'a Collector,
    /// When the source was asked.
    pub executed_at: Timestamp,
    /// The identity that asked.
    pub executed_by: &'a Actor,
    /// How many rows the source itself counts, where it does.
    pub source_count: Option<u64>,
    /// What archives may unpack to.
    pub limits: Limits,
}

/// What .gz and .zip files may unpack to: a small file can hold gigabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that all archives of one slot may unpack to together.
    pub unpacked_bytes: u64,
    /// How many times its packed size one file may unpack to, when that is more than 1 MiB.
    pub unpacked_ratio: u64,
}

impl Default for Limits {
    /// As many bytes as raw files may have (512 MiB), and 200 times the packed size: logs reach 30, bombs 1,000.
    fn default() -> Self {
        Self { unpacked_bytes: RAW_LIMIT, unpacked_ratio: 200 }
    }
}

/// Writes the evidence document of one slot to `out`: the raw files as received, and the rows that `request.query` declares.
///
/// Files are taken in the order of their names, whatever the order they are given in: equal input gives equal bytes.
/// Nothing that was written counts when this fails. `out` is written in small pieces: give a buffered one.
pub fn write_evidence<W: Write>(out: W, request: &Request<'_>, raw: &[RawFile]) -> Result<Written<W>, CollectError> {
    let files = in_order(raw)?;
    write(out, request, &files, &files)
}

/// As [`write_evidence`], for a source that answers in pages: files stay in the order in which they were received, and rows are read from `rows`,
/// which are the raw files themselves or texts that were put together from them.
pub fn write_answers<W: Write>(
    out: W,
    request: &Request<'_>,
    raw: &[RawFile],
    rows: &[RawFile],
) -> Result<Written<W>, CollectError> {
    in_order(raw)?;
    write(out, request, &raw.iter().collect::<Vec<_>>(), &rows.iter().collect::<Vec<_>>())
}

/// How many rows `query` finds in one file. Cells of JSON are not looked at.
pub fn count_rows(query: &SourceQuery, file: &RawFile) -> Result<u64, CollectError> {
    let mut count = 0;
    each_part(file, &mut Allowance::new(Limits::default()), &mut |part| match query.format {
        FileFormat::Csv | FileFormat::TerraformState | FileFormat::Findings => {
            let plan = plan(query)?;
            read(&part, query, plan.as_ref(), &mut |_| {
                count += 1;
                Ok(())
            })
        }
        _ => Json::each_row(&part.name, &part.bytes, query, &mut |_| {
            count += 1;
            Ok(())
        }),
    })?;
    Ok(count)
}

fn write<W: Write>(
    out: W,
    request: &Request<'_>,
    raw: &[&RawFile],
    rows: &[&RawFile],
) -> Result<Written<W>, CollectError> {
    let plan = plan(request.query)?;
    let mut writer = EvidenceWriter::begin(out, &preamble(request, raw)).map_err(CollectError::Output)?;
    raw.iter().try_for_each(|file| writer.raw(file)).map_err(CollectError::Output)?;
    let mut allowance = Allowance::new(request.limits);
    for file in rows {
        each_part(file, &mut allowance, &mut |part| {
            read(&part, request.query, plan.as_ref(), &mut |cells| writer.row(cells).map_err(CollectError::Output))
        })?;
    }
    writer.finish(request.slot, request.source_count).map_err(CollectError::Output)
}

// Which values of a JSON answer are the columns; none where the format itself says so.
fn plan(query: &SourceQuery) -> Result<Option<Plan<'_>>, CollectError> {
    match query.format {
        FileFormat::Csv | FileFormat::Findings => Ok(None),
        FileFormat::Documents | FileFormat::Rows => {
            let reason = format!("the query {} is not for a source whose answers are texts", query.name);
            Err(CollectError::Source { reason })
        }
        _ => Plan::new(query).map(Some),
    }
}

fn in_order(raw: &[RawFile]) -> Result<Vec<&RawFile>, CollectError> {
    let mut files = BTreeMap::new();
    for file in raw {
        if files.insert(file.name.as_str(), file).is_some() {
            return Err(CollectError::Twice { name: file.name.clone() });
        }
    }
    Ok(files.into_values().collect())
}

fn read(part: &Part<'_>, query: &SourceQuery, plan: Option<&Plan<'_>>, on_row: OnRow<'_>) -> Result<(), CollectError> {
    let text = text::decode(&part.name, &part.bytes)?;
    match (query.format, plan) {
        (FileFormat::Findings, _) => findings::read(&part.name, text, query, on_row),
        (FileFormat::TerraformState, Some(plan)) => terraform::read(&part.name, text, plan, on_row),
        (_, Some(plan)) => json::read(&part.name, text, plan, on_row),
        (_, None) => csv::read(&part.name, text, query, on_row),
    }
}

fn preamble(request: &Request<'_>, files: &[&RawFile]) -> Preamble {
    let Request { slot, query, executed_at, executed_by, .. } = *request;
    let mut parameters = request.parameters.clone();
    parameters.insert("period_end".to_owned(), slot.period.end().to_string());
    parameters.insert("period_start".to_owned(), slot.period.start().to_string());
    Preamble {
        asked: Asked {
            endpoint: request.endpoint.to_owned(),
            pages: files.iter().map(|file| file.name.clone()).collect(),
            parameters,
            query: query.name.clone(),
            query_digest: query.digest,
            query_text: query.text.clone(),
            query_version: query.version,
        },
        collected: Collected { executed_at, executed_by: executed_by.clone() },
        collector: request.collector.clone(),
        columns: query.evidence_columns(),
    }
}
