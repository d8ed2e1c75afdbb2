//! `sources/<id>.toml`

mod aws;
mod files;
mod http;
mod logs;
mod sql;
mod upload;

pub(super) use http::is_header_name;

use super::document::{Document, Members};
use crate::{Access, Limit, LimitPeriod, Source, access::COLLECTORS};
use domain::SourceId;

pub(super) fn read<'a>(document: &mut Document<'a>, stem: &str) -> Option<Source> {
    let mut members = document.members()?;
    let id = members.required::<SourceId>(document, "id");
    if let Some(id) = &id {
        document.same_name(id, stem);
    }
    let title = members.words(document, "title");
    let (known, access) = access(document, &mut members);
    // The members of a collector that is not known cannot be judged.
    if known {
        members.finish(document);
    }
    Some(Source { id: id?.value, title: title?, access: access? })
}

fn access<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> (bool, Option<Access>) {
    let Some(collector) = members.required::<String>(document, "collector") else { return (false, None) };
    let access = match collector.value.as_str() {
        "files" => Some(Access::Files { files: files::read(document, members) }),
        "http" => http::read(document, members).map(Access::Http),
        "sql" => sql::read(document, members).map(Access::Sql),
        "aws" => aws::read(document, members).map(Access::Aws),
        "logs" => logs::read(document, members).map(Access::Logs),
        "upload" => upload::read(document, members).map(Access::Upload),
        other => {
            let known = COLLECTORS.map(|name| format!("{name:?}")).join(", ");
            document.problem(collector.at, format!("there is no collector {other:?}: the collectors are {known}"));
            return (false, None);
        }
    };
    (true, access)
}

fn limit<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<Limit> {
    let mut table = members.optional_table(document, "limit")?;
    let requests = table.required::<u32>(document, "requests");
    let per = table.required::<LimitPeriod>(document, "per");
    table.finish(document);
    let (requests, per) = (requests?, per?);
    if requests.value == 0 {
        document.problem(requests.at, "a source that may never be asked cannot answer: allow one request at least");
    }
    Some(Limit { requests: requests.value.max(1), per: per.value })
}

fn is_private<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> bool {
    members.optional::<bool>(document, "private").is_some_and(|private| private.value)
}
