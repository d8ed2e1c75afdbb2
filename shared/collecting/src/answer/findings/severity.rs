//! How grave a finding is, in one scale for all scanners. The tables stand in this crate's README, too.

/// The values of the column `severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// What is as grave as nobody says: it may not be passed over, and it may not drown what is known to be grave.
pub(super) const UNKNOWN: Severity = Severity::Medium;

impl Severity {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// A word of any scanner, in any case.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "critical" | "fatal" => Some(Self::Critical),
            "high" | "important" => Some(Self::High),
            "medium" | "moderate" => Some(Self::Medium),
            "low" | "negligible" => Some(Self::Low),
            "info" | "informational" | "information" | "none" => Some(Self::Info),
            "unknown" | "" => Some(UNKNOWN),
            _ => None,
        }
    }

    /// A CVSS score, 0 to 10, by the qualitative scale of CVSS 3.1 (section 5) and 4.0. None for what is no score.
    pub(super) fn of_score(score: f64) -> Option<Self> {
        match score {
            9.0..=10.0 => Some(Self::Critical),
            7.0..9.0 => Some(Self::High),
            4.0..7.0 => Some(Self::Medium),
            0.0..4.0 if score > 0.0 => Some(Self::Low),
            0.0..4.0 => Some(Self::Info),
            _ => None,
        }
    }

    /// A share of 100, as in ASFF (`Severity.Normalized`).
    pub(super) fn of_percent(percent: u64) -> Option<Self> {
        match percent {
            0 => Some(Self::Info),
            1..40 => Some(Self::Low),
            40..70 => Some(Self::Medium),
            70..90 => Some(Self::High),
            90..=100 => Some(Self::Critical),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_graded_at_their_bounds() {
        let graded =
            [0.0, 0.1, 3.9, 4.0, 6.9, 7.0, 8.9, 9.0, 10.0].map(|score| Severity::of_score(score).unwrap().as_str());
        assert_eq!(graded, ["info", "low", "low", "medium", "medium", "high", "high", "critical", "critical"]);
        assert_eq!([-0.1, 10.1, f64::NAN].map(Severity::of_score), [None; 3]);
        let graded = [0, 1, 39, 40, 69, 70, 89, 90, 100].map(|percent| Severity::of_percent(percent).unwrap().as_str());
        assert_eq!(graded, ["info", "low", "low", "medium", "medium", "high", "high", "critical", "critical"]);
        assert_eq!(Severity::of_percent(101), None);
    }

    #[test]
    fn words_of_no_scanner_are_no_severity() {
        assert_eq!(Severity::of_word("Moderate"), Some(Severity::Medium));
        assert_eq!(Severity::of_word("UNKNOWN"), Some(Severity::Medium));
        assert_eq!(Severity::of_word("grave"), None);
    }
}
