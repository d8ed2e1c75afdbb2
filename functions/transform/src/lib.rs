//! The transform step of a report.
