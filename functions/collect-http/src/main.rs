//! The collector of APIs as a Lambda function.

use collect_http::{HttpCollector, NAME};
use collecting::serve;
use http_source::{AwsCredentials, HttpSource};
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-http", NAME, |prepared| {
        let mut source = HttpSource::new(prepared.secrets, prepared.pace);
        source.aws = prepared.clients.config.credentials_provider().map(AwsCredentials::new);
        Ok(HttpCollector { source })
    })
    .await
}
