//! Requests signed for AWS (Signature Version 4), with credentials that the caller gives.

use super::AwsCredentials;

/// What requests are signed for, and with what.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "nothing is signed without the feature"))]
pub(crate) struct Signature {
    pub(crate) credentials: AwsCredentials,
    pub(crate) service: String,
    pub(crate) region: String,
    /// The access key of the last signature.
    pub(crate) used: Option<String>,
}

impl Signature {
    /// For a service in a region.
    pub(crate) fn new(credentials: &AwsCredentials, service: &str, region: &str) -> Self {
        Self { credentials: credentials.clone(), service: service.to_owned(), region: region.to_owned(), used: None }
    }

    /// Lets the credentials of the last signature be asked for anew, unless somebody did it already.
    pub(crate) async fn forget(&self) {
        if let Some(used) = &self.used {
            self.credentials.forget(used).await;
        }
    }
}

#[cfg(not(feature = "aws"))]
mod signing {
    use super::Signature;
    use crate::{concealed::Concealed, exchange::Proof, filling::Sent};
    use collecting::CollectError;
    use std::time::SystemTime;

    impl Signature {
        /// Why nothing can be signed here.
        pub(crate) async fn proofs(
            &mut self,
            _: &Sent,
            _: SystemTime,
            _: &mut Concealed,
        ) -> Result<Vec<Proof>, CollectError> {
            let reason = "requests to AWS need the feature \"aws\", which this program was built without".to_owned();
            Err(CollectError::Source { reason })
        }
    }
}

#[cfg(feature = "aws")]
mod signing {
    use super::Signature;
    use crate::{concealed::Concealed, exchange::Proof, filling::Sent};
    use aws_credential_types::Credentials;
    use aws_sigv4::{
        http_request::{
            PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
            UriPathNormalizationMode, sign,
        },
        sign::v4,
    };
    use collecting::CollectError;
    use std::{error::Error, time::SystemTime};

    impl Signature {
        /// The headers that sign `sent` at `now`. What may be shown nowhere is noted in `concealed`.
        pub(crate) async fn proofs(
            &mut self,
            sent: &Sent,
            now: SystemTime,
            concealed: &mut Concealed,
        ) -> Result<Vec<Proof>, CollectError> {
            let credentials = self.credentials.current(now).await?;
            self.used = Some(credentials.access_key_id().to_owned());
            concealed.add(credentials.secret_access_key());
            credentials.session_token().iter().for_each(|token| concealed.add(token));
            // Its errors are about what the request is made of, never about the credentials.
            let refuse = |error| CollectError::Source { reason: format!("the request cannot be signed: {error}") };
            self.signed(sent, now, credentials).map_err(refuse)
        }

        fn signed(&self, sent: &Sent, now: SystemTime, with: Credentials) -> Result<Vec<Proof>, Box<dyn Error>> {
            let identity = with.into();
            let parameters = v4::SigningParams::builder()
                .identity(&identity)
                .region(&self.region)
                .name(&self.service)
                .time(now)
                .settings(settings(&self.service))
                .build()?
                .into();
            let body = SignableBody::Bytes(sent.body.as_deref().unwrap_or_default());
            let headers = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let request = SignableRequest::new(&sent.method, &sent.address, headers, body)?;
            let (instructions, _) = sign(request, &parameters)?.into_parts();
            let proof = |(name, value): (&str, &str)| Proof { name: name.to_owned(), value: value.to_owned() };
            Ok(instructions.headers().map(proof).collect())
        }
    }

    // S3 takes a path as it is; all others encode it again.
    fn settings(service: &str) -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        settings
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::AwsCredentials;
        use std::{collections::BTreeMap, time::Duration};

        #[tokio::test]
        async fn what_a_request_says_in_headers_is_signed() {
            let own = Credentials::new("AKIDEXAMPLE", "a-key", None, None, "test");
            let mut signature = Signature::new(&AwsCredentials::new(own), "kms", "us-east-1");
            let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let mut sent = Sent {
                method: "POST".to_owned(),
                address: "https://kms.example/".to_owned(),
                headers: BTreeMap::from([
                    header("content-type", "application/x-amz-json-1.1"),
                    header("x-amz-target", "TrentService.ListKeys"),
                ]),
                body: Some(b"{}".to_vec()),
                name: "ListKeys".to_owned(),
            };
            let mut authorizations = Vec::new();
            for target in ["TrentService.ListKeys", "TrentService.ScheduleKeyDeletion"] {
                sent.headers.extend([header("x-amz-target", target)]);
                let proofs = signature.proofs(&sent, SystemTime::UNIX_EPOCH, &mut Concealed::default()).await.unwrap();
                let proof = proofs.into_iter().find(|proof| proof.name == "authorization").unwrap();
                let signed = "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, Signature=";
                assert!(proof.value.contains(signed), "{}", proof.value);
                authorizations.push(proof.value);
            }
            assert_ne!(authorizations[0], authorizations[1]);
        }

        #[tokio::test]
        async fn a_request_is_signed_as_aws_says_it() {
            let key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
            let own = Credentials::new("AKIDEXAMPLE", key, Some("a-token".to_owned()), None, "test");
            let mut signature = Signature::new(&AwsCredentials::new(own), "es", "us-east-1");
            let address = "https://search.example/a%2Fb?x=1".to_owned();
            let (method, name) = ("GET".to_owned(), address.clone());
            let sent = Sent { method, address, headers: BTreeMap::new(), body: None, name };
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160);
            let mut concealed = Concealed::default();
            let proofs = signature.proofs(&sent, now, &mut concealed).await.unwrap();
            let of = |name: &str| proofs.iter().find(|proof| proof.name == name).unwrap().value.clone();
            let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/es/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=";
            assert!(of("authorization").starts_with(scope), "{}", of("authorization"));
            assert_eq!((of("x-amz-date"), of("x-amz-security-token")), ("20150830T123600Z".into(), "a-token".into()));
            assert!(!format!("{signature:?}").contains("wJalr") && concealed.is_in(key.as_bytes()));
        }
    }
}
