#![doc = include_str!("../README.md")]

mod accounts;
mod backups;
mod calendar;
mod changes;
mod code;
mod databases;
mod files;
mod names;
mod office;
mod people;
mod plan;
mod privileges;
mod random;
mod requests;
mod scanner;
mod terraform;
mod trail;
mod writing;

use domain::{ControlId, EvidenceId, Outcome, Period, TenantId};
use plan::Plan;
use std::fmt;

/// The seed of the organisation that `exhibit demo` shows: only the controls that every organisation fails have exceptions.
pub const SEED: u64 = 2026;

/// A believable organisation: what its systems would deliver, and what is wrong in it.
pub struct Organisation {
    /// Who it is: `acme`.
    pub tenant: TenantId,
    /// The quarter that is reported: `2026-Q3`.
    pub period: Period,
    /// Every exception there is, in order of control and subject; nothing that is not here may be found.
    pub planted: Vec<Planted>,
    /// The slots of the quarter that cannot be collected, by evidence id.
    pub planted_gaps: Vec<PlantedGap>,
    content: files::Content,
}

/// One exception that a report has to find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// The control that finds it.
    pub control: ControlId,
    /// The subject, as the finding query writes it.
    pub subject: String,
    /// [`Outcome::Fail`] when it stands at the end of the quarter, [`Outcome::Partial`] when it was remediated.
    pub outcome: Outcome,
}

/// One slot that cannot be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedGap {
    /// The evidence that will be missing.
    pub evidence_id: EvidenceId,
    /// Why.
    pub reason: GapCause,
}

/// What is wrong with the file of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapCause {
    /// It was never delivered.
    FileMissing,
    /// It ends in the middle.
    FileMalformed,
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GapCause::FileMissing => "the file was never delivered",
            GapCause::FileMalformed => "the file ends in the middle",
        })
    }
}

/// The organisation of `seed`: the same on every machine and in every version of the crates below.
pub fn organisation(seed: u64) -> Organisation {
    let mut plan = Plan::new(seed);
    let content = files::Content::new(seed, &mut plan);
    Organisation {
        tenant: sure(TenantId::new("acme")),
        period: sure("2026-Q3".parse()),
        planted: plan.finish(),
        planted_gaps: files::gaps(),
        content,
    }
}

impl Organisation {
    /// Every file that the sources deliver: its path below the sources' root, and its bytes, in order of path.
    ///
    /// For the quarter whatever the catalog's slots ask for; for the nine months before, the state at the end of each
    /// month and the whole CloudTrail. Each is made when it is asked for: about 35 MB in all, 0.6 MB at most at once.
    pub fn files(&self) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
        self.content.files()
    }
}

/// Unwraps what is built from constants of this crate alone.
#[expect(
    clippy::expect_used,
    reason = "the argument is a constant of this crate, and every constant is used in every test"
)]
fn sure<T, E: fmt::Debug>(made: Result<T, E>) -> T {
    made.expect("a constant of the demo is valid")
}
