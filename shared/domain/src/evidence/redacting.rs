//! Redacting a document that was written: it is read and written again as a stream, holding one raw file and one row at a time.

use super::{
    Asked, Cell, Collected, Collector, Column, EvidenceWriter, Preamble, ReadError, Redaction, Totals, Written,
    reader::{RawMember, check_format},
};
use crate::Slot;
use serde::{
    Deserializer as _,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use std::{
    fmt,
    io::{Read, Write},
    marker::PhantomData,
};

/// Writes `document`, which nothing is redacted in, to `out` as `redaction` says it: declared columns as keyed hashes, raw files withheld, and
/// their names, which can hold what was asked for, as numbers; an endpoint that is made of such names says its kind alone.
///
/// Members have to come in canonical order, as [`EvidenceWriter`] writes them. Nothing that was written counts when this fails.
pub fn redact<W: Write>(document: impl Read, out: W, redaction: Redaction) -> Result<Written<W>, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_reader(document);
    let written = deserializer.deserialize_map(Rewriting { out, redaction })?;
    deserializer.end()?;
    Ok(written)
}

struct Rewriting<W> {
    out: W,
    redaction: Redaction,
}

impl<'de, W: Write> Visitor<'de> for Rewriting<W> {
    type Value = Written<W>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an evidence document in canonical order")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written<W>, A::Error> {
        let mut asked: Asked = member(&mut map, "asked")?;
        let collected: Collected = member(&mut map, "collected")?;
        let collector: Collector = member(&mut map, "collector")?;
        let columns: Vec<Column> = member(&mut map, "columns")?;
        check_format(&member::<String, A>(&mut map, "format")?)?;
        asked.endpoint = without_names(&asked.endpoint);
        asked.pages = (1..=asked.pages.len()).map(|number| number.to_string()).collect();
        let preamble = Preamble { asked, collected, collector, columns };
        let writer = EvidenceWriter::begin_redacted(self.out, &preamble, self.redaction);
        let mut writer = writer.map_err(de::Error::custom)?;
        named(&mut map, "raw")?;
        map.next_value_seed(Each::<RawMember, _>::new(|number, raw| {
            let mut file = raw.decode().map_err(|error| error.to_string())?;
            file.name = number.to_string();
            writer.raw(&file).map_err(|error| error.to_string())
        }))?;
        named(&mut map, "rows")?;
        map.next_value_seed(Each::<Vec<Cell>, _>::new(|_, cells| {
            writer.row(&cells).map_err(|error| error.to_string())
        }))?;
        let slot: Slot = member(&mut map, "slot")?;
        let totals: Totals = member(&mut map, "totals")?;
        writer.finish(&slot, totals.source_count).map_err(de::Error::custom)
    }
}

// `files:users/ana.csv and 3 more` names files; an address names none but what the catalog says.
fn without_names(endpoint: &str) -> String {
    match endpoint.split_once(':') {
        Some((kind, rest)) if !rest.starts_with("//") && !kind.contains(' ') => format!("{kind}:"),
        _ => endpoint.to_owned(),
    }
}

fn member<'de, T: DeserializeOwned, A: MapAccess<'de>>(map: &mut A, name: &'static str) -> Result<T, A::Error> {
    named(map, name)?;
    map.next_value()
}

fn named<'de, A: MapAccess<'de>>(map: &mut A, name: &'static str) -> Result<(), A::Error> {
    match map.next_key::<String>()? {
        Some(found) if found == name => Ok(()),
        _ => Err(de::Error::missing_field(name)),
    }
}

/// Gives each element of an array on, with its number from 1.
struct Each<T, F> {
    on_element: F,
    of: PhantomData<T>,
}

impl<T, F: FnMut(u64, T) -> Result<(), String>> Each<T, F> {
    fn new(on_element: F) -> Self {
        Self { on_element, of: PhantomData }
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(u64, T) -> Result<(), String>> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(u64, T) -> Result<(), String>> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(element) = elements.next_element::<T>()? {
            number += 1;
            (self.on_element)(number, element).map_err(de::Error::custom)?;
        }
        Ok(())
    }
}
