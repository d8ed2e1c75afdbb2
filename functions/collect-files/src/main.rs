//! The collector of files as a Lambda function.

use collect_files::{FileCollector, Files, NAME};
use collecting::serve;
use runtime::{Failed, lambda};

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-files", NAME, |prepared| {
        let place = prepared.environment.sources().map_err(Failed::input)?;
        let files = Files::prefix(prepared.clients.s3(), place.bucket, place.prefix);
        Ok(FileCollector { files, folder_for_each_tenant: true })
    })
    .await
}
