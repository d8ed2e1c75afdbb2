//! Who asks: the process itself, and the roles that it assumes.

#[cfg(feature = "aws")]
pub use known::Identities;
#[cfg(not(feature = "aws"))]
pub use unknown::Identities;

#[cfg(feature = "aws")]
mod known {
    use aws_config::{
        BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig,
    };
    use aws_smithy_http_client::{
        Builder,
        tls::{Provider, rustls_provider::CryptoMode},
    };
    use collecting::CollectError;
    use domain::Slot;
    use http_source::AwsCredentials;
    use std::{fmt, sync::Arc, time::Duration};
    use tokio::sync::OnceCell;

    const ATTEMPTS: u32 = 4;
    const CONNECT: Duration = Duration::from_secs(3);
    const ANSWER: Duration = Duration::from_secs(30);
    // What a session of STS may be called.
    const LONGEST_NAME: usize = 64;

    /// Who asks: what a process has to prove itself with, and where it is led to.
    #[derive(Clone)]
    pub struct Identities {
        given: Option<SdkConfig>,
        found: Arc<OnceCell<SdkConfig>>,
    }

    impl fmt::Debug for Identities {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Identities")
        }
    }

    impl Identities {
        /// The default chain of this process: environment, profile, container, machine. It is looked through when it is first needed.
        pub fn of_environment() -> Self {
            Self { given: None, found: Arc::default() }
        }

        /// The credentials, the endpoint and the connections of `config`.
        pub fn of(config: SdkConfig) -> Self {
            Self { given: Some(config), found: Arc::default() }
        }

        /// Where an emulator is, instead of AWS.
        pub(crate) async fn endpoint(&self) -> Option<String> {
            self.config().await.endpoint_url().map(|endpoint| endpoint.trim_end_matches('/').to_owned())
        }

        /// Who this process is.
        pub(crate) async fn own(&self) -> Result<AwsCredentials, CollectError> {
            let none = || CollectError::Source { reason: "this process was given no credentials of AWS".to_owned() };
            self.config().await.credentials_provider().map(AwsCredentials::new).ok_or_else(none)
        }

        /// Who has assumed `role` to fill `slot`, by STS in `region`.
        pub(crate) async fn assumed(
            &self,
            role: &str,
            slot: &Slot,
            region: &str,
        ) -> Result<AwsCredentials, CollectError> {
            let provider = AssumeRoleProvider::builder(role)
                .configure(self.config().await)
                .region(Region::new(region.to_owned()))
                .session_name(session_name(slot.evidence_id().as_str()));
            Ok(AwsCredentials::new(provider.build().await))
        }

        async fn config(&self) -> &SdkConfig {
            match &self.given {
                Some(given) => given,
                None => self.found.get_or_init(of_process).await,
            }
        }
    }

    // Its region is nobody's: each request says its own. Left open, it would be looked for on the machine's network.
    async fn of_process() -> SdkConfig {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts)
            .region(
                aws_config::meta::region::RegionProviderChain::first_try(
                    aws_config::environment::EnvironmentVariableRegionProvider::new(),
                )
                .or_else("us-east-1"),
            )
            .load()
            .await
    }

    // The end of the slot's name tells more than its beginning: source and period.
    fn session_name(slot: &str) -> String {
        let name = format!("exhibit-{slot}");
        let over = name.len().saturating_sub(LONGEST_NAME);
        format!("exhibit-{}", slot.get(over..).unwrap_or(slot))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_session_is_called_as_its_slot_and_fits() {
            assert_eq!(session_name("aws-mfa.aws.2026-07-01"), "exhibit-aws-mfa.aws.2026-07-01");
            let long = session_name(&format!("{}.aws-accounts.2026-07-01", "a".repeat(60)));
            assert!(long.len() == 64 && long.starts_with("exhibit-a") && long.ends_with("a.aws-accounts.2026-07-01"));
        }
    }
}

#[cfg(not(feature = "aws"))]
mod unknown {
    use collecting::CollectError;
    use domain::Slot;
    use http_source::AwsCredentials;

    /// Who asks: nobody, without the feature `aws`.
    #[derive(Debug, Clone)]
    pub struct Identities(());

    impl Identities {
        /// Those of a program that was built without AWS: it has none.
        pub fn of_environment() -> Self {
            Self(())
        }

        pub(crate) async fn endpoint(&self) -> Option<String> {
            None
        }

        pub(crate) async fn own(&self) -> Result<AwsCredentials, CollectError> {
            let reason = "this program was built without the feature \"aws\": build it with it".to_owned();
            Err(CollectError::Source { reason })
        }

        pub(crate) async fn assumed(&self, _: &str, _: &Slot, _: &str) -> Result<AwsCredentials, CollectError> {
            self.own().await
        }
    }
}
