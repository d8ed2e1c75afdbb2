//! What Cloud Control tells in the clear and no evidence may show: values of environments, and what machines run first.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{
    Error,
    value::{RawValue, to_raw_value},
};
use std::fmt;

/// Whose values are withheld, for whoever reads the evidence.
pub const WITHHELD: &str = "values of Environment, of *Variables and of UserData in properties";

const INSTEAD: &str = "withheld";
// What entries of lists are called: `[{"Name":"TOKEN","Type":"PLAINTEXT","Value":"…"}]`.
const NAMES: [&str; 3] = ["Key", "Name", "Type"];
const DEEPEST: usize = 100;

type Text = Box<RawValue>;
// A value as it is now; none where it stays as it is written.
type Changed = Result<Option<Text>, Error>;

/// The members of an object in their order, as they are written.
struct Members(Vec<(String, Text)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

/// An answer of Cloud Control without what is withheld of the properties in it; none where nothing is.
pub(crate) fn answer(whole: &RawValue) -> Changed {
    below(whole, 0)
}

fn below(value: &RawValue, depth: usize) -> Changed {
    walk(value, depth, &|name, value, depth| match (name, kind(value)) {
        ("Properties", b'"') => text(value),
        ("Properties", _) => properties(value, depth),
        _ => below(value, depth),
    })
}

// A JSON text in a JSON text.
fn text(value: &RawValue) -> Changed {
    let inner: String = serde_json::from_str(value.get())?;
    let changed = properties(serde_json::from_str::<&RawValue>(&inner)?, 0)?;
    changed.map(|changed| to_raw_value(changed.get())).transpose()
}

fn properties(value: &RawValue, depth: usize) -> Changed {
    walk(value, depth, &|name, value, depth| {
        if hides(name) { hidden(value, depth).map(Some) } else { properties(value, depth) }
    })
}

fn hides(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "environment" || name == "userdata" || name.ends_with("variables")
}

// Names stay, values go.
fn hidden(value: &RawValue, depth: usize) -> Result<Text, Error> {
    let changed = match kind(value) {
        b'{' => walk(value, depth, &|_, value, depth| hidden(value, depth).map(Some))?,
        b'[' => each(value, depth, &entry)?,
        _ => Some(to_raw_value(INSTEAD)?),
    };
    Ok(changed.unwrap_or_else(|| value.to_owned()))
}

fn entry(value: &RawValue, depth: usize) -> Changed {
    if kind(value) != b'{' {
        return hidden(value, depth).map(Some);
    }
    walk(value, depth, &|name, value, depth| {
        let is_name = NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) && kind(value) == b'"';
        if is_name { Ok(None) } else { hidden(value, depth).map(Some) }
    })
}

// What `of_member` makes of every member of the object that `value` is, or of those of the objects in its list.
fn walk(value: &RawValue, depth: usize, of_member: &dyn Fn(&str, &RawValue, usize) -> Changed) -> Changed {
    match kind(value) {
        b'[' => each(value, depth, &|item, depth| walk(item, depth, of_member)),
        b'{' => {
            let Members(mut members) = serde_json::from_str(value.get())?;
            let below = deeper(depth)?;
            let mut is_changed = false;
            for (name, value) in &mut members {
                is_changed |= put(value, of_member(name, value, below)?);
            }
            if is_changed { object(&members).map(Some) } else { Ok(None) }
        }
        _ => Ok(None),
    }
}

fn each(value: &RawValue, depth: usize, of_item: &dyn Fn(&RawValue, usize) -> Changed) -> Changed {
    let mut items: Vec<Text> = serde_json::from_str(value.get())?;
    let below = deeper(depth)?;
    let mut is_changed = false;
    for item in &mut items {
        is_changed |= put(item, of_item(item, below)?);
    }
    if is_changed { to_raw_value(&items).map(Some) } else { Ok(None) }
}

fn put(place: &mut Text, changed: Option<Text>) -> bool {
    let is_changed = changed.is_some();
    if let Some(changed) = changed {
        *place = changed;
    }
    is_changed
}

