//! What became of a finding.

/// The values of the column `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It is there, or nobody knows better.
    Open,
    /// It was there.
    Fixed,
    /// Somebody decided that it is accepted.
    Suppressed,
    /// The rule was examined, and is kept.
    Passed,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fixed => "fixed",
            Self::Suppressed => "suppressed",
            Self::Passed => "passed",
        }
    }
}
