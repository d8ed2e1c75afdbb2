//! An engine that holds logs.

use super::{aws, http};
use crate::{
    LogsAccess, LogsEngine, LogsPlace,
    reading::document::{Document, Members},
};

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<LogsAccess> {
    let engine = members.required::<LogsEngine>(document, "engine")?.value;
    let place = match engine {
        LogsEngine::Cloudwatch => aws::read(document, members).map(LogsPlace::Aws),
        LogsEngine::Elasticsearch | LogsEngine::Opensearch | LogsEngine::Splunk => {
            http::read(document, members).map(LogsPlace::Http)
        }
    };
    Some(LogsAccess { engine, place: place? })
}
