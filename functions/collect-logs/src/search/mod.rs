//! Elasticsearch and OpenSearch.

mod body;
mod engine;
mod page;
mod point;
mod table;

use crate::{collector::Ask, gathered::Gathered};
use catalog::LogsSearch;
use collecting::{Asking, CollectError};
use std::collections::BTreeMap;

/// Asks all of a question: a text is answered by one table, a body page by page.
pub(crate) async fn all<'a>(ask: Ask<'_>, asking: &Asking<'a>) -> Result<Gathered<'a>, CollectError> {
    let mut conversation = ask.source.converse(&ask.order.slot, ask.access, asking).await?;
    let version = engine::version(&mut conversation, ask.engine).await?;
    let parameters: BTreeMap<String, String> =
        version.map(|version| ("engine".to_owned(), version)).into_iter().collect();
    match &ask.question.search {
        LogsSearch::Text(text) => table::all(conversation, ask.engine, text, parameters).await,
        LogsSearch::Body { body, aggregation } => {
            let body = conversation.values().in_json(body)?;
            body::all(conversation, ask, body, aggregation.as_deref(), parameters).await
        }
    }
}
