//! Who asks: headers that prove it, made from secrets by name.

mod credentials;
mod signature;
mod token;

pub use credentials::AwsCredentials;
pub(crate) use signature::Signature;
pub(crate) use token::{Token, TokenRequest};

use crate::{
    concealed::Concealed,
    exchange::{Meaning, Proof, Reply, aws},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use catalog::{Authentication, HttpAccess};
use collecting::{CollectError, Secret, Secrets};
use std::time::SystemTime;

/// How requests are proven.
pub(crate) enum Proving {
    /// By the same headers each time.
    Always(Vec<Proof>),
    /// By a token that is asked for.
    Token(TokenRequest, Option<Token>),
    /// By a signature of each request.
    Signature(Signature),
}

impl Proving {
    /// What an answer means for whoever asked so.
    pub(crate) fn meaning(&self, reply: &Reply, now: SystemTime) -> Meaning {
        match (self, reply.meaning(now)) {
            (Proving::Signature(_), _) => aws::meaning(reply, now),
            (Proving::Token(..), Meaning::Denied) if reply.status == 401 => Meaning::Ended,
            (_, meaning) => meaning,
        }
    }

    /// What to look at when a source refuses whoever asks.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Proving::Signature(_) => "look at what whoever asks may do",
            Proving::Always(_) | Proving::Token(..) => "look at the secret and at what it may read",
        }
    }

    /// Forgets what has ended.
    pub(crate) async fn forget(&mut self) {
        match self {
            Proving::Always(_) => {}
            Proving::Token(_, token) => *token = None,
            Proving::Signature(signature) => signature.forget().await,
        }
    }
}

/// Gets the secret of `access` and notes what may be shown nowhere.
pub(crate) async fn proving(
    access: &HttpAccess,
    secrets: &Secrets,
    aws: Option<&AwsCredentials>,
    concealed: &mut Concealed,
) -> Result<Proving, CollectError> {
    let Some(authentication) = &access.authentication else { return Ok(Proving::Always(Vec::new())) };
    let name = match authentication {
        Authentication::Bearer { secret }
        | Authentication::Basic { secret, .. }
        | Authentication::Header { secret, .. }
        | Authentication::OAuth2 { secret, .. } => secret,
        Authentication::Aws { service, region } => return signature(service, region, aws),
    };
    let secret = secrets.get(name).await?;
    concealed.add(secret.expose());
    match authentication {
        Authentication::OAuth2 { token_address, client, scope, .. } => {
            let request =
                TokenRequest::new(token_address, access.private, client, &secret, scope.as_deref(), concealed)?;
            Ok(Proving::Token(request, None))
        }
        other => Ok(Proving::Always(header(other, &secret, concealed).into_iter().collect())),
    }
}

fn signature(service: &str, region: &str, credentials: Option<&AwsCredentials>) -> Result<Proving, CollectError> {
    let Some(credentials) = credentials else {
        let reason = "the scheme \"aws\" needs AWS: this process has no credentials of it".to_owned();
        return Err(CollectError::Source { reason });
    };
    Ok(Proving::Signature(Signature::new(credentials, service, region)))
}

fn header(authentication: &Authentication, secret: &Secret, concealed: &mut Concealed) -> Option<Proof> {
    let secret = secret.expose();
    let (name, value) = match authentication {
        Authentication::Bearer { .. } => ("authorization", format!("Bearer {secret}")),
        Authentication::Basic { user, .. } => ("authorization", basic(user, secret, concealed)),
        Authentication::Header { name, prefix, .. } => (name.as_str(), format!("{prefix}{secret}")),
        Authentication::OAuth2 { .. } | Authentication::Aws { .. } => return None,
    };
    Some(Proof { name: name.to_owned(), value })
}

/// The header of RFC 7617.
fn basic(user: &str, secret: &str, concealed: &mut Concealed) -> String {
    let both = STANDARD.encode(format!("{user}:{secret}"));
    concealed.add(&both);
    format!("Basic {both}")
}