fn object(members: &[(String, Text)]) -> Result<Text, Error> {
    let member = |(name, value): &(String, Text)| Ok(format!("{}:{}", serde_json::to_string(name)?, value.get()));
    let members = members.iter().map(member).collect::<Result<Vec<_>, Error>>()?;
    RawValue::from_string(format!("{{{}}}", members.join(",")))
}

fn deeper(depth: usize) -> Result<usize, Error> {
    if depth < DEEPEST { Ok(depth + 1) } else { Err(Error::custom("it is too deep")) }
}

fn kind(value: &RawValue) -> u8 {
    value.get().as_bytes().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(properties: &str) -> Option<String> {
        let text = serde_json::to_string(properties).unwrap();
        let whole = format!(r#"{{"ResourceDescription":{{"Identifier":"f","Properties":{text}}},"TypeName":"T"}}"#);
        let changed = answer(serde_json::from_str(&whole).unwrap()).unwrap()?;
        let read: serde_json::Value = serde_json::from_str(changed.get()).unwrap();
        assert_eq!((&read["TypeName"], &read["ResourceDescription"]["Identifier"]), (&"T".into(), &"f".into()));
        Some(read["ResourceDescription"]["Properties"].as_str().unwrap().to_owned())
    }

    #[test]
    fn values_of_environments_go_and_their_names_stay() {
        for (before, after) in [
            (
                r#"{"N":1.50,"Environment":{"Variables":{"Name":"s3","B":{"c":[1,true]}}},"M":12345678901234567890}"#,
                r#"{"N":1.50,"Environment":{"Variables":{"Name":"withheld","B":{"c":["withheld","withheld"]}}},"M":12345678901234567890}"#,
            ),
            (
                r#"{"ContainerDefinitions":[{"Image":"i","Environment":[{"Name":"TOKEN","Value":"s3"}]}]}"#,
                r#"{"ContainerDefinitions":[{"Image":"i","Environment":[{"Name":"TOKEN","Value":"withheld"}]}]}"#,
            ),
            (
                r#"{"Environment":{"EnvironmentVariables":[{"Type":"PLAINTEXT","Name":"K","Value":"s3"}]}}"#,
                r#"{"Environment":{"EnvironmentVariables":[{"Type":"PLAINTEXT","Name":"K","Value":"withheld"}]}}"#,
            ),
            (r#"{"A":[[{"vari\u0061bles":["K=s3"]}]]}"#, r#"{"A":[[{"variables":["withheld"]}]]}"#),
            (r#"{"UserData":"czM="}"#, r#"{"UserData":"withheld"}"#),
        ] {
            assert_eq!(of(before).as_deref(), Some(after));
        }
    }

    #[test]
    fn what_holds_nothing_of_the_kind_stays_as_it_is_written() {
        assert_eq!(of(r#"{ "Handler":"a",  "Name" : "Environment", "N":1e999999 }"#), None);
        assert_eq!(of(r#"{"Environment":{"Variables":{}}}"#), Some(r#"{"Environment":{"Variables":{}}}"#.to_owned()));
    }

    #[test]
    fn lists_are_cleaned_too_and_what_cannot_be_read_is_refused() {
        let list = r#"{"ResourceDescriptions":[{"Identifier":"f","Properties":"{\"Variables\":{\"a\":\"s3\"}}"}]}"#;
        let changed = answer(serde_json::from_str(list).unwrap()).unwrap().unwrap();
        assert!(!changed.get().contains("s3") && changed.get().contains("withheld"), "{}", changed.get());
        let odd = r#"{"ResourceDescriptions":[{"Properties":"no JSON"}]}"#;
        assert!(answer(serde_json::from_str(odd).unwrap()).is_err());
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let deep = format!(r#"{{"ResourceDescription":{{"Properties":{}}}}}"#, serde_json::to_string(&deep).unwrap());
        assert!(answer(serde_json::from_str(&deep).unwrap()).is_err());
    }
}
