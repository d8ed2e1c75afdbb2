//! JSON values in which no object names a member twice and no number would be rounded.

use domain::canonical::LARGEST_INTEGER;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// Reads `json`. RFC 8259 leaves open what a repeated member means; here it is refused.
pub(crate) fn value(json: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Unique>(json).map(|unique| unique.0)
}

struct Unique(Value);

struct UniqueVisitor;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

fn rounded<E: Error>() -> E {
    E::custom("a number in it is beyond 2^53 - 1, where a double rounds; have the source write it as text")
}

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        if value <= LARGEST_INTEGER { Ok(value.into()) } else { Err(rounded()) }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() <= LARGEST_INTEGER { Ok(value.into()) } else { Err(rounded()) }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() <= LARGEST_INTEGER as f64 { Ok(value.into()) } else { Err(rounded()) }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unique(member))) = members.next_entry::<String, Unique>()? {
            if object.insert(name, member).is_some() {
                return Err(A::Error::custom("an object in it names a member twice"));
            }
        }
        Ok(Value::Object(object))
    }
}
