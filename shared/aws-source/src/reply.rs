//! An answer, and how it is read.

use crate::Element;
use collecting::CollectError;
use serde::de::DeserializeOwned;
use serde_json::{Error, error::Category};

/// What a service answered.
#[derive(Debug)]
pub struct Reply {
    /// What the answer is called: account, region, service, operation.
    pub name: String,
    /// As received, unpacked.
    pub body: Vec<u8>,
    /// The code, where it is one of the errors that were expected.
    pub code: Option<String>,
}

impl Reply {
    /// The answer as JSON. Messages name members and places, never values.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, CollectError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unusable(told(&error)))
    }

    /// The root element of the answer as XML.
    pub fn xml(&self) -> Result<Element, CollectError> {
        Element::read(&self.body).map_err(|reason| self.unusable(reason.to_owned()))
    }

    /// The refusal of this answer.
    pub fn unusable(&self, reason: String) -> CollectError {
        CollectError::Answer { endpoint: self.name.clone(), reason }
    }
}

fn told(error: &Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = error.to_string();
    match (error.classify(), what.strip_prefix("missing field ")) {
        (Category::Data, Some(field)) => format!("it has no {field}"),
        (Category::Data, None) => format!("a value at line {line}, column {column} is not of its type"),
        _ => format!("it is not whole JSON (line {line}, column {column}); ask again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Count {
        #[serde(rename = "Count")]
        _count: u64,
    }

    #[test]
    fn messages_name_members_and_places_and_no_values() {
        let refused = |body: &str| {
            let reply = Reply { name: "1/r/s/O".to_owned(), body: body.as_bytes().to_vec(), code: None };
            reply.json::<Count>().unwrap_err().to_string()
        };
        assert!(refused("{}").contains("it has no `Count`"), "{}", refused("{}"));
        for body in [r#"{"Count":"hunter2"}"#, r#"{"Count":-7}"#, r#"["hunter2"]"#] {
            let message = refused(body);
            assert!(message.contains("not of its type") && !message.contains("hunter2") && !message.contains('7'));
        }
        assert!(refused(r#"{"Count":1"#).contains("not whole"));
    }
}
