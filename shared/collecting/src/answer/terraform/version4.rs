//! State version 4: `resources[].instances[]` (Terraform 0.12 and later, OpenTofu).

use super::{Name, Object, State, row};
use crate::{CollectError, answer::plan::Rows};

pub(super) fn read(state: &State<'_>, members: &Object<'_>, rows: &mut Rows<'_>) -> Result<(), CollectError> {
    for json in state.array(members, "resources")? {
        let resource = state.object(json, "a resource")?;
        let name = name(state, &resource)?;
        rows.holder(1, json)?;
        for json in state.array(&resource, "instances")? {
            let instance = state.object(json, "an instance")?;
            let index = instance.get("index_key").map(AsRef::as_ref).filter(|index| *index != "null");
            rows.row(&row(&name.address(index), &resource, &instance))?;
        }
    }
    Ok(())
}

fn name(state: &State<'_>, resource: &Object<'_>) -> Result<Name, CollectError> {
    let module = if resource.contains_key("module") { state.text(resource, "module")? } else { String::new() };
    Ok(Name {
        module,
        mode: state.text(resource, "mode")?,
        kind: state.text(resource, "type")?,
        name: state.text(resource, "name")?,
    })
}
