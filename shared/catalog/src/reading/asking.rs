//! Whether a query can be put to a source.

use super::question::each_text;
use crate::{
    Access, Catalog, FileFormat, HttpRequest, LogsEngine, LogsQuestion, LogsSearch, OF_PERIOD, Question, RequestBody,
    SourceQuery, Template,
};
use domain::{QueryName, SourceId};

/// What is in the way; nothing where one of both is not there, which is told elsewhere.
pub(super) fn problem(catalog: &Catalog, source: &SourceId, query: &QueryName) -> Option<String> {
    let access = &catalog.sources.get(source)?.access;
    let query = catalog.source_query(query)?;
    let missing = |what: &str| {
        let (collector, name) = (access.collector(), &query.name);
        Some(format!("the source {source} is asked by the collector {collector:?}, and the query {name} has no {what}"))
    };
    match (access, &query.question) {
        (Access::Files { .. }, _) if !is_text(query.format) => missing("format of a file"),
        (Access::Upload(_), _) if query.format != FileFormat::Documents => missing("format = \"documents\""),
        (Access::Files { .. } | Access::Upload(_), _) => None,
        (Access::Http(_), Question::Http(request)) => unknown_value(access, query, &placeholders(request)),
        (Access::Http(_), _) => missing("[request]"),
        (Access::Sql(sql), Question::Sql(question)) => {
            if question.text.contains_key(&sql.engine) {
                return None;
            }
            missing(&format!("statement for {} in [sql.text]", sql.engine))
        }
        (Access::Sql(_), _) => missing("[sql]"),
        (Access::Aws(_), Question::Aws(_)) => None,
        (Access::Aws(_), _) => missing("[aws]"),
        (Access::Logs(logs), Question::Logs(question)) => {
            let misplaced = misplaced(logs.engine, question)
                .map(|reason| format!("the query {} cannot be put to the source {source}: {reason}", query.name));
            misplaced.or_else(|| unknown_value(access, query, &searched(question)))
        }
        (Access::Logs(_), _) => missing("[logs]"),
    }
}

fn is_text(format: FileFormat) -> bool {
    !matches!(format, FileFormat::Rows | FileFormat::Documents)
}

fn unknown_value(access: &Access, query: &SourceQuery, placeholders: &[String]) -> Option<String> {
    let known =
        |name: &str| OF_PERIOD.contains(&name) || access.values().is_some_and(|values| values.contains_key(name));
    let unknown = placeholders.iter().find(|name| !known(name))?;
    Some(format!(
        "the query {} has {{{unknown}}}, which is neither a part of the period nor in the source's [values]",
        query.name
    ))
}

// What is asked for each row has members of the row in its path: only the answer shows which there are.
fn placeholders(request: &HttpRequest) -> Vec<String> {
    let templates = std::iter::once(&request.path).chain(request.parameters.values()).chain(request.headers.values());
    let mut names: Vec<String> = templates.flat_map(Template::placeholders).map(str::to_owned).collect();
    match &request.body {
        RequestBody::Json(json) | RequestBody::GraphQl { variables: json, .. } => names.extend(in_json(json)),
        RequestBody::Empty | RequestBody::Form => {}
    }
    names
}

fn in_json(json: &serde_json::Value) -> Vec<String> {
    let mut names = Vec::new();
    each_text(json, &mut |text| {
        let template = text.parse::<Template>();
        names.extend(template.iter().flat_map(Template::placeholders).map(str::to_owned));
    });
    names
}

fn searched(question: &LogsQuestion) -> Vec<String> {
    match &question.search {
        LogsSearch::Text(text) => text.placeholders().map(str::to_owned).collect(),
        LogsSearch::Body { body, .. } => in_json(body),
    }
}

// Which engine takes which search, and where the search says in what it looks.
fn misplaced(engine: LogsEngine, question: &LogsQuestion) -> Option<&'static str> {
    let has_place = !question.place.is_empty();
    match (engine, &question.search) {
        (LogsEngine::Opensearch | LogsEngine::Elasticsearch, LogsSearch::Body { .. }) => {
            (!has_place).then_some("a body does not say in which indexes it searches: name them in \"place\"")
        }
        (_, LogsSearch::Body { .. }) => Some("only OpenSearch and Elasticsearch take a body: write \"text\""),
        (LogsEngine::Cloudwatch, LogsSearch::Text(text)) => {
            let is_source =
                text.as_str().trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("source "));
            (has_place == is_source)
                .then_some("name the log groups once: in \"place\", or in a SOURCE command that the text begins with")
        }
        (_, LogsSearch::Text(_)) => has_place.then_some("its text says itself in what it searches: remove \"place\""),
    }
}
