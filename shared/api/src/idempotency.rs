//! `Idempotency-Key`: a repeated request for a report is the same run.

use domain::{Actor, Digest, RunId, TenantId};

/// The value of an `Idempotency-Key` header: chosen by the asker, one for each thing that it wants done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// Text that is no idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Idempotency-Key has to be 1 to 255 printable ASCII characters without spaces, as a UUID is")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The header's name, in lower case.
    pub const HEADER: &'static str = "idempotency-key";

    /// Checks the text of a header.
    pub fn new(text: &str) -> Result<Self, IdempotencyKeyError> {
        let right = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if right { Ok(Self(text.to_owned())) } else { Err(IdempotencyKeyError) }
    }

    /// The text as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The run that this key stands for, of this asker: `idem-` and 32 hexadecimal digits. Nobody else's key gives it.
    pub fn run_id(&self, tenant: &TenantId, subject: &Actor) -> Option<RunId> {
        // None of the three holds a line feed.
        let digest = Digest::of(format!("{tenant}\n{subject}\n{}", self.0).as_bytes());
        let digits: String = digest.to_string().chars().take(32).collect();
        RunId::new(format!("idem-{digits}")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_for_one_run_of_one_asker() {
        let key = IdempotencyKey::new("7c9e6679-7425-40de-944b-e07fc1f90ae7").unwrap();
        let run = |tenant: &str, subject: &str| {
            key.run_id(&TenantId::new(tenant).unwrap(), &Actor::new(subject).unwrap()).unwrap()
        };
        assert_eq!(run("acme", "ana"), run("acme", "ana"));
        assert_ne!(run("acme", "ana"), run("acme", "ben"));
        assert_ne!(run("acme", "ana"), run("globex", "ana"));
        assert_eq!(run("acme", "ana").as_str().len(), "idem-".len() + 32);
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        for text in ["", "a b", "a\nb", "é", &"x".repeat(256)] {
            assert!(IdempotencyKey::new(text).is_err(), "{text:?}");
        }
    }
}
