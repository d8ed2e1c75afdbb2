//! State version 3: `modules[].resources{}` (Terraform 0.11 and before), told in the words of version 4.

use super::{Name, Object, State, quoted, row, written};
use crate::{
    CollectError,
    answer::json::{elements, is_array},
    answer::plan::Rows,
};
use std::borrow::Cow;

pub(super) fn read(state: &State<'_>, members: &Object<'_>, rows: &mut Rows<'_>) -> Result<(), CollectError> {
    for json in state.array(members, "modules")? {
        let module = state.object(json, "a module")?;
        let path = module_path(state, &module)?;
        let resources = module.get("resources").map_or("{}", AsRef::as_ref);
        for (key, json) in &state.object(if resources == "null" { "{}" } else { resources }, "\"resources\"")? {
            let old = state.object(json, "a resource")?;
            read_resource(state, &path, key, &old, rows)?;
        }
    }
    Ok(())
}

/// `["root", "a", "b"]` as `module.a.module.b`.
fn module_path(state: &State<'_>, module: &Object<'_>) -> Result<String, CollectError> {
    let names: Option<Vec<String>> =
        state.array(module, "path")?.iter().map(|name| serde_json::from_str(name).ok()).collect();
    let names = names.ok_or_else(|| state.malformed("a module's \"path\" holds something else than names"))?;
    Ok(names.iter().skip(1).map(|name| format!("module.{name}")).collect::<Vec<_>>().join("."))
}

fn read_resource(
    state: &State<'_>,
    module: &str,
    key: &str,
    old: &Object<'_>,
    rows: &mut Rows<'_>,
) -> Result<(), CollectError> {
    let (name, index) = named(module, key)
        .ok_or_else(|| state.malformed("a resource is not named <type>.<name> or data.<type>.<name>"))?;
    let resource = resource(&name, old);
    let address = name.address(index.as_deref());
    rows.holder(1, &written(&resource))?;
    let current = old.get("primary").map(AsRef::as_ref).filter(|primary| *primary != "null");
    let deposed = state.array(old, "deposed")?;
    let replaced = deposed.into_iter().enumerate().map(|(number, json)| (Some(number), json));
    for (number, json) in current.map(|json| (None, json)).into_iter().chain(replaced) {
        let was = state.object(json, "an instance")?;
        rows.row(&row(&address, &resource, &instance(index.as_deref(), number, old, &was)))?;
    }
    Ok(())
}

/// `data.aws_ami.base.0`: what it names, and the index as JSON.
fn named(module: &str, key: &str) -> Option<(Name, Option<String>)> {
    let (mode, rest) = key.strip_prefix("data.").map_or(("managed", key), |rest| ("data", rest));
    let (kind, rest) = rest.split_once('.')?;
    let (name, index) = match rest.rsplit_once('.') {
        Some((name, index)) if index.parse::<u64>().is_ok() => (name, Some(index.to_owned())),
        _ => (rest, None),
    };
    let [module, mode, kind, name] = [module, mode, kind, name].map(str::to_owned);
    Some((Name { module, mode, kind, name }, index))
}

fn resource(name: &Name, old: &Object<'_>) -> Object<'static> {
    let texts = [("mode", &name.mode), ("name", &name.name), ("type", &name.kind)];
    let mut members: Object<'static> = Object::new();
    for (member, text) in texts {
        members.insert(Cow::Borrowed(member), Cow::Owned(quoted(text)));
    }
    if !name.module.is_empty() {
        members.insert(Cow::Borrowed("module"), Cow::Owned(quoted(&name.module)));
    }
    if let Some(provider) = old.get("provider") {
        members.insert(Cow::Borrowed("provider"), Cow::Owned(provider.to_string()));
    }
    members
}

fn instance(index: Option<&str>, deposed: Option<usize>, old: &Object<'_>, was: &Object<'_>) -> Object<'static> {
    let mut members: Object<'static> = Object::new();
    let mut set = |name: &'static str, json: Option<String>| {
        json.and_then(|json| members.insert(Cow::Borrowed(name), Cow::Owned(json)));
    };
    set("attributes_flat", was.get("attributes").map(ToString::to_string));
    set(
        "dependencies",
        old.get("depends_on").filter(|list| is_array(list) && elements(list).count() > 0).map(ToString::to_string),
    );
    set("deposed", deposed.map(|number| quoted(&number.to_string())));
    set("index_key", index.map(str::to_owned));
    set("meta", was.get("meta").map(ToString::to_string));
    set("status", was.get("tainted").filter(|tainted| *tainted == "true").map(|_| quoted("tainted")));
    members
}
