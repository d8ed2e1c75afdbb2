//! Report to PDF, XLSX, CSV and JSON: same report, same bytes.
