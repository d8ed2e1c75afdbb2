//! The edge: configuration, clock, identity and failure names.
