//! Whether a query can be put to a source.

use super::question::each_text;
use crate::{Access, Catalog, FileFormat, HttpRequest, OF_PERIOD, Question, RequestBody, SourceQuery, Template};
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
        (Access::Logs(_), Question::Logs(question)) => {
            let names: Vec<String> = question.text.placeholders().map(str::to_owned).collect();
            unknown_value(access, query, &names)
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
    let json = match &request.body {
        RequestBody::Json(json) => Some(json),
        RequestBody::GraphQl { variables, .. } => Some(variables),
        RequestBody::Empty | RequestBody::Form => None,
    };
    if let Some(json) = json {
        each_text(json, &mut |text| {
            let template = text.parse::<Template>();
            names.extend(template.iter().flat_map(Template::placeholders).map(str::to_owned));
        });
    }
    names
}
