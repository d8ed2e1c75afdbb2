//! A REST API.

use super::{is_private, limit};
use crate::{
    Authentication, HttpAccess,
    reading::document::{Document, Members, Placed},
    template::OF_PERIOD,
};
use domain::SecretName;
use std::collections::BTreeMap;

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<HttpAccess> {
    let private = is_private(document, members);
    let address = members.required::<String>(document, "address");
    if let Some(address) = &address {
        check_address(document, address, private);
    }
    let authentication = authentication(document, members, private);
    let limit = limit(document, members);
    let values = values(document, members);
    let address = address?.value.trim_end_matches('/').to_owned();
    Some(HttpAccess { address, authentication, limit, values, private })
}

/// Notes what is wrong with the address of an API: only an encrypted one is asked, unless it is on a network of one's own.
pub(super) fn check_address(document: &mut Document<'_>, address: &Placed<String>, private: bool) {
    let text = address.value.as_str();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://").filter(|_| private));
    let Some(rest) = rest else {
        let message = format!(
            "{text:?} cannot be asked: write https://…; http:// is taken for a source with private = true only"
        );
        return document.problem(address.at, message);
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || text.contains(['?', '#', '@', '\\', '{', '}']) || !text.is_ascii() || text.contains(' ') {
        document.problem(
            address.at,
            format!("{text:?} is no address of an API: write a host and a path, without user, parameters or braces"),
        );
    }
}

fn authentication<'a>(document: &mut Document<'a>, members: &mut Members<'a>, private: bool) -> Option<Authentication> {
    let mut table = members.optional_table(document, "authentication")?;
    let scheme = table.required::<String>(document, "scheme")?;
    let found = match scheme.value.as_str() {
        "bearer" => secret(document, &mut table).map(|secret| Authentication::Bearer { secret }),
        "basic" => basic(document, &mut table),
        "header" => header(document, &mut table),
        "oauth2" => oauth2(document, &mut table, private),
        "aws" => aws(document, &mut table),
        other => {
            let known = "\"bearer\", \"basic\", \"header\", \"oauth2\" and \"aws\"";
            document.problem(scheme.at, format!("there is no scheme {other:?}: the schemes are {known}"));
            return None;
        }
    };
    table.finish(document);
    found
}

/// The name of the secret.
pub(super) fn secret<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<SecretName> {
    table.required::<SecretName>(document, "secret").map(|secret| secret.value)
}

fn basic<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Authentication> {
    let (user, secret) = (table.words(document, "user"), secret(document, table));
    let user = user?;
    if user.contains(':') {
        document.problem(table.at(), "a user of basic authentication cannot have a colon (RFC 7617)");
    }
    Some(Authentication::Basic { user, secret: secret? })
}

fn header<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Authentication> {
    let name = table.required::<String>(document, "name");
    let prefix = table.optional::<String>(document, "prefix").map(|prefix| prefix.value).unwrap_or_default();
    let secret = secret(document, table);
    let name = name?;
    if !is_header_name(&name.value) {
        document.problem(name.at, format!("{:?} is not the name of a header", name.value));
    }
    Some(Authentication::Header { name: name.value.to_ascii_lowercase(), prefix, secret: secret? })
}

/// Whether a text can name a header (RFC 9110: a token).
pub(in crate::reading) fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

fn oauth2<'a>(document: &mut Document<'a>, table: &mut Members<'a>, private: bool) -> Option<Authentication> {
    let token_address = table.required::<String>(document, "token_address");
    let client = table.words(document, "client");
    let secret = secret(document, table);
    let scope = table.optional::<String>(document, "scope").map(|scope| scope.value);
    let token_address = token_address?;
    check_address(document, &token_address, private);
    Some(Authentication::OAuth2 { token_address: token_address.value, client: client?, secret: secret?, scope })
}

fn aws<'a>(document: &mut Document<'a>, table: &mut Members<'a>) -> Option<Authentication> {
    let (service, region) = (table.words(document, "service"), table.words(document, "region"));
    Some(Authentication::Aws { service: service?, region: region? })
}

fn values<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> BTreeMap<String, String> {
    let Some(table) = members.optional_table(document, "values") else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for (name, value) in table.rest::<String>(document) {
        if OF_PERIOD.contains(&name.value.as_str()) {
            let message = format!("{:?} stands for a part of the period already: choose another name", name.value);
            document.problem(name.at, message);
        }
        values.insert(name.value, value.value);
    }
    values
}
