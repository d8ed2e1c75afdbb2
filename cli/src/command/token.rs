//! `exhibit token`

use super::Output;
use crate::{
    CommandError, ExitCode,
    sealing::OwnLog,
    serving::{Claims, SigningKey},
};
use api::{Identity, Role};
use clap::Args;
use domain::{Actor, EventKind, Timestamp};
use jiff::SignedDuration;
use runtime::{Clock, random_token};
use serde::Serialize;
use std::{collections::BTreeSet, path::Path};

#[derive(Debug, Args)]
pub(super) struct Token {
    /// What its holder may do: admin, engineer, approver, auditor. May be given several times.
    #[arg(long, required = true, value_name = "ROLE", value_parser = parse_role)]
    role: Vec<Role>,
    /// Who holds it; stands in every custody event of theirs.
    #[arg(long, value_name = "NAME")]
    subject: Actor,
    /// For how long it works: 30m, 8h, at most 720h.
    #[arg(long, default_value = "8h", value_name = "TIME", value_parser = parse_valid)]
    valid: SignedDuration,
}

#[derive(Serialize)]
struct Answer {
    token: String,
    tenant: String,
    subject: String,
    roles: BTreeSet<Role>,
    expires_at: Timestamp,
}

const LONGEST: SignedDuration = SignedDuration::from_hours(720);

fn parse_role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|error: api::RoleError| error.to_string())
}

fn parse_valid(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(valid) if SignedDuration::ZERO < valid && valid <= LONGEST => Ok(valid),
        _ => Err("write a time of at most 720 hours, as 30m or 8h".to_owned()),
    }
}

impl Token {
    /// The token alone on the standard output, so that a script can take it.
    /// Whoever makes it makes somebody able to do something: that is told before the token is.
    pub(super) async fn run(self, data: &Path, log: &OwnLog, output: &Output) -> Result<ExitCode, CommandError> {
        let tenant = log.tenant.clone();
        let key = SigningKey::of(data)?;
        let now = Clock::System.now();
        let expires_at = now.checked_add(self.valid).unwrap_or(now);
        let roles: BTreeSet<Role> = self.role.into_iter().collect();
        let (subject, said) = (self.subject.to_string(), tenant.to_string());
        let identity = Identity { tenant, subject: self.subject, roles: roles.clone() };
        let id = random_token();
        let named = roles.iter().map(ToString::to_string).collect();
        let change = EventKind::RoleChanged {
            token: id.clone(),
            subject: identity.subject.clone(),
            roles: named,
            until: Some(expires_at),
        };
        log.storage.custodian.change_role(&log.tenant, &log.actor, change, now).await?;
        let token = Claims::new(identity, now, expires_at).named(id).sign(&key);
        output.say(&token);
        output.answer(&Answer { token, tenant: said, subject, roles, expires_at })?;
        Ok(ExitCode::Done)
    }
}
