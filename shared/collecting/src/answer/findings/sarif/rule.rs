//! The rules that a tool describes, and which of them a result broke.

use super::result::{ResultRow, Text};
use crate::answer::findings::scalar::Scalar;
use serde::Deserialize;

/// `run.tool`
#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Component,
    #[serde(default)]
    extensions: Option<Vec<Component>>,
}

#[derive(Deserialize)]
pub(super) struct Component {
    pub(super) name: String,
    #[serde(default)]
    rules: Option<Vec<Rule>>,
}

/// A `reportingDescriptor`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) short_description: Option<Text>,
    pub(super) full_description: Option<Text>,
    pub(super) default_configuration: Option<Configuration>,
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Properties {
    /// A CVSS score, as GitHub defines it for code scanning.
    #[serde(rename = "security-severity")]
    pub(super) security_severity: Option<Scalar>,
}

/// How a result names its rule.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) id: Option<String>,
    index: Option<i64>,
    tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
struct ComponentReference {
    index: Option<i64>,
    name: Option<String>,
}

impl Tool {
    /// The rule of a result, where the tool describes it. Where its number and its name disagree, the name counts.
    pub(super) fn rule(&self, result: &ResultRow) -> Result<Option<&Rule>, &'static str> {
        let reference = result.rule.as_ref();
        let index = result.rule_index.or_else(|| reference.and_then(|rule| rule.index)).unwrap_or(-1);
        let component = self.component(reference.and_then(|rule| rule.tool_component.as_ref()));
        let rules = component.and_then(|component| component.rules.as_deref()).unwrap_or_default();
        let numbered = usize::try_from(index).ok().and_then(|index| rules.get(index));
        match (result.rule_name(), numbered) {
            (Some(name), Some(rule)) if rule.is_named(name) => Ok(Some(rule)),
            (Some(name), _) => Ok(self.named(name)),
            (None, Some(rule)) => Ok(Some(rule)),
            (None, None) if index >= 0 => Err("this result's rule has a number that no rule of the tool has"),
            (None, None) => Ok(None),
        }
    }

    fn component(&self, reference: Option<&ComponentReference>) -> Option<&Component> {
        let Some(reference) = reference else { return Some(&self.driver) };
        let extensions = self.extensions.as_deref().unwrap_or_default();
        match (reference.index, reference.name.as_deref()) {
            (Some(index), _) if index >= 0 => extensions.get(usize::try_from(index).ok()?),
            (_, Some(name)) => std::iter::once(&self.driver).chain(extensions).find(|component| component.name == name),
            _ => Some(&self.driver),
        }
    }

    fn named(&self, name: &str) -> Option<&Rule> {
        let components = std::iter::once(&self.driver).chain(self.extensions.iter().flatten());
        components.flat_map(|component| component.rules.iter().flatten()).find(|rule| rule.is_named(name))
    }
}

impl Rule {
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `CA1000/1` is a case of the rule `CA1000` (section 3.5.4 of the standard, hierarchical strings).
    fn is_named(&self, name: &str) -> bool {
        let rest = self.id().and_then(|id| name.strip_prefix(id));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}
