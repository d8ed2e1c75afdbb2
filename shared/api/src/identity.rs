//! Who asks: from the claims of a token that was checked before, never from the request.

use domain::{Actor, TenantId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Collects, hands documents in, asks for reports, reads.
    Engineer,
    /// Decides about documents, asks for reports, reads.
    Approver,
    /// Reads.
    Auditor,
}

/// Text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role: write admin, engineer, approver or auditor")]
pub struct RoleError(String);

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose evidence they see.
    pub tenant: TenantId,
    /// The person or the service.
    pub subject: Actor,
    /// What they may do. May be empty: then nothing.
    pub roles: BTreeSet<Role>,
}

/// Under which names a token's claims say who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The tenant: `custom:tenant`.
    pub tenant: String,
    /// The roles: `cognito:groups`.
    pub roles: String,
}

/// Claims that say of nobody who asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A claim is not there.
    #[error("the token has no claim {0:?}: ask whoever issues your tokens for it")]
    Absent(String),
    /// A claim says something that it cannot say.
    #[error("the token's claim {claim:?} cannot be used: {reason}")]
    Unusable {
        /// The claim.
        claim: String,
        /// Why not.
        reason: String,
    },
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Admin, Role::Engineer, Role::Approver, Role::Auditor];

    /// The name as tokens and `infra/openapi.yaml` spell it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Engineer => "engineer",
            Role::Approver => "approver",
            Role::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(text: &str) -> Result<Self, RoleError> {
        Role::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| RoleError(text.to_owned()))
    }
}

impl Identity {
    /// Reads an identity out of claims that were checked: `claim` gives each as text.
    pub fn from_claims<'a>(names: &ClaimNames, claim: impl Fn(&str) -> Option<&'a str>) -> Result<Self, IdentityError> {
        let required = |name: &str| claim(name).ok_or_else(|| IdentityError::Absent(name.to_owned()));
        let unusable = |name: &str, reason: domain::IdentifierError| IdentityError::Unusable {
            claim: name.to_owned(),
            reason: reason.to_string(),
        };
        Ok(Self {
            tenant: required(&names.tenant)?.parse().map_err(|reason| unusable(&names.tenant, reason))?,
            subject: required("sub")?.parse().map_err(|reason| unusable("sub", reason))?,
            roles: claim(&names.roles).map(|claim| roles(&names.roles, claim)).unwrap_or_default(),
        })
    }

    /// Whether one of `roles` is theirs.
    pub fn has_one_of(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

// API Gateway writes a claim that is a list as `[admin engineer]`; some issuers give one text, `admin engineer`. Nothing else separates:
// a group may have any other sign in its name, and a group called `x,admin` is not the group `admin`.
//
// A group `Database admin` reads as two words. No group of Cognito has a space in its name, so other groups beside the roles do no harm there; of
// any other issuer a claim with a word that is no role gives none.
fn roles(name: &str, claim: &str) -> BTreeSet<Role> {
    let listed = claim.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(claim);
    let words: Vec<Option<Role>> = listed.split(' ').map(|word| word.parse().ok()).collect();
    if name != OF_COGNITO && words.contains(&None) {
        return BTreeSet::new();
    }
    words.into_iter().flatten().collect()
}

const OF_COGNITO: &str = "cognito:groups";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_api_gateway_and_others_write_them() {
        let both = BTreeSet::from([Role::Admin, Role::Engineer]);
        for text in ["[admin engineer]", "admin engineer", "[engineer others admin]"] {
            assert_eq!(roles(OF_COGNITO, text), both, "{text}");
        }
        assert_eq!(roles("roles", "admin engineer"), both);
        assert_eq!(roles("roles", "admin"), BTreeSet::from([Role::Admin]));
        let none = ["", "[]", "Admin", "administrator", "[[admin]]", "[x,admin]", "[\"admin\"]", "admin\u{a0}engineer"];
        for text in none {
            assert!(roles(OF_COGNITO, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_group_with_a_space_in_its_name_is_no_role() {
        for text in ["[Database admin]", "Database admin", "[auditor read-only engineer]"] {
            assert!(roles("roles", text).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_identity_needs_a_tenant_and_a_subject_but_no_role() {
        let names = ClaimNames { tenant: "custom:tenant".to_owned(), roles: "cognito:groups".to_owned() };
        let read = |claims: &[(&str, &'static str)]| {
            let claims: Vec<(String, &'static str)> =
                claims.iter().map(|(name, text)| ((*name).to_owned(), *text)).collect();
            Identity::from_claims(&names, |name| claims.iter().find(|(known, _)| known == name).map(|(_, text)| *text))
        };
        let ana = read(&[("custom:tenant", "acme"), ("sub", "ana"), ("cognito:groups", "[auditor]")]).unwrap();
        assert!(ana.has_one_of(&[Role::Auditor]) && !ana.has_one_of(&[Role::Admin]));
        assert!(read(&[("custom:tenant", "acme"), ("sub", "ana")]).unwrap().roles.is_empty());
        assert_eq!(read(&[("sub", "ana")]), Err(IdentityError::Absent("custom:tenant".to_owned())));
        assert!(matches!(read(&[("custom:tenant", "../x"), ("sub", "ana")]), Err(IdentityError::Unusable { .. })));
    }
}
