//! Writing an evidence document as a stream of canonical JSON.

use super::{Cell, FORMAT, Preamble, RawFile, Redaction, Totals};
use crate::{Digest, Slot, canonical, canonical::CanonicalError};
use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};
use serde::Serialize;
use sha2::Digest as _;
use std::io::{self, Write};

/// Writes one evidence document: `begin`, every `raw`, then every `row`, then `finish`.
///
/// Raw files after the first row are an error, because the canonical order of members puts them before.
pub struct EvidenceWriter<W: Write> {
    out: Hashing<W>,
    redaction: Redaction,
    redacted: Vec<u8>,
    raw_count: u64,
    row_count: u64,
}

/// A finished document.
#[derive(Debug)]
pub struct Written<W> {
    /// What it was written to.
    pub out: W,
    /// Its SHA-256.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// Its rows.
    pub row_count: u64,
}

impl<W: Write> EvidenceWriter<W> {
    /// Starts a document.
    pub fn begin(out: W, preamble: &Preamble) -> io::Result<Self> {
        Self::begin_redacted(out, preamble, Redaction::default())
    }

    /// Starts a document that is redacted.
    pub(super) fn begin_redacted(out: W, preamble: &Preamble, redaction: Redaction) -> io::Result<Self> {
        let mut out = Hashing { inner: out, state: sha2::Sha256::new(), length: 0 };
        member(&mut out, "{\"asked\":", &preamble.asked)?;
        member(&mut out, ",\"collected\":", &preamble.collected)?;
        member(&mut out, ",\"collector\":", &preamble.collector)?;
        member(&mut out, ",\"columns\":", &preamble.columns)?;
        member(&mut out, ",\"format\":", &FORMAT)?;
        out.write_all(b",\"raw\":[")?;
        let redacted = told(&redaction, preamble)?;
        Ok(Self { out, redaction, redacted, raw_count: 0, row_count: 0 })
    }

    /// Adds one answer as received. UTF-8 is kept as text, anything else as base64 (RFC 4648, section 4); where columns are redacted, nothing of it.
    pub fn raw(&mut self, file: &RawFile) -> io::Result<()> {
        if self.row_count > 0 {
            return Err(io::Error::other("raw files come before rows"));
        }
        self.out.write_all(if self.raw_count > 0 { b",{\"content\":" } else { b"{\"content\":" })?;
        let (encoding, digest) = match (self.redaction.raw(), std::str::from_utf8(&file.bytes)) {
            (Some(salt), _) => {
                self.out.write_all(b"\"\"")?;
                ("withheld", salt.digest_of(&file.bytes))
            }
            (None, Ok(text)) => {
                serde_json::to_writer(&mut self.out, text)?;
                ("utf-8", Digest::of(&file.bytes))
            }
            (None, Err(_)) => {
                write_base64(&mut self.out, &file.bytes)?;
                ("base64", Digest::of(&file.bytes))
            }
        };
        member(&mut self.out, ",\"digest\":", &digest)?;
        member(&mut self.out, ",\"encoding\":", &encoding)?;
        member(&mut self.out, ",\"length\":", &file.bytes.len())?;
        member(&mut self.out, ",\"name\":", &file.name)?;
        self.raw_count += 1;
        self.out.write_all(b"}")
    }

    /// Adds one row. Its cells have to be in the order of the columns.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        match self.row_count {
            0 => self.begin_rows()?,
            _ => self.out.write_all(b",")?,
        }
        self.out.write_all(b"[")?;
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.out.write_all(b",")?;
            }
            match self.redaction.cell(index, cell) {
                None => write_cell(&mut self.out, cell)?,
                Some(redacted) => serde_json::to_writer(&mut self.out, &redacted)?,
            }
        }
        self.row_count += 1;
        self.out.write_all(b"]")
    }

    fn begin_rows(&mut self) -> io::Result<()> {
        self.out.write_all(b"]")?;
        self.out.write_all(&self.redacted)?;
        self.out.write_all(b",\"rows\":[")
    }

    /// Ends the document and tells its digest.
    pub fn finish(mut self, slot: &Slot, source_count: Option<u64>) -> io::Result<Written<W>> {
        if self.row_count == 0 {
            self.begin_rows()?;
        }
        self.out.write_all(b"]")?;
        member(&mut self.out, ",\"slot\":", slot)?;
        member(&mut self.out, ",\"totals\":", &Totals { row_count: self.row_count, source_count })?;
        self.out.write_all(b"}")?;
        self.out.flush()?;
        let Hashing { inner, state, length } = self.out;
        Ok(Written { out: inner, digest: Digest::from_state(state), length, row_count: self.row_count })
    }
}

// The member that says what is redacted; nothing, where nothing is.
fn told(redaction: &Redaction, preamble: &Preamble) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(redacted) = redaction.told(preamble.columns.iter().map(|column| column.name.as_str())) {
        member(&mut text, ",\"redacted\":", &redacted)?;
    }
    Ok(text)
}

fn member<W: Write, T: Serialize>(out: &mut W, name: &str, value: &T) -> io::Result<()> {
    out.write_all(name.as_bytes())?;
    out.write_all(&canonical::to_bytes(value).map_err(io::Error::other)?)
}

// A cell is written as RFC 8785 writes it without building a value first: a million rows are the hot path of collecting.
fn write_cell<W: Write>(out: &mut W, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Null => out.write_all(b"null"),
        Cell::Boolean(value) => out.write_all(if *value { b"true" } else { b"false" }),
        Cell::Integer(value) if value.unsigned_abs() <= canonical::LARGEST_INTEGER => write!(out, "{value}"),
        Cell::Integer(value) => Err(io::Error::other(CanonicalError::Inexact(value.to_string()))),
        Cell::Real(value) if value.is_finite() => out.write_all(&canonical::to_bytes(value).map_err(io::Error::other)?),
        Cell::Real(value) => Err(io::Error::other(CanonicalError::Inexact(value.to_string()))),
        Cell::Text(value) => Ok(serde_json::to_writer(out, value)?),
    }
}

fn write_base64<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut encoder = EncoderWriter::new(&mut *out, &STANDARD);
    encoder.write_all(bytes)?;
    encoder.finish()?;
    drop(encoder);
    out.write_all(b"\"")
}

struct Hashing<W> {
    inner: W,
    state: sha2::Sha256,
    length: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.state.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
