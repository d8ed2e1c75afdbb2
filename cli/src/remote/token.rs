//! The token that says who asks. It comes from a file or the environment, never from the command line, which other users can read.

use super::RemoteError;
use std::{fs, path::Path};

/// A bearer token. It is never shown.
#[derive(Clone)]
pub struct Token(String);

const LARGEST: usize = 16 << 10;

impl Token {
    /// The environment's variable.
    pub const VARIABLE: &'static str = "EXHIBIT_TOKEN";

    /// The token in `file`, or else the `variable`'s value.
    pub fn read(file: Option<&Path>, variable: Option<String>) -> Result<Self, RemoteError> {
        let text = match (file, variable) {
            (Some(path), _) => fs::read_to_string(path)
                .map_err(|error| RemoteError::Token(format!("the token file {}: {error}", path.display())))?,
            (None, Some(value)) => value,
            (None, None) => {
                let message = "an Exhibit has to know who asks: set EXHIBIT_TOKEN or give --token-file".to_owned();
                return Err(RemoteError::Token(message));
            }
        };
        let token = text.trim();
        let sound = (1..=LARGEST).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        let wrong = || RemoteError::Token("the token is none: it has to be one word, as the issuer gave it".to_owned());
        if sound { Ok(Self(format!("Bearer {token}"))) } else { Err(wrong()) }
    }

    pub(super) fn header(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_before_the_environment_and_one_word_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "of-file\n").unwrap();
        assert_eq!(Token::read(Some(&path), Some("of-variable".to_owned())).unwrap().header(), "Bearer of-file");
        assert_eq!(Token::read(None, Some("of-variable".to_owned())).unwrap().header(), "Bearer of-variable");
        for text in ["", "two words", "line\nfeed", "é"] {
            let error = Token::read(None, Some(text.to_owned())).map(drop).unwrap_err();
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
        }
        assert!(Token::read(None, None).map(drop).unwrap_err().to_string().contains("EXHIBIT_TOKEN"));
    }
}
