//! Tokens of the embedded variant: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 (`HS256`).
//!
//! One header, one algorithm, one key: a token whose header is another text than ours is none of ours, so that there is nothing to choose.

use super::key::{Purpose, SigningKey};
use api::{Identity, Role};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{Actor, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: [`Claims::ISSUER`].
    pub iss: String,
    /// What it is for: [`Claims::AUDIENCE`].
    pub aud: String,
    /// Who asks with it.
    pub sub: Actor,
    /// Whose evidence they see.
    pub tenant: TenantId,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when on it is over, in seconds since 1970.
    pub exp: i64,
    /// Its id: the custody event that tells of its making has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// Why a token is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was not made with this key, or it was changed.
    #[error("the token does not verify: it was not made by `exhibit token` for this data directory")]
    Forged,
    /// It is for something else.
    #[error("the token is not for this API: make one with `exhibit token`")]
    ForOthers,
    /// It is over.
    #[error("the token has expired: make a new one with `exhibit token`")]
    Expired,
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

impl Claims {
    /// The issuer of every token.
    pub const ISSUER: &'static str = "exhibit token";
    /// The audience of every token.
    pub const AUDIENCE: &'static str = "exhibit serve";

    /// Claims that say who asks, from `now` until `until`.
    pub fn new(identity: Identity, now: Timestamp, until: Timestamp) -> Self {
        Self {
            iss: Self::ISSUER.to_owned(),
            aud: Self::AUDIENCE.to_owned(),
            sub: identity.subject,
            tenant: identity.tenant,
            roles: identity.roles,
            iat: now.as_second(),
            exp: until.as_second(),
            jti: None,
        }
    }

    /// The same under an id.
    pub fn named(self, id: String) -> Self {
        Self { jti: Some(id), ..self }
    }

    /// The token that says this.
    pub fn sign(&self, key: &SigningKey) -> String {
        // Texts and numbers always have a JSON form.
        let content = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default());
        let signed = format!("{}.{content}", header());
        let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(Purpose::Token, &signed));
        format!("{signed}.{signature}")
    }

    /// Who asks with `token` at `now`, when it was made with `key` and holds.
    pub fn check(token: &str, key: &SigningKey, now: Timestamp) -> Result<Identity, TokenError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Forged)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Forged)?;
        let (told, content) = signed.split_once('.').ok_or(TokenError::Forged)?;
        if told != header() || !key.is_signature(Purpose::Token, signed, &signature) {
            return Err(TokenError::Forged);
        }
        let content = BASE64_URL_SAFE_NO_PAD.decode(content).map_err(|_| TokenError::Forged)?;
        let claims: Claims = serde_json::from_slice(&content).map_err(|_| TokenError::ForOthers)?;
        claims.hold(now)
    }

    fn hold(self, now: Timestamp) -> Result<Identity, TokenError> {
        if self.iss != Self::ISSUER || self.aud != Self::AUDIENCE {
            return Err(TokenError::ForOthers);
        }
        if self.exp <= now.as_second() {
            return Err(TokenError::Expired);
        }
        Ok(Identity { tenant: self.tenant, subject: self.sub, roles: self.roles })
    }
}

fn header() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn claims() -> Claims {
        let identity = Identity {
            tenant: "acme".parse().unwrap(),
            subject: "ana@acme.example".parse().unwrap(),
            roles: BTreeSet::from([Role::Auditor]),
        };
        Claims::new(identity, at("2026-08-01T00:00:00Z"), at("2026-08-01T08:00:00Z"))
    }

    fn key() -> SigningKey {
        SigningKey::of(tempfile::tempdir().unwrap().path()).unwrap()
    }

    #[test]
    fn a_token_says_who_asks_until_it_expires() {
        let key = key();
        let token = claims().sign(&key);
        let identity = Claims::check(&token, &key, at("2026-08-01T07:59:59Z")).unwrap();
        assert_eq!((identity.tenant.as_str(), identity.subject.as_str()), ("acme", "ana@acme.example"));
        assert_eq!(identity.roles, BTreeSet::from([Role::Auditor]));
        assert_eq!(Claims::check(&token, &key, at("2026-08-01T08:00:00Z")), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_that_was_changed_or_is_anothers_is_refused() {
        let (key, now) = (key(), at("2026-08-01T01:00:00Z"));
        let token = claims().sign(&key);
        let [header, content, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let more = Claims { roles: BTreeSet::from(Role::ALL), ..claims() };
        let more = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&more).unwrap());
        let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let forged = [
            String::new(),
            "..".to_owned(),
            format!("{header}.{more}.{signature}"),
            format!("{unsigned}.{content}."),
            format!("{unsigned}.{content}.{signature}"),
            format!("{header}.{content}."),
            format!("{header}.{content}.{signature}x"),
            format!("{header}.{content}"),
            claims().sign(&self::key()),
        ];
        for token in forged {
            assert_eq!(Claims::check(&token, &key, now), Err(TokenError::Forged), "{token}");
        }
    }

    #[test]
    fn a_token_for_something_else_is_refused() {
        let (key, now) = (key(), at("2026-08-01T01:00:00Z"));
        for other in [Claims { aud: "other".to_owned(), ..claims() }, Claims { iss: "other".to_owned(), ..claims() }] {
            assert_eq!(Claims::check(&other.sign(&key), &key, now), Err(TokenError::ForOthers));
        }
    }
}
