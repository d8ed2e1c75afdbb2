//! Placeholders filled in, each value encoded for where it stands.

use crate::{
    address::{leads_up, segment},
    concealed::Concealed,
};
use catalog::{NoValue, Template};
use collecting::CollectError;
use domain::Period;
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the names in braces stand for: parts of the period, and the source's own values.
#[derive(Debug, Clone)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The values of `period` (`docs/formats/catalog.md` lists them) beside `own`, which cannot hide them.
    pub fn new(period: &Period, own: &BTreeMap<String, String>) -> Self {
        let (start, end) = (period.start(), period.end());
        let last = end.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(start);
        let day = |instant| TimeZone::UTC.to_datetime(instant).date().to_string();
        let of_period = [
            ("period", period.to_string()),
            ("period_start", start.to_string()),
            ("period_end", end.to_string()),
            ("first_day", day(start)),
            ("last_day", day(last)),
            ("start_seconds", start.as_second().to_string()),
            ("end_seconds", end.as_second().to_string()),
            ("start_milliseconds", start.as_millisecond().to_string()),
            ("end_milliseconds", end.as_millisecond().to_string()),
        ];
        let mut values = own.clone();
        values.extend(of_period.map(|(name, value)| (name.to_owned(), value)));
        Self(values)
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// JSON in whose texts these values are filled in. A text stays a text.
    pub fn in_json(&self, json: &Value) -> Result<Value, CollectError> {
        in_json(json, &|name| self.get(name))
    }
}

fn unknown(NoValue(name): NoValue) -> CollectError {
    let reason = format!(
        "there is no value for {{{name}}}: it has to be a part of the period, one of the source's [values] or, in [request.each], a text, \
         number or boolean of the row, and in a path not empty"
    );
    CollectError::Source { reason }
}

/// Looks a value up by its name.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The path that a template means behind `base`: each value is one part of it, or of a part.
pub(crate) fn path(template: &Template, base: &str, value: Lookup<'_>) -> Result<String, CollectError> {
    // Nothing would be another path.
    let filled = template.fill(|name| value(name).filter(|value| !value.is_empty()), segment).map_err(unknown)?;
    if leads_up(&filled) || filled.contains("//") {
        let reason =
            format!("the path {:?} would lead elsewhere with the values of its placeholders", template.as_str());
        return Err(CollectError::Source { reason });
    }
    Ok(format!("{base}{filled}"))
}

/// Texts by name, filled in as they are.
pub(crate) fn texts(
    templates: &BTreeMap<String, Template>,
    value: Lookup<'_>,
) -> Result<BTreeMap<String, String>, CollectError> {
    let fill = |template: &Template| template.fill(value, str::to_owned).map_err(unknown);
    templates.iter().map(|(name, template)| Ok((name.clone(), fill(template)?))).collect()
}

/// JSON whose texts are filled in. A text stays a text.
pub(crate) fn in_json(json: &Value, value: Lookup<'_>) -> Result<Value, CollectError> {
    match json {
        Value::String(text) => {
            let template: Template = text
                .parse()
                .map_err(|error: catalog::TemplateError| CollectError::Source { reason: error.to_string() })?;
            template.fill(value, str::to_owned).map(Value::String).map_err(unknown)
        }
        Value::Array(items) => {
            items.iter().map(|item| in_json(item, value)).collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(members) => {
            let filled = members.iter().map(|(name, member)| Ok((name.clone(), in_json(member, value)?)));
            filled.collect::<Result<Map<_, _>, CollectError>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

/// Refuses what would show a secret.
pub(crate) fn check_told(
    endpoint: &str,
    told: &BTreeMap<String, String>,
    concealed: &Concealed,
) -> Result<(), CollectError> {
    let mut all = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("the address", endpoint)]);
    match all.find(|(_, value)| concealed.is_in_address(value)) {
        None => Ok(()),
        Some((name, _)) => {
            let reason =
                format!("{name} holds the secret, which the evidence would show: name it in [authentication] alone");
            Err(CollectError::Source { reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_period_has_a_value_that_the_source_cannot_hide() {
        let own = BTreeMap::from([
            ("period".to_owned(), "hidden".to_owned()),
            ("organisation".to_owned(), "acme".to_owned()),
        ]);
        let values = Values::new(&"2026-07".parse().unwrap(), &own);
        for (name, value) in [
            ("period", "2026-07"),
            ("period_start", "2026-07-01T00:00:00Z"),
            ("period_end", "2026-08-01T00:00:00Z"),
            ("first_day", "2026-07-01"),
            ("last_day", "2026-07-31"),
            ("start_seconds", "1782864000"),
            ("end_seconds", "1785542400"),
            ("start_milliseconds", "1782864000000"),
            ("end_milliseconds", "1785542400000"),
            ("organisation", "acme"),
        ] {
            assert_eq!(values.get(name).as_deref(), Some(value), "{name}");
        }
        assert!(catalog::OF_PERIOD.iter().all(|name| values.get(name).is_some()));
    }
}
