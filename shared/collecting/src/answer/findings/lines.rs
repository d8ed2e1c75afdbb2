//! Reports with a JSON object on each line.

use super::report::Report;
use crate::{CollectError, answer::json::check};

/// The lines that are not blank; refused when one of them is not JSON.
pub(super) fn checked<'a>(report: &Report<'a>) -> Result<impl Iterator<Item = &'a str>, CollectError> {
    for (number, line) in (1..).zip(report.text.split('\n')) {
        if !line.trim_ascii().is_empty() {
            check(report.file, number, line)?;
        }
    }
    Ok(report.text.split('\n').map(str::trim_ascii).filter(|line| !line.is_empty()))
}
