//! The collector of AWS accounts as a Lambda function.

use collect_aws::{AwsCollector, Identities, NAME};
use collecting::serve;
use http_source::HttpSource;
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-aws", NAME, |prepared| {
        let source = HttpSource::new(prepared.secrets, prepared.pace);
        Ok(AwsCollector { source, identities: Identities::of(prepared.clients.config.clone()) })
    })
    .await
}
