//! The collector of documents as a Lambda function.

use collect_upload::{NAME, UploadCollector};
use collecting::serve;
use runtime::lambda;

#[tokio::main]
async fn main() -> Result<(), lambda::Error> {
    serve("collect-upload", NAME, |prepared| Ok(UploadCollector { storage: prepared.storage.clone() })).await
}
