//! Rows that were put together from answers, for the columns that a query declares.

use aws_source::Place;
use collecting::CollectError;
use domain::{Timestamp, evidence::RawFile};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

// Places that are asked at once. How many requests are under way in all is http-source's to say.
const AT_ONCE: usize = 8;
const NAME: &str = "rows";

/// Rows, each an object of JSON with the members that the columns name.
#[derive(Debug, Default)]
pub(crate) struct Composed(Vec<Box<RawValue>>);

impl Composed {
    /// The rows in order.
    pub(crate) fn of<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<Self, CollectError> {
        rows.into_iter().map(|row| to_raw_value(&row)).collect::<Result<_, _>>().map(Self).map_err(|_| unwritable())
    }

    /// All of them as one text.
    pub(crate) fn file(&self) -> Result<RawFile, CollectError> {
        let bytes = serde_json::to_vec(&self.0).map_err(|_| unwritable())?;
        Ok(RawFile { name: NAME.to_owned(), bytes })
    }
}

// What serde says could hold what stands there.
fn unwritable() -> CollectError {
    CollectError::Answer { endpoint: NAME.to_owned(), reason: "a row has no JSON form".to_owned() }
}

/// What `work` makes of each of `items`, several at a time, in their order.
pub(crate) async fn each<I, T, F>(
    items: impl IntoIterator<Item = I, IntoIter: Send> + Send,
    work: impl Fn(I) -> F + Send,
) -> Result<Vec<T>, CollectError>
where
    I: Send,
    T: Send,
    F: Future<Output = Result<T, CollectError>> + Send,
{
    stream::iter(items.into_iter().map(work).collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await
}

/// An instant as AWS writes it: seconds since 1970 with a fraction, or RFC 3339.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Instant {
    /// Seconds.
    Seconds(f64),
    /// A text.
    Text(String),
}

impl Instant {
    /// In RFC 3339. Milliseconds are what AWS gives.
    pub(crate) fn told(&self, place: Place<'_>) -> Result<String, CollectError> {
        match self {
            Instant::Text(text) => Ok(text.clone()),
            Instant::Seconds(seconds) => {
                let instant = Timestamp::from_millisecond((seconds * 1000.0).round() as i64);
                instant.map(|instant| instant.to_string()).map_err(|_| CollectError::Answer {
                    endpoint: format!("{}/{}", place.account.id, place.region),
                    reason: "it has a time that is none".to_owned(),
                })
            }
        }
    }
}
