//! What may stand nowhere: secrets, in each form in which they are sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use memchr::memmem;
use percent_encoding::percent_decode_str;
use std::fmt;

/// Secrets that were sent, in every form that an answer could give back.
#[derive(Clone, Default)]
pub(crate) struct Concealed(Vec<String>);

// A shorter text is in many answers by chance; messages are searched for it all the same.
const TELLING: usize = 8;

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Concealed")
    }
}

impl Concealed {
    /// Adds a secret.
    pub(crate) fn add(&mut self, secret: &str) {
        let json = serde_json::Value::from(secret).to_string();
        let plain = json.get(1..json.len() - 1).unwrap_or_default().to_owned();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [
            secret.to_owned(),
            plain.replace('/', "\\/"),
            plain,
            form,
            crate::address::segment(secret),
            STANDARD.encode(secret),
        ] {
            if !form.is_empty() && !self.0.contains(&form) {
                self.0.push(form);
            }
        }
    }

    /// Whether an answer holds one of them.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let telling = self.0.iter().filter(|secret| secret.len() >= TELLING);
        telling.into_iter().any(|secret| memmem::find(bytes, secret.as_bytes()).is_some())
    }

    /// Whether a text that is told holds one of them, however short, and in whatever case: hosts and types are told in lower case.
    pub(crate) fn is_in_text(&self, text: &str) -> bool {
        written(text).any(|text| self.0.iter().any(|secret| text.contains(&secret.to_ascii_lowercase())))
    }

    /// Whether an address holds one of them, whichever of its characters are encoded.
    pub(crate) fn is_in_address(&self, address: &str) -> bool {
        let telling = |secret: &&String| secret.len() >= TELLING;
        written(address)
            .any(|text| self.0.iter().filter(telling).any(|secret| text.contains(&secret.to_ascii_lowercase())))
    }
}

/// A text as it is written, and as it means when it is an address, in lower case.
fn written(text: &str) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    [text, &decoded, &decoded.replace('+', " ")].map(str::to_ascii_lowercase).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_form() {
        let mut concealed = Concealed::default();
        concealed.add("hunter2 \"&/x");
        for form in
            ["a hunter2 \"&/x b", "hunter2 \\\"&/x", "hunter2+%22%26%2Fx", "hunter2%20%22%26%2Fx", "aHVudGVyMiAiJi94"]
        {
            assert!(concealed.is_in(form.as_bytes()) && concealed.is_in_text(form), "{form}");
        }
        assert!(!concealed.is_in(b"hunter2") && !format!("{concealed:?}").contains("hunter2"));
        assert!(
            concealed.is_in_address("https://a/?x=hunter2%20%22%26/x")
                && !concealed.is_in_address("https://a/?x=hunter2")
        );
        concealed.add("abc");
        assert!(concealed.is_in_text("xaBcx") && !concealed.is_in(b"xabcx"));
    }
}
