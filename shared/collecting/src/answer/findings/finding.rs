//! One finding, in the words that all scanners share.

use super::{scalar::Scalar, severity::Severity, status::Status};

/// The columns of [`catalog::SCANNER_COLUMNS`].
pub(super) struct Finding {
    /// Who found it.
    pub(super) tool: String,
    /// In what: an image, a machine, a repository, a resource.
    pub(super) target: String,
    /// The rule that was examined, by the scanner's own name of it.
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) severity: Severity,
    pub(super) status: Status,
    /// Where in the target.
    pub(super) location: Option<String>,
    pub(super) first_seen: Option<Scalar>,
    pub(super) last_seen: Option<Scalar>,
    /// The public number of the weakness: `CVE-2026-1`.
    pub(super) identifier: Option<String>,
}

/// The first of several texts that says something.
pub(super) fn first<const N: usize>(texts: [Option<&str>; N]) -> Option<String> {
    texts.into_iter().flatten().map(str::trim).find(|text| !text.is_empty()).map(str::to_owned)
}

/// Texts in their order, each once, with `between` them; none when nothing is left.
pub(super) fn joined<'t>(texts: impl Iterator<Item = &'t str>, between: &str) -> Option<String> {
    let mut each: Vec<&str> = Vec::new();
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        if !each.contains(&text) {
            each.push(text);
        }
    }
    (!each.is_empty()).then(|| each.join(between))
}

/// `file:3-9`, `file:3`, `file`; `lines 3-9` and `line 3` without a file.
pub(super) fn place(file: Option<&str>, from: Option<u64>, to: Option<u64>) -> Option<String> {
    let file = file.filter(|file| !file.is_empty());
    // Line 0 is how some scanners say that they do not know it.
    let from = from.filter(|line| *line > 0);
    let to = to.filter(|to| from.is_some_and(|from| *to > from));
    match (file, from, to) {
        (Some(file), None, _) => Some(file.to_owned()),
        (Some(file), Some(from), None) => Some(format!("{file}:{from}")),
        (Some(file), Some(from), Some(to)) => Some(format!("{file}:{from}-{to}")),
        (None, Some(from), None) => Some(format!("line {from}")),
        (None, Some(from), Some(to)) => Some(format!("lines {from}-{to}")),
        (None, None, _) => None,
    }
}
