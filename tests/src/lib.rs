//! Tests of the whole: pipeline, faults, conformance, architecture.
