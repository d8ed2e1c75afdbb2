//! The upload step of a report.
