//! Terraform and OpenTofu state, versions 3 and 4, as one row per resource instance.
//!
//! A row is one flat object: `address`, then the members of the resource (`module`, `mode`, `type`, `name`, `provider`),
//! then those of the instance (`index_key`, `status`, `deposed`, `attributes`, `dependencies`, ...). `^` is the resource,
//! `^^` the whole state. Attributes that are kept flat (version 3, and states not refreshed since) are nested again.

mod flat;
mod version3;
mod version4;

use crate::{
    CollectError, Place,
    answer::json::{check, elements, is_array, is_object, members},
    answer::plan::{OnRow, Plan, Rows},
    answer::text::line_of,
};
use std::{borrow::Cow, collections::BTreeMap};

/// The members of a JSON object: names decoded, values as JSON text.
type Object<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// Gives each resource instance of the state `text` to `on_row` as the declared cells.
pub(crate) fn read(file: &str, text: &str, plan: &Plan<'_>, on_row: OnRow<'_>) -> Result<(), CollectError> {
    plan.check_depth(2)?;
    let state = State { file, text };
    let json = check(file, 1, text)?;
    let members = state.object(json, "the state")?;
    let version = members.get("version").map(AsRef::as_ref);
    let mut rows = Rows::new(plan, file, text, on_row);
    rows.holder(2, json)?;
    match version {
        Some("4") => version4::read(&state, &members, &mut rows),
        Some("3") => version3::read(&state, &members, &mut rows),
        Some("1" | "2") => {
            Err(state.malformed("states of versions 1 and 2 are not read; let Terraform 0.12 upgrade it"))
        }
        Some(_) => Err(state.malformed("this is not version 3 or 4 of a state, which is what is read")),
        None if members.contains_key("encrypted_data") => {
            Err(state.malformed("this state is encrypted; give what `tofu state pull` prints"))
        }
        None => Err(state.malformed("this is not a state: it states no version")),
    }
}

struct State<'a> {
    file: &'a str,
    text: &'a str,
}

impl State<'_> {
    fn malformed(&self, reason: &str) -> CollectError {
        CollectError::Malformed { file: self.file.to_owned(), place: Place::Whole, reason: reason.to_owned() }
    }

    fn malformed_at(&self, json: &str, reason: &str) -> CollectError {
        let place = line_of(self.text, json).map_or(Place::Whole, Place::Line);
        CollectError::Malformed { file: self.file.to_owned(), place, reason: reason.to_owned() }
    }

    fn object<'a>(&self, json: &'a str, what: &str) -> Result<Object<'a>, CollectError> {
        if !is_object(json) {
            return Err(self.malformed_at(json, &format!("{what} is not an object, as it is in a state")));
        }
        let members = members(json).map_err(|reason| self.malformed_at(json, &reason))?;
        Ok(members.into_iter().map(|(name, value)| (name, Cow::Borrowed(value))).collect())
    }

    /// The elements of a member that is an array, or absent.
    fn array<'a>(&self, object: &'a Object<'_>, name: &str) -> Result<Vec<&'a str>, CollectError> {
        match object.get(name).map_or("null", AsRef::as_ref) {
            "null" => Ok(Vec::new()),
            array if is_array(array) => Ok(elements(array).collect()),
            other => Err(self.malformed_at(other, &format!("{name:?} is not an array, as it is in a state"))),
        }
    }

    /// A member that is a string.
    fn text(&self, object: &Object<'_>, name: &str) -> Result<String, CollectError> {
        let text = object.get(name).and_then(|json| serde_json::from_str(json).ok());
        text.ok_or_else(|| self.malformed(&format!("a resource has no {name:?}, or one that is not text")))
    }
}

/// What every resource is named by.
struct Name {
    /// `module.network.module.private`; empty for the root module.
    module: String,
    /// `managed` or `data`
    mode: String,
    /// `aws_s3_bucket`
    kind: String,
    /// `logs`
    name: String,
}

impl Name {
    /// As `terraform state list` writes it: `module.a.data.aws_ami.base["x"]`. `index` is JSON.
    fn address(&self, index: Option<&str>) -> String {
        let module = if self.module.is_empty() { String::new() } else { format!("{}.", self.module) };
        let mode = if self.mode == "data" { "data." } else { "" };
        let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
        format!("{module}{mode}{}.{}{index}", self.kind, self.name)
    }
}

/// The row of one instance, as JSON. Where two say the same, the first counts: the address, the resource, the instance.
fn row(address: &str, resource: &Object<'_>, instance: &Object<'_>) -> String {
    let mut row = Object::from([(Cow::Borrowed("address"), Cow::Owned(quoted(address)))]);
    for (name, value) in resource.iter().chain(instance) {
        if name != "instances" {
            row.entry(Cow::Borrowed(name.as_ref())).or_insert(Cow::Borrowed(value.as_ref()));
        }
    }
    let is_flat = instance.get("attributes").is_none_or(|attributes| attributes == "null");
    if let Some(flat) = instance.get("attributes_flat").filter(|_| is_flat).and_then(|flat| flat::nested(flat)) {
        row.insert(Cow::Borrowed("attributes"), Cow::Owned(flat));
    }
    written(&row)
}

fn written(object: &Object<'_>) -> String {
    let members: Vec<String> = object.iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
