//! Collects evidence from files: state files, logs, exports, scanner output.
