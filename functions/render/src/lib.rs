//! The render step of a report.
