//! What stands where in an answer.

use collecting::{CollectError, Json};
use http_source::Heard;
use serde_json::{Map, Number, Value, value::RawValue};
use std::collections::BTreeMap;

/// What is at the end of these members; nothing where one of them is absent or null.
pub(crate) fn at<'j>(heard: &Heard<'_>, json: Json<'j>, path: &[&str]) -> Result<Option<Json<'j>>, CollectError> {
    let members: Vec<String> = path.iter().map(|member| (*member).to_owned()).collect();
    json.at(heard.name, &members)
}

/// A count that has to be there.
pub(crate) fn count(heard: &Heard<'_>, json: Json<'_>, path: &[&str]) -> Result<u64, CollectError> {
    let found = at(heard, json, path)?.and_then(|json| json.as_str().parse().ok());
    found.ok_or_else(|| heard.refuse(format!("there is no count at {}", path.join("."))))
}

/// A count that may be there; 0 where it is not.
pub(crate) fn count_or_none(heard: &Heard<'_>, json: Json<'_>, path: &[&str]) -> Result<u64, CollectError> {
    if at(heard, json, path)?.is_none() { Ok(0) } else { count(heard, json, path) }
}

/// A text that may be there.
pub(crate) fn text(heard: &Heard<'_>, json: Json<'_>, path: &[&str]) -> Result<Option<String>, CollectError> {
    Ok(at(heard, json, path)?.and_then(Json::scalar).map(std::borrow::Cow::into_owned))
}

/// Whether there is `true`.
pub(crate) fn is_true(heard: &Heard<'_>, json: Json<'_>, path: &[&str]) -> Result<bool, CollectError> {
    match at(heard, json, path)?.map(Json::as_str) {
        Some("true") => Ok(true),
        Some("false") | None => Ok(false),
        Some(_) => Err(heard.refuse(format!("there is neither true nor false at {}", path.join(".")))),
    }
}

/// A list that has to be there.
pub(crate) fn list<'j>(heard: &Heard<'_>, json: Json<'j>, path: &[&str]) -> Result<Json<'j>, CollectError> {
    let found = at(heard, json, path)?.filter(|json| json.as_str().starts_with('['));
    found.ok_or_else(|| heard.refuse(format!("there is no list at {}", path.join("."))))
}

/// A value that is sent back as it came: a scalar, or a list or an object of scalars.
pub(crate) fn value(heard: &Heard<'_>, json: Json<'_>) -> Result<Value, CollectError> {
    let refuse = |error: serde_json::Error| heard.refuse(format!("a value cannot be sent back: {error}"));
    match json.as_str().as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json.as_str()).map_err(refuse)?;
            let members = members.into_iter().map(|(name, value)| Ok((name, scalar(value.get())?)));
            members.collect::<Result<Map<_, _>, _>>().map(Value::Object).map_err(refuse)
        }
        Some(b'[') => {
            let items = json.elements().map(|item| scalar(item.as_str()));
            items.collect::<Result<_, _>>().map(Value::Array).map_err(refuse)
        }
        _ => scalar(json.as_str()).map_err(refuse),
    }
}

// serde_json reads fractions to within one unit of their last place; a search that went on there could lose what lies between.
fn scalar(text: &str) -> Result<Value, serde_json::Error> {
    match serde_json::from_str(text)? {
        Value::Number(number) if number.is_f64() => {
            Ok(text.parse().ok().and_then(Number::from_f64).map_or(Value::Number(number), Value::Number))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_sent_back_as_it_came() {
        for text in
            ["9007199254740993", "-9223372036854775808", "18446744073709551615", "0.1", "\"a\\\"b\"", "null", "true"]
        {
            assert_eq!(scalar(text).unwrap().to_string(), text);
        }
        // Shortest forms of doubles, which readers that are not exact miss by one unit of their last place.
        for text in ["1782864000.1234567", "122.416294033786585", "7.2057594037927933e16", "5e-324"] {
            assert_eq!(
                scalar(text).unwrap().as_f64().unwrap().to_bits(),
                text.parse::<f64>().unwrap().to_bits(),
                "{text}"
            );
        }
    }
}
