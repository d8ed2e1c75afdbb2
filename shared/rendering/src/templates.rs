//! The templates of a catalog.

use crate::RenderError;
use std::collections::BTreeMap;
use typst::syntax::Source;

/// The path of the template that is compiled; it may import the others.
pub(crate) const MAIN: &str = "templates/report.typ";

/// The Typst templates of a catalog, by their path in it: `templates/report.typ` and what it imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    files: BTreeMap<String, String>,
}

impl Templates {
    /// Takes path → text of every `templates/*.typ` of a catalog.
    ///
    /// Refused: a missing `templates/report.typ`, another path than `templates/<name>.typ`, text that is not Typst. What
    /// only shows on a report (an unknown name, a missing field) is an error of [`crate::render`].
    pub fn new(files: BTreeMap<String, String>) -> Result<Self, RenderError> {
        if !files.contains_key(MAIN) {
            return Err(RenderError::TemplateMissing);
        }
        files.iter().try_for_each(|(path, text)| check(path, text))?;
        Ok(Self { files })
    }

    /// Path and text of each, by path.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }
}

fn check(path: &str, text: &str) -> Result<(), RenderError> {
    let name = path.strip_prefix("templates/").and_then(|rest| rest.strip_suffix(".typ"));
    let is_plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !name.is_some_and(is_plain) {
        return Err(RenderError::TemplatePath(path.to_owned()));
    }
    let source = Source::detached(text);
    match source.root().errors_and_warnings().0.first() {
        None => Ok(()),
        Some(error) => {
            let line = crate::world::line(&source, error.span.get()).unwrap_or(1);
            Err(RenderError::TemplateSyntax { path: path.to_owned(), line, message: error.message.to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(files: &[(&str, &str)]) -> Result<Templates, RenderError> {
        Templates::new(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_catalog_without_the_main_template_is_refused() {
        assert!(matches!(templates(&[("templates/other.typ", "")]), Err(RenderError::TemplateMissing)));
    }

    #[test]
    fn a_path_that_leaves_the_folder_is_refused() {
        for path in ["templates/../x.typ", "templates/a/b.typ", "queries/x.typ", "templates/.typ", "/etc/passwd"] {
            let refused = templates(&[(MAIN, ""), (path, "")]);
            assert!(matches!(refused, Err(RenderError::TemplatePath(_))), "{path}");
        }
    }

    #[test]
    fn a_syntax_error_is_named_with_its_line() {
        let refused = templates(&[(MAIN, "ok\n\n#let x = (1,\n")]);
        assert!(matches!(refused, Err(RenderError::TemplateSyntax { line: 3, .. })), "{refused:?}");
    }
}
