//! Checking an evidence document in one pass, without holding anything of it.

use super::{
    EvidenceHeader, RawSummary, ReadError,
    reader::{Members, WITHHELD},
};
use crate::Digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// Reads a document in one pass without holding anything of it: its rows are counted, each has as many cells as there are columns, and each raw
/// file is what its digest and length say.
pub fn check(document: &[u8]) -> Result<EvidenceHeader, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let mut found = Found::default();
    let header = (&mut deserializer).deserialize_map(CheckVisitor { found: &mut found })?;
    deserializer.end()?;
    match found.wrong_raw {
        Some(name) => Err(ReadError::Raw { name }),
        None if header.totals.row_count == found.rows => Ok(header),
        None => Err(ReadError::RowCount { said: header.totals.row_count, found: found.rows }),
    }
}

#[derive(Default)]
struct Found {
    rows: u64,
    wrong_raw: Option<String>,
}

struct CheckVisitor<'a> {
    found: &'a mut Found,
}

impl<'de> Visitor<'de> for CheckVisitor<'_> {
    type Value = EvidenceHeader;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an evidence document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EvidenceHeader, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "raw" => {
                    let raw: Vec<SentRaw<'de>> = map.next_value()?;
                    self.found.wrong_raw = raw.iter().find(|sent| !sent.is_whole()).map(|sent| sent.name.clone());
                    members.raw = Some(raw.into_iter().map(SentRaw::summary).collect());
                }
                "rows" => {
                    let columns = members.columns()?.len();
                    self.found.rows = map.next_value_seed(CountRows { columns })?;
                }
                other => members.take(other, &mut map)?,
            }
        }
        members.header()
    }
}

/// A raw file whose text stays where it is, if it is written without escapes.
#[derive(Deserialize)]
struct SentRaw<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    digest: Digest,
    #[serde(borrow)]
    encoding: Cow<'a, str>,
    length: u64,
    name: String,
}

impl SentRaw<'_> {
    fn is_whole(&self) -> bool {
        let is = |bytes: &[u8]| bytes.len() as u64 == self.length && Digest::of(bytes) == self.digest;
        match self.encoding.as_ref() {
            "utf-8" => is(self.content.as_bytes()),
            "base64" => STANDARD.decode(self.content.as_bytes()).is_ok_and(|bytes| is(&bytes)),
            WITHHELD => self.content.is_empty(),
            _ => false,
        }
    }

    fn summary(self) -> RawSummary {
        RawSummary { digest: self.digest, length: self.length, name: self.name, withheld: self.encoding == WITHHELD }
    }
}

/// Counts the rows of a document, and the cells of each.
struct CountRows {
    columns: usize,
}

impl<'de> DeserializeSeed<'de> for CountRows {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for CountRows {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while let Some(Count(cells)) = rows.next_element()? {
            if cells != self.columns {
                return Err(de::Error::invalid_length(cells, &"as many cells as columns"));
            }
            count += 1;
        }
        Ok(count)
    }
}

/// How many elements an array has.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;
        impl<'de> Visitor<'de> for Counting {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while cells.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_seq(Counting)
    }
}
