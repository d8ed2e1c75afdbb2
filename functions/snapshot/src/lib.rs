//! The snapshot step of a report.
