//! The verify step of a report.
