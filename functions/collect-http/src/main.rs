//! The collector of APIs as a Lambda function.

use collect_http::{HttpCollector, NAME};
use collecting::serve;
use http_source::HttpSource;
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-http", NAME, |prepared| {
        Ok(HttpCollector { source: HttpSource::new(prepared.secrets, prepared.pace) })
    })
    .await
}
