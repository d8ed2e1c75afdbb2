//! One HTML file of its parts, with a policy that lets nothing run but them.

use crate::{Result, TaskError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;

/// What the page consists of.
pub struct Parts<'a> {
    /// HTML, with a `{{name}}` for each of the others.
    pub page: String,
    /// CSS.
    pub style: String,
    /// What runs in the page.
    pub script: String,
    /// What runs beside it.
    pub worker: String,
    /// The WebAssembly module.
    pub program: &'a [u8],
}

impl Parts<'_> {
    /// The file. The same parts give the same bytes. Fails when a part would end its own element, or the page has no place for it.
    pub fn assemble(&self) -> Result<String> {
        let packed = STANDARD.encode(gzip(self.program)?);
        let digest: String = Sha256::digest(self.program).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut page = self.page.clone();
        for (name, value) in [
            ("policy", self.policy().as_str()),
            ("style", &self.style),
            ("script", &self.script),
            ("worker", &self.worker),
            ("program-digest", &digest),
            ("program", &packed),
        ] {
            page = filled(&page, name, value)?;
        }
        Ok(page)
    }

    /// Nothing may be fetched, sent, framed or submitted; this script and this style may run, and WebAssembly, in a worker of the page's own.
    fn policy(&self) -> String {
        let (script, style) = (source(&self.script), source(&self.style));
        format!(
            "default-src 'none'; script-src {script} 'wasm-unsafe-eval'; style-src {style}; worker-src blob:; \
             connect-src 'none'; base-uri 'none'; form-action 'none'"
        )
    }
}

/// An inline text as a policy names it.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.map_err(|source| TaskError::File { path: "the program, packed".to_owned(), source })
}

fn filled(page: &str, name: &str, value: &str) -> Result<String> {
    let wrong = |message: &str| TaskError::Usage(format!("page/html: the part {name:?} {message}"));
    if value.contains("</script") || value.contains("</style") {
        return Err(wrong("would end the element that it stands in"));
    }
    let place = format!("{{{{{name}}}}}");
    match page.matches(&place).count() {
        1 => Ok(page.replace(&place, value)),
        _ => Err(wrong("has not one place in page.html")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts<'static> {
        let page = "{{policy}}|{{style}}|{{script}}|{{worker}}|{{program-digest}}|{{program}}".to_owned();
        Parts { page, style: "p {}".into(), script: "run();".into(), worker: "work();".into(), program: b"wasm" }
    }

    #[test]
    fn the_policy_names_what_stands_in_the_page_and_forbids_every_connection() {
        let page = parts().assemble().unwrap();
        let policy = page.split('|').next().unwrap();
        // printf 'run();' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("script-src 'sha256-vUOElbTHLp1UxxGV/I6teJfpCV5vgaasYjEhPKN2fqQ=' 'wasm-unsafe-eval'"),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none';") && policy.contains("connect-src 'none'"), "{policy}");
    }

    #[test]
    fn the_same_parts_give_the_same_page() {
        assert_eq!(parts().assemble().unwrap(), parts().assemble().unwrap());
    }

    #[test]
    fn a_part_that_ends_its_element_or_has_no_place_is_refused() {
        let ending = Parts { worker: "'</script>'".into(), ..parts() };
        assert!(ending.assemble().is_err());
        let without = Parts { page: "{{policy}}".into(), ..parts() };
        assert!(without.assemble().is_err());
    }
}
