//! Attributes that old states keep flat: `{"tags.%": "1", "tags.Name": "a", "ids.#": "1", "ids.0": "b"}`.
//!
//! `#` counts a list or set, whose elements are named by index or by hash; `%` counts a map. All values stay text: without
//! the provider's schema nobody knows that `"true"` was a boolean, and a boolean column reads it as well.

use super::quoted;
use crate::answer::json::{is_object, members};
use std::collections::BTreeMap;

/// Names nested deeper than this stay joined by dots; providers nest a handful.
const DEEPEST: usize = 32;

#[derive(Default)]
struct Node<'a> {
    value: Option<&'a str>,
    below: BTreeMap<&'a str, Node<'a>>,
}

/// The nested attributes, as JSON; none when `flat` is no object.
pub(super) fn nested(flat: &str) -> Option<String> {
    let members = members(flat).ok().filter(|_| is_object(flat))?;
    let mut root = Node::default();
    for (name, value) in &members {
        let node = name.splitn(DEEPEST, '.').fold(&mut root, |node, part| node.below.entry(part).or_default());
        node.value = Some(value);
    }
    Some(object(&root))
}

fn json(node: &Node<'_>) -> String {
    if node.below.contains_key("#") {
        array(node)
    } else if node.below.contains_key("%") {
        map(node)
    } else if let (Some(value), true) = (node.value, node.below.is_empty()) {
        value.to_owned()
    } else {
        object(node)
    }
}

fn object(node: &Node<'_>) -> String {
    let members = node.below.iter().map(|(name, below)| format!("{}:{}", quoted(name), json(below)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn array(node: &Node<'_>) -> String {
    let mut elements: Vec<_> = node.below.iter().filter(|(name, _)| **name != "#").collect();
    elements.sort_by_key(|(name, _)| name.parse::<u64>().unwrap_or(u64::MAX));
    format!("[{}]", elements.into_iter().map(|(_, below)| json(below)).collect::<Vec<_>>().join(","))
}

/// A map's own keys may have dots in them: `tags.kubernetes.io/name`.
fn map(node: &Node<'_>) -> String {
    let mut members = Vec::new();
    for (name, below) in node.below.iter().filter(|(name, _)| **name != "%") {
        leaves(name, below, &mut members);
    }
    format!("{{{}}}", members.join(","))
}

fn leaves(name: &str, node: &Node<'_>, members: &mut Vec<String>) {
    members.extend(node.value.map(|value| format!("{}:{value}", quoted(name))));
    for (part, below) in &node.below {
        leaves(&format!("{name}.{part}"), below, members);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_attributes_are_nested_as_they_were_declared() {
        let flat = r#"{"id":"i","tags.%":"2","tags.a.b/c":"1","tags.d":"2","none.#":"0","ids.#":"11","ids.10":"k",
            "ids.2":"c","rule.#":"1","rule.123.port":"22","rule.123.cidr.#":"1","rule.123.cidr.0":"::/0","empty.%":"0"}"#;
        let expected = r#"{"empty":{},"id":"i","ids":["c","k"],"none":[],"rule":[{"cidr":["::/0"],"port":"22"}],"tags":{"a.b/c":"1","d":"2"}}"#;
        assert_eq!(nested(flat).unwrap(), expected);
        assert_eq!(nested("[]"), None);
        let deep = format!("{{\"{}\":\"1\"}}", "a.".repeat(100_000));
        assert!(serde_json::from_str::<serde_json::Value>(&nested(&deep).unwrap()).is_ok());
    }
}
