//! File patterns: a path below the sources' root with `*`, `?` and placeholders.

const PLACEHOLDERS: [&str; 3] = ["last_day", "each_day", "period"];

/// Whether a collector may follow `pattern`: it must not lead out of the sources' root, and say only what is known.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    if pattern.contains(['\\', '\0', '[', ']']) {
        return Err("use / between folders, and only * and ? as wildcards".to_owned());
    }
    if pattern.starts_with('/') || pattern.get(1..2) == Some(":") {
        return Err("it has to be relative to the sources' root".to_owned());
    }
    if pattern.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("every part of it has to be a name: no empty part, no . and no ..".to_owned());
    }
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or("a { is not closed")?;
        refuse_brace(before)?;
        if !PLACEHOLDERS.contains(&name) {
            return Err(format!("there is no placeholder {{{name}}}: use {{last_day}}, {{each_day}} or {{period}}"));
        }
        rest = behind;
    }
    refuse_brace(rest)
}

fn refuse_brace(text: &str) -> Result<(), String> {
    if text.contains('}') { Err("a } closes nothing".to_owned()) } else { Ok(()) }
}
