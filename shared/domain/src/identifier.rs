//! Checked names. Each is a plain string on the wire and cannot be built from text that could be a path, a query or markup.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Text that is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {what}: {rule}")]
pub struct IdentifierError {
    what: &'static str,
    text: String,
    rule: &'static str,
}

const KEBAB: &str = "use 1 to 64 of a-z, 0-9 and '-', starting and ending with a letter or digit";
const REQUIREMENT: &str = "use 1 to 64 of A-Z, a-z, 0-9 and . ( ) -, starting with a letter or digit";
const ACTOR: &str = "use 1 to 128 printable ASCII characters without spaces";
const RUN: &str = "use 1 to 64 of A-Z, a-z, 0-9 and '-'";

fn is_kebab(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_requirement(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '(' | ')' | '-');
    (1..=64).contains(&text.len()) && text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_actor(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

fn is_run(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:ident, $rule:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and keeps it. Fails with the rule that it breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, IdentifierError> {
                let text = text.into();
                if $check(&text) { Ok(Self(text)) } else { Err(IdentifierError { what: $what, text, rule: $rule }) }
            }

            /// The text as it was checked.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// An organisation whose evidence is kept apart from every other's: `acme`.
    TenantId, "tenant", is_kebab, KEBAB
);
identifier!(
    /// What the organisation does about requirements: `access-mfa`.
    ControlId, "control id", is_kebab, KEBAB
);
identifier!(
    /// One system that answers: `aws-iam`.
    SourceId, "source id", is_kebab, KEBAB
);
identifier!(
    /// A named, versioned question: `iam-credential-report`.
    QueryName, "query name", is_kebab, KEBAB
);
identifier!(
    /// A standard: `soc2`, `pci-dss-4.0.1` is written `pci-dss`.
    FrameworkId, "framework id", is_kebab, KEBAB
);
identifier!(
    /// The name of a secret, never the secret itself: `github-token`.
    SecretName, "name of a secret", is_kebab, KEBAB
);
identifier!(
    /// A document that people hand in, or a kind of such: `access-policy`.
    DocumentName, "name of a document", is_kebab, KEBAB
);
identifier!(
    /// A legal hold: `case-2026-17`.
    HoldName, "name of a hold", is_kebab, KEBAB
);
identifier!(
    /// One numbered demand of a framework, as the standard writes it: `CC6.1`, `164.312(d)`, `A.5.15`.
    RequirementId, "requirement id", is_requirement, REQUIREMENT
);
identifier!(
    /// Who does something: a service account or a person, `arn:aws:iam::1:role/x`, `ana@acme.example`.
    Actor, "actor", is_actor, ACTOR
);
identifier!(
    /// One request for a report. Chosen by the edge; a repeated request carries the same one.
    RunId, "run id", is_run, RUN
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_paths_queries_or_markup_are_refused() {
        for text in ["", "../x", "a/b", "a b", "A", "-a", "a-", "a.b", "a'--", "é", &"x".repeat(65)] {
            assert!(ControlId::new(text).is_err(), "{text:?}");
        }
        for text in ["", "CC6.1/..", ".hidden", "a b", "#set"] {
            assert!(RequirementId::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_standards_own_numbering_is_kept() {
        for text in ["CC6.1", "8.3.1", "164.312(a)(2)(i)", "A.5.15", "Art.32-1", "ITGC-AC-01"] {
            assert_eq!(RequirementId::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn reading_checks_too() {
        assert!(serde_json::from_str::<SourceId>("\"../etc\"").is_err());
        assert_eq!(serde_json::from_str::<SourceId>("\"aws-iam\"").unwrap().as_str(), "aws-iam");
    }
}
