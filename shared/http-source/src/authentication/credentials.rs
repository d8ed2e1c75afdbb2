//! Credentials of AWS that end, and are asked for again.

#[cfg(feature = "aws")]
pub use lasting::AwsCredentials;

/// Credentials of AWS: without the feature `aws` nobody can make any.
#[cfg(not(feature = "aws"))]
#[derive(Debug, Clone)]
pub struct AwsCredentials(());

#[cfg(not(feature = "aws"))]
impl AwsCredentials {
    /// There are none to forget.
    pub(crate) async fn forget(&self, _: &str) {}
}

#[cfg(feature = "aws")]
mod lasting {
    use crate::exchange::aws;
    use aws_credential_types::{
        Credentials,
        provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
    };
    use collecting::CollectError;
    use std::{
        error::Error,
        fmt,
        sync::Arc,
        time::{Duration, SystemTime},
    };
    use tokio::sync::Mutex;

    // Credentials that are about to end may have ended when the request arrives.
    const MARGIN: Duration = Duration::from_secs(120);
    const WHERE: &str = "the credentials of AWS";

    /// Credentials of AWS: asked for when they are needed, kept until they end. Clones share them.
    #[derive(Clone)]
    pub struct AwsCredentials {
        provider: SharedCredentialsProvider,
        kept: Arc<Mutex<Option<Credentials>>>,
    }

    impl fmt::Debug for AwsCredentials {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("AwsCredentials")
        }
    }

    impl AwsCredentials {
        /// Those that `provider` gives: the default chain of a process, a role that is assumed.
        pub fn new(provider: impl ProvideCredentials + 'static) -> Self {
            Self { provider: SharedCredentialsProvider::new(provider), kept: Arc::default() }
        }

        /// Credentials that are good at `now`.
        pub(crate) async fn current(&self, now: SystemTime) -> Result<Credentials, CollectError> {
            let mut kept = self.kept.lock().await;
            let is_good = |credentials: &&Credentials| credentials.expiry().is_none_or(|expiry| expiry > now + MARGIN);
            if let Some(good) = kept.as_ref().filter(is_good) {
                return Ok(good.clone());
            }
            let fresh = self.provider.provide_credentials().await.map_err(|error| refusal(&error))?;
            Ok(kept.insert(fresh).clone())
        }

        /// Asks for others the next time: the service says that those of `access_key` have ended.
        pub(crate) async fn forget(&self, access_key: &str) {
            self.kept.lock().await.take_if(|kept| kept.access_key_id() == access_key);
        }
    }

    fn refusal(error: &CredentialsError) -> CollectError {
        let (endpoint, reason) = (WHERE.to_owned(), told(error));
        match inmost(error) {
            CredentialsError::CredentialsNotLoaded(_) => CollectError::Source {
                reason: format!(
                    "this process has no credentials of AWS ({reason}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it where a role is given to it"
                ),
            },
            CredentialsError::ProviderTimedOut(_) => CollectError::Unanswered { endpoint, reason },
            CredentialsError::InvalidConfiguration(_) => CollectError::Source { reason: format!("{WHERE}: {reason}") },
            _ if is_no_answer(&reason) => CollectError::Unanswered { endpoint, reason },
            _ => CollectError::Refused { endpoint, reason },
        }
    }

    // The SDK's errors say their code in words; what has none comes of whatever stands before the service.
    fn is_no_answer(reason: &str) -> bool {
        let silent = ["dispatch failure", "timed out", "timeout", "response error"];
        let without_code = reason.contains("unhandled error") && !reason.contains("unhandled error (");
        let mut codes = reason.split(|c: char| !c.is_ascii_alphanumeric());
        without_code || silent.iter().any(|word| reason.contains(word)) || codes.any(aws::passes)
    }

    // A role is assumed with credentials that may be missing themselves.
    fn inmost(error: &CredentialsError) -> &CredentialsError {
        let (mut found, mut next) = (error, error.source());
        while let Some(source) = next {
            found = source.downcast_ref().unwrap_or(found);
            next = source.source();
        }
        found
    }

    // What each error of the chain says of itself; never their debug forms, which hold whole answers.
    fn told(error: &CredentialsError) -> String {
        let mut told = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            told = format!("{told}: {source:.300}");
            next = source.source();
        }
        told
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use aws_credential_types::provider::future;
        use std::sync::atomic::{AtomicUsize, Ordering};

        #[derive(Debug)]
        struct Counting(Arc<AtomicUsize>, Option<SystemTime>);

        impl ProvideCredentials for Counting {
            fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                let key = format!("AKIA{}", self.0.fetch_add(1, Ordering::Relaxed));
                future::ProvideCredentials::ready(Ok(Credentials::new(key, "secret", None, self.1, "test")))
            }
        }

        #[tokio::test]
        async fn credentials_are_kept_until_they_end_or_are_refused() {
            let (asked, now) = (Arc::new(AtomicUsize::new(0)), SystemTime::UNIX_EPOCH);
            let end = now + Duration::from_secs(3600);
            let credentials = AwsCredentials::new(Counting(Arc::clone(&asked), Some(end)));
            for _ in 0..3 {
                assert_eq!(credentials.clone().current(now).await.unwrap().access_key_id(), "AKIA0");
            }
            // Whoever comes late with the same refusal finds that it was done.
            for _ in 0..3 {
                credentials.forget("AKIA0").await;
                assert_eq!(credentials.current(now).await.unwrap().access_key_id(), "AKIA1");
            }
            let late = end - Duration::from_secs(60);
            assert_eq!(credentials.current(late).await.unwrap().access_key_id(), "AKIA2");
            assert_eq!(asked.load(Ordering::Relaxed), 3);
        }

        #[test]
        fn what_is_missing_is_told_from_what_is_refused_or_silent() {
            let none = refusal(&CredentialsError::not_loaded("no providers in chain")).to_string();
            assert!(none.contains("AWS_PROFILE") && none.contains("no providers in chain"), "{none}");
            let silent = refusal(&CredentialsError::provider_timed_out(Duration::from_secs(1)));
            assert!(matches!(silent, CollectError::Unanswered { .. }), "{silent}");
            let refused = refusal(&CredentialsError::provider_error("AccessDenied"));
            assert!(matches!(refused, CollectError::Refused { .. }), "{refused}");
        }
    }
}
