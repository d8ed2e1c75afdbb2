//! What a Lambda function is wired with: logs, metrics, the clients of AWS, and the loop that answers invocations.

mod answer;
mod clients;
mod function;
mod log_key;
mod logs;

pub use answer::Invocation;
pub use clients::Clients;
pub use function::Function;
/// Why the loop of a function ended.
pub use lambda_runtime::Error;
pub use log_key::{LONGEST_MESSAGE, LogKey};
