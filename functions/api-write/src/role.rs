//! What whoever acts may do is in the log before they act.

use crate::Writing;
use api::{Identity, Refused};

/// Who tells the log what somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roles {
    /// Whoever issues the tokens, when they issue one.
    ToldByIssuer,
    /// Nobody: tokens are of an issuer that knows nothing of the log. Roles are told when somebody acts with them for the first time.
    ToldHere,
}

/// Records the roles that somebody acts with, if they are other than those that were seen last. To be called when all else is checked, right
/// before what was asked is done.
pub(crate) async fn tell<S>(writing: &Writing<S>, identity: &Identity) -> Result<(), Refused> {
    if writing.roles == Roles::ToldByIssuer {
        return Ok(());
    }
    let roles: Vec<String> = identity.roles.iter().map(ToString::to_string).collect();
    let (custodian, now) = (&writing.storage.custodian, writing.clock.now());
    custodian.role_seen(&identity.tenant, &identity.subject, &roles, now).await?;
    Ok(())
}
