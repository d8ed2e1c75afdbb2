//! Staging tables and named queries on SQLite. Deterministic.
