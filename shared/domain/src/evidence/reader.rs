//! Reading an evidence document without holding its rows.

use super::{Asked, Cell, Collected, Collector, Column, EvidenceHeader, FORMAT, RawFile, RawSummary, Redacted, Totals};
use crate::{Digest, Slot};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// Bytes that are not an evidence document, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or not of this shape; or the caller's row function refused a row.
    #[error("this is no evidence document: {0}")]
    Shape(#[from] serde_json::Error),
    /// Fewer or more rows than the document itself says.
    #[error("the document says it has {said} rows and has {found}")]
    RowCount {
        /// What `totals.row_count` says.
        said: u64,
        /// What is there.
        found: u64,
    },
    /// A raw file that is not what its digest says.
    #[error("the raw file {name:?} is not what its digest says")]
    Raw {
        /// The file's name.
        name: String,
    },
    /// A raw file that was not kept.
    #[error("the raw file {name:?} is withheld: it holds what was redacted")]
    Withheld {
        /// The file's name.
        name: String,
    },
}

/// Reads a document and gives each row to `on_row`, with the columns, in order. The raw files are passed over.
///
/// An error of `on_row` ends the reading and is given back as text in [`ReadError::Shape`].
pub fn read<E: fmt::Display>(
    document: &[u8],
    mut on_row: impl FnMut(&[Column], Vec<Cell>) -> Result<(), E>,
) -> Result<EvidenceHeader, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let mut found = 0;
    let mut counted = |columns: &[Column], cells: Vec<Cell>| {
        found += 1;
        on_row(columns, cells).map_err(|error| error.to_string())
    };
    let header = (&mut deserializer).deserialize_map(DocumentVisitor { on_row: &mut counted })?;
    deserializer.end()?;
    if header.totals.row_count == found {
        Ok(header)
    } else {
        Err(ReadError::RowCount { said: header.totals.row_count, found })
    }
}

/// Reads the raw files of a document, each checked against its digest. Of a redacted document there are none to be read.
pub fn read_raw(document: &[u8]) -> Result<Vec<RawFile>, ReadError> {
    #[derive(Deserialize)]
    struct OnlyRaw {
        raw: Vec<RawMember>,
    }
    let document: OnlyRaw = serde_json::from_slice(document)?;
    document.raw.into_iter().map(RawMember::decode).collect()
}

#[derive(Deserialize)]
pub(super) struct RawMember {
    content: String,
    digest: Digest,
    encoding: String,
    name: String,
}

impl RawMember {
    pub(super) fn decode(self) -> Result<RawFile, ReadError> {
        if self.encoding == WITHHELD {
            return Err(ReadError::Withheld { name: self.name });
        }
        let bytes = match self.encoding.as_str() {
            "utf-8" => Some(self.content.into_bytes()),
            "base64" => STANDARD.decode(self.content).ok(),
            _ => None,
        };
        match bytes.filter(|bytes| Digest::of(bytes) == self.digest) {
            Some(bytes) => Ok(RawFile { name: self.name, bytes }),
            None => Err(ReadError::Raw { name: self.name }),
        }
    }
}

/// The encoding of a raw file whose bytes are not there.
pub(super) const WITHHELD: &str = "withheld";

/// What of a raw file is read when its bytes are not looked at.
#[derive(Deserialize)]
struct RawHead {
    digest: Digest,
    encoding: String,
    length: u64,
    name: String,
}

impl RawHead {
    fn summary(self) -> RawSummary {
        let Self { digest, encoding, length, name } = self;
        RawSummary { digest, length, name, withheld: encoding == WITHHELD }
    }
}

type OnRow<'a> = &'a mut dyn FnMut(&[Column], Vec<Cell>) -> Result<(), String>;

struct DocumentVisitor<'a> {
    on_row: OnRow<'a>,
}

/// What was read of a document so far.
#[derive(Default)]
pub(super) struct Members {
    asked: Option<Asked>,
    collected: Option<Collected>,
    collector: Option<Collector>,
    columns: Option<Vec<Column>>,
    pub(super) raw: Option<Vec<RawSummary>>,
    redacted: Option<Redacted>,
    slot: Option<Slot>,
    totals: Option<Totals>,
}

impl<'de> Visitor<'de> for DocumentVisitor<'_> {
    type Value = EvidenceHeader;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an evidence document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EvidenceHeader, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "raw" => {
                    let heads: Vec<RawHead> = map.next_value()?;
                    members.raw = Some(heads.into_iter().map(RawHead::summary).collect());
                }
                "rows" => {
                    let columns = members.columns()?;
                    map.next_value_seed(Rows { columns, on_row: &mut *self.on_row })?;
                }
                other => members.take(other, &mut map)?,
            }
        }
        members.header()
    }
}

pub(super) fn check_format<E: de::Error>(format: &str) -> Result<(), E> {
    if format == FORMAT { Ok(()) } else { Err(E::custom(format!("its format is {format:?}, not {FORMAT:?}"))) }
}

impl Members {
    // Every member but the two that are long.
    pub(super) fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "asked" => self.asked = Some(map.next_value()?),
            "collected" => self.collected = Some(map.next_value()?),
            "collector" => self.collector = Some(map.next_value()?),
            "columns" => self.columns = Some(map.next_value()?),
            "format" => check_format(&map.next_value::<String>()?)?,
            "redacted" => self.redacted = Some(map.next_value()?),
            "slot" => self.slot = Some(map.next_value()?),
            "totals" => self.totals = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    pub(super) fn columns<E: de::Error>(&self) -> Result<&[Column], E> {
        self.columns.as_deref().ok_or_else(|| E::missing_field("columns"))
    }

    pub(super) fn header<E: de::Error>(self) -> Result<EvidenceHeader, E> {
        let missing = |name| move || E::missing_field(name);
        let raw = self.raw.ok_or_else(missing("raw"))?;
        if raw.iter().any(|file| file.withheld != self.redacted.is_some()) {
            return Err(E::custom("raw files are withheld where something is redacted, and only there"));
        }
        Ok(EvidenceHeader {
            asked: self.asked.ok_or_else(missing("asked"))?,
            collected: self.collected.ok_or_else(missing("collected"))?,
            collector: self.collector.ok_or_else(missing("collector"))?,
            columns: self.columns.ok_or_else(missing("columns"))?,
            raw,
            redacted: self.redacted,
            slot: self.slot.ok_or_else(missing("slot"))?,
            totals: self.totals.ok_or_else(missing("totals"))?,
        })
    }
}

struct Rows<'a, 'b> {
    columns: &'b [Column],
    on_row: OnRow<'a>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(cells) = rows.next_element::<Vec<Cell>>()? {
            if cells.len() != self.columns.len() {
                return Err(de::Error::invalid_length(cells.len(), &"as many cells as columns"));
            }
            (self.on_row)(self.columns, cells).map_err(de::Error::custom)?;
        }
        Ok(())
    }
}
