//! `exhibit trace`

use super::Output;
use crate::{CommandError, ExitCode};
use bundle::{Trace as Traced, TraceError, trace};
use clap::Args;
use std::path::PathBuf;
use verify::download::Received;

#[derive(Debug, Args)]
pub(super) struct Trace {
    /// The bundle, or the folder of a downloaded report.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The row of a finding: CONTROL/NUMBER, as access-mfa/3.
    #[arg(value_name = "ROW")]
    row: String,
}

impl Trace {
    pub(super) fn run(self, output: &Output) -> Result<ExitCode, CommandError> {
        let files = Received::open(&self.bundle)?;
        let traced = trace(&files, &self.row).map_err(|error| match &error {
            TraceError::NoRow(_) => CommandError::Invalid(error.to_string()),
            _ => CommandError::DoesNotHold(error.to_string()),
        })?;
        say(&traced, output);
        output.answer(&traced)?;
        Ok(ExitCode::Done)
    }
}

fn say(traced: &Traced, output: &Output) {
    let line = |text: String| output.say(crate::table::visible(&text));
    line(format!(
        "row       {} of the report {}: {} {:?}",
        traced.row, traced.report_id, traced.subject, traced.outcome
    ));
    line(format!("          {}", traced.detail));
    line(format!("query     {} (its text is in the bundle, catalog/queries)", traced.query));
    for evidence in &traced.evidence {
        line(format!("evidence  {}", evidence.evidence_id));
        line(format!("  document {} {}", evidence.digest, evidence.file));
        if let Some(asked) = &evidence.asked {
            line(format!(
                "  asked    {} with {} at {} by {}",
                asked.endpoint, asked.query, asked.executed_at, asked.executed_by
            ));
            line(format!("  answer   {} rows", asked.row_count));
            for raw in &asked.raw {
                let withheld =
                    if raw.withheld { ", withheld: it holds what was redacted; the hash is keyed" } else { "" };
                line(format!("  raw      {} {} of {} bytes{withheld}", raw.digest, raw.name, raw.length));
            }
        }
        let entry = &evidence.entry;
        line(format!("  log      entry {} of {}, leaf {}", entry.index, entry.recorded_at, entry.leaf));
    }
}
