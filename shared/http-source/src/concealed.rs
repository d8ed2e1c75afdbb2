//! What may stand nowhere: secrets, in each form in which they are sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use memchr::memmem;
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
        for form in [secret.to_owned(), plain, form, crate::address::segment(secret), STANDARD.encode(secret)] {
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
        let text = text.to_ascii_lowercase();
        self.0.iter().any(|secret| text.contains(&secret.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_form() {
        let mut concealed = Concealed::default();
        concealed.add("hunter2 \"&/x");
        for form in ["a hunter2 \"&/x b", "hunter2 \\\"&/x", "hunter2+%22%26%2Fx", "hunter2%20%22%26%2Fx", "aHVudGVyMiAiJi94"] {
            assert!(concealed.is_in(form.as_bytes()) && concealed.is_in_text(form), "{form}");
        }
        assert!(!concealed.is_in(b"hunter2") && !format!("{concealed:?}").contains("hunter2"));
        concealed.add("abc");
        assert!(concealed.is_in_text("xaBcx") && !concealed.is_in(b"xabcx"));
    }
}
