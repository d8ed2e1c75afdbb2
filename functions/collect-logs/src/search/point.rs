//! A point in time: what is searched stays as it was while it is asked for page by page.

use super::page::check_shards;
use crate::reading::text;
use catalog::LogsEngine;
use collecting::CollectError;
use http_source::{Call, CallBody, Conversation, Heard};
use serde_json::{Value, json};

// From one page to the next.
const KEPT: &str = "5m";

/// An open point in time.
#[derive(Debug)]
pub(super) struct Point {
    engine: LogsEngine,
    id: String,
}

impl Point {
    /// Opens one over the indexes that `place` names, as one part of a path.
    pub(super) async fn open(
        conversation: &mut Conversation<'_>,
        engine: LogsEngine,
        place: &str,
    ) -> Result<Self, CollectError> {
        let (call, member) = match engine {
            LogsEngine::Elasticsearch => (Call::new("POST", format!("/{place}/_pit")), "id"),
            _ => {
                let path = format!("/{place}/_search/point_in_time");
                (Call::new("POST", path).with("allow_partial_pit_creation", "false"), "pit_id")
            }
        };
        let opened = conversation.ask(&call.with("keep_alive", KEPT), move |heard| read(heard, member)).await?;
        Ok(Self { engine, id: opened.unwrap_or_default() })
    }

    /// As a search names it.
    pub(super) fn named(&self) -> Value {
        json!({ "id": self.id, "keep_alive": KEPT })
    }

    /// Takes the name that an answer gave it.
    pub(super) fn renamed(&mut self, id: Option<String>) {
        if let Some(id) = id {
            self.id = id;
        }
    }

    /// Gives it back, whatever became of the search. The engine forgets it by itself when it is not told.
    pub(super) async fn close(self, conversation: &mut Conversation<'_>) {
        let (path, body) = match self.engine {
            LogsEngine::Elasticsearch => ("/_pit", json!({ "id": self.id })),
            _ => ("/_search/point_in_time", json!({ "pit_id": [self.id] })),
        };
        conversation.dismiss(&Call::new("DELETE", path).sending(CallBody::Json(body))).await;
    }
}

fn read(heard: &Heard<'_>, member: &str) -> Result<String, CollectError> {
    let json = heard.json()?;
    check_shards(heard, json)?;
    let id = text(heard, json, &[member])?;
    id.ok_or_else(|| {
        heard.refuse("it opened no point in time: does the engine know them (OpenSearch 2.4, Elasticsearch 7.12)?")
    })
}
