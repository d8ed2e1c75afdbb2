//! Cursors: where a list goes on, bound to the list that gave them.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{Digest, TenantId};
use serde::{Deserialize, Serialize};

/// Where a list goes on. Opaque to whoever holds it; a cursor of another list is refused.
///
/// It is no secret and grants nothing: what it holds only places the next page inside a list that the asker may read anyway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// Which list: everything that decides what is in it and in which order, but not the size of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(String);

/// Text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It was not given by this API.
    #[error("the cursor is none that this API gave: take it unchanged from `next` of the page before")]
    Malformed,
    /// It is of another list.
    #[error(
        "the cursor is of another list: give it with the parameters of the page that it came from, or begin without"
    )]
    OfAnotherList,
}

// Longer than any sort key with its wrapping.
const LONGEST: usize = 1024;

#[derive(Serialize, Deserialize)]
struct Content {
    list: String,
    after: String,
}

impl Scope {
    /// The list that `path` gives `tenant` for `filters`, in this order.
    pub fn new(tenant: &TenantId, path: &str, filters: &[&str]) -> Self {
        let parts: Vec<&str> = [tenant.as_str(), path].into_iter().chain(filters.iter().copied()).collect();
        // An array of texts always has a JSON form, and no two lists have the same.
        let text = serde_json::to_string(&parts).unwrap_or_default();
        Self(Digest::of(text.as_bytes()).short())
    }
}

impl Cursor {
    /// The cursor with which `list` goes on after `sort_key`.
    pub fn after(list: &Scope, sort_key: &str) -> Self {
        let content = Content { list: list.0.clone(), after: sort_key.to_owned() };
        // Two texts always have a JSON form.
        Self(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&content).unwrap_or_default()))
    }

    /// The sort key after which `list` goes on.
    pub fn sort_key(&self, list: &Scope) -> Result<String, CursorError> {
        if self.0.len() > LONGEST {
            return Err(CursorError::Malformed);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| CursorError::Malformed)?;
        let content: Content = serde_json::from_slice(&bytes).map_err(|_| CursorError::Malformed)?;
        if content.after.is_empty() {
            return Err(CursorError::Malformed);
        }
        if content.list == list.0 { Ok(content.after) } else { Err(CursorError::OfAnotherList) }
    }

    /// The text as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(tenant: &str, filters: &[&str]) -> Scope {
        Scope::new(&TenantId::new(tenant).unwrap(), "/v1/evidence", filters)
    }

    #[test]
    fn a_cursor_goes_on_in_its_own_list_only() {
        let list = scope("acme", &["access-mfa", "2026-07-01T00:00:00Z", ""]);
        let cursor = Cursor::after(&list, "2026-07-02T00:00:00Z/2026-07-02/aws-iam");
        assert_eq!(cursor.sort_key(&list).unwrap(), "2026-07-02T00:00:00Z/2026-07-02/aws-iam");
        for other in [
            scope("globex", &["access-mfa", "2026-07-01T00:00:00Z", ""]),
            scope("acme", &["access-mfa", "", "2026-07-01T00:00:00Z"]),
            scope("acme", &["access-mfa,2026-07-01T00:00:00Z", ""]),
        ] {
            assert_eq!(cursor.sort_key(&other), Err(CursorError::OfAnotherList));
        }
    }

    #[test]
    fn text_that_is_no_cursor_is_refused() {
        let list = scope("acme", &[]);
        let empty = BASE64_URL_SAFE_NO_PAD.encode(r#"{"list":"x","after":""}"#);
        for text in ["", "x", "e30", "ä", &empty, &"A".repeat(4096)] {
            assert_eq!(Cursor::from(text.to_owned()).sort_key(&list), Err(CursorError::Malformed), "{text}");
        }
    }
}
