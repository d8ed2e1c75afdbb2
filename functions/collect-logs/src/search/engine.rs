//! Which engine answers, and of which version.

use crate::reading::text;
use catalog::LogsEngine;
use collecting::CollectError;
use http_source::{Call, Conversation, Heard};

// Whoever may search need not be allowed to see what the cluster is; some services do not say it at all.
const NOT_TOLD: &[u16] = &[403, 404];

/// `opensearch 2.19.1`, where the engine says it. Another engine than the catalog names is refused: it would be asked what it does not know.
pub(super) async fn version(
    conversation: &mut Conversation<'_>,
    engine: LogsEngine,
) -> Result<Option<String>, CollectError> {
    let told = conversation.ask(&Call::new("GET", "/").or_absent(NOT_TOLD), move |heard| read(heard, engine)).await?;
    Ok(told.flatten())
}

fn read(heard: &Heard<'_>, engine: LogsEngine) -> Result<Option<String>, CollectError> {
    let json = heard.json()?;
    let tagline = text(heard, json, &["tagline"])?.unwrap_or_default();
    let is_opensearch = text(heard, json, &["version", "distribution"])?.as_deref() == Some("opensearch")
        || tagline.contains("OpenSearch");
    let is_elasticsearch = !is_opensearch && tagline == "You Know, for Search";
    let (is_another, name, other) = match engine {
        LogsEngine::Elasticsearch => (is_opensearch, "elasticsearch", "opensearch"),
        _ => (is_elasticsearch, "opensearch", "elasticsearch"),
    };
    if is_another {
        return Err(heard.refuse(format!("it is {other}, and the source says engine = {name:?}: correct one of them")));
    }
    Ok(text(heard, json, &["version", "number"])?.map(|number| format!("{name} {number}")))
}
