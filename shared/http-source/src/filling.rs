//! Requests as they are sent: placeholders filled in, each value encoded for where it stands.

use crate::{
    address::{Origin, form},
    conversation::{Call, CallBody},
    values::{Values, in_json, path, texts},
};
use catalog::{Each, HttpRequest, RequestBody};
use collecting::CollectError;
use domain::canonical;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a request sends along.
#[derive(Debug, Clone)]
enum Body {
    Empty,
    Form,
    Json(Value),
    GraphQl { query: String, variables: Value },
}

/// A request with its values, before it is said which page is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    method: String,
    path: String,
    parameters: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Body,
}

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Turn {
    /// The first, as the request says it.
    First,
    /// The one at that address, which was checked.
    At(String),
    /// The one that these parameters say.
    Parameters(BTreeMap<String, String>),
    /// The one that this variable of the body says.
    Variable(String, Value),
}

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// `GET`
    pub(crate) method: String,
    /// All of the address.
    pub(crate) address: String,
    /// Beside those of authentication.
    pub(crate) headers: BTreeMap<String, String>,
    /// What is sent along, if anything is.
    pub(crate) body: Option<Vec<u8>>,
    /// The name of the answer in the evidence: its address, with what tells pages of one address apart.
    pub(crate) name: String,
}

impl Filled {
    /// A source's request, behind the path `base`.
    pub(crate) fn of_request(request: &HttpRequest, base: &str, values: &Values) -> Result<Self, CollectError> {
        let value = |name: &str| values.get(name);
        let json = |json: &Value| in_json(json, &value);
        let body = match &request.body {
            RequestBody::Empty => Body::Empty,
            RequestBody::Form => Body::Form,
            RequestBody::Json(body) => Body::Json(json(body)?),
            RequestBody::GraphQl { query, variables } => {
                Body::GraphQl { query: query.clone(), variables: json(variables)? }
            }
        };
        Ok(Self {
            method: request.method.clone(),
            path: path(&request.path, base, &value)?,
            parameters: texts(&request.parameters, &value)?,
            headers: texts(&request.headers, &value)?,
            body,
        })
    }

    /// What a collector asks for by itself, behind the path `base`.
    pub(crate) fn of_call(call: &Call, base: &str) -> Self {
        let body = match &call.body {
            CallBody::Empty => Body::Empty,
            CallBody::Form => Body::Form,
            CallBody::Json(json) => Body::Json(json.clone()),
        };
        let (path, parameters) = (format!("{base}{}", call.path), call.parameters.clone());
        Self { method: call.method.to_owned(), path, parameters, headers: BTreeMap::new(), body }
    }

    /// What is asked for one row. It has the headers of the source's request, and the row's members before other values.
    pub(crate) fn of_row(
        each: &Each,
        base: &str,
        headers: &BTreeMap<String, String>,
        value: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CollectError> {
        Ok(Self {
            method: "GET".to_owned(),
            path: path(&each.path, base, value)?,
            parameters: texts(&each.parameters, value)?,
            headers: headers.clone(),
            body: Body::Empty,
        })
    }

    /// With a header that says what is wanted, unless the query says it.
    #[must_use]
    pub(crate) fn accepting(mut self, kind: &str) -> Self {
        self.headers.entry("accept".to_owned()).or_insert_with(|| kind.to_owned());
        self
    }

    /// The headers that every request has.
    pub(crate) fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    /// Whether it asks in GraphQL.
    pub(crate) fn is_graphql(&self) -> bool {
        matches!(self.body, Body::GraphQl { .. })
    }

    /// Whether a cursor can be sent as a variable.
    pub(crate) fn has_variables(&self) -> bool {
        matches!(&self.body, Body::GraphQl { variables: Value::Object(_), .. } | Body::Json(Value::Object(_)))
    }

    /// What is sent, by name, as the evidence tells it.
    pub(crate) fn told(&self) -> BTreeMap<String, String> {
        let parameters = self.parameters.iter().map(|(name, value)| (format!("parameter.{name}"), value.clone()));
        let headers = self.headers.iter().map(|(name, value)| (format!("header.{name}"), value.clone()));
        let mut told: BTreeMap<String, String> = parameters.chain(headers).collect();
        match &self.body {
            Body::Empty | Body::Form => {}
            Body::Json(body) => told.extend([("body".to_owned(), text(body))]),
            Body::GraphQl { query, variables } => {
                told.extend([("graphql".to_owned(), query.clone()), ("variables".to_owned(), text(variables))]);
            }
        }
        told
    }

    /// The request for one page.
    pub(crate) fn sent(&self, origin: &Origin, turn: &Turn) -> Sent {
        let mut parameters = self.parameters.clone();
        if let Turn::Parameters(own) = turn {
            parameters.extend(own.clone());
        }
        let is_form = matches!(self.body, Body::Form);
        let query = if is_form || parameters.is_empty() { String::new() } else { format!("?{}", form(&parameters)) };
        let address = match turn {
            Turn::At(address) => address.clone(),
            _ => format!("{}{}{query}", origin.as_str(), self.path),
        };
        let (kind, body) = self.body(&parameters, turn);
        let mut headers = self.headers.clone();
        if let Some(kind) = kind {
            headers.entry("content-type".to_owned()).or_insert_with(|| kind.to_owned());
        }
        let name = match told_apart(turn, is_form) {
            Some(what) => format!("{address}#{what}"),
            None => address.clone(),
        };
        Sent { method: self.method.clone(), address, headers, body, name }
    }

    fn body(&self, parameters: &BTreeMap<String, String>, turn: &Turn) -> (Option<&'static str>, Option<Vec<u8>>) {
        const JSON: Option<&str> = Some("application/json");
        match &self.body {
            Body::Empty => (None, None),
            Body::Form => (Some("application/x-www-form-urlencoded"), Some(form(parameters).into_bytes())),
            Body::Json(body) => (JSON, Some(text(&with(body, turn)).into_bytes())),
            Body::GraphQl { query, variables } => {
                let variables = with(variables, turn);
                let body = serde_json::json!({ "query": query, "variables": variables });
                (JSON, Some(text(&body).into_bytes()))
            }
        }
    }
}

// Pages whose difference is in the body have one address.
fn told_apart(turn: &Turn, is_form: bool) -> Option<String> {
    match turn {
        Turn::Parameters(own) if is_form => Some(form(own)),
        Turn::Variable(name, Value::String(value)) => Some(form([(name, value)])),
        Turn::Variable(name, value) => Some(form([(name, &value.to_string())])),
        _ => None,
    }
}

fn with(json: &Value, turn: &Turn) -> Value {
    let mut json = json.clone();
    if let (Turn::Variable(name, value), Value::Object(members)) = (turn, &mut json) {
        members.insert(name.clone(), value.clone());
    }
    json
}

// Canonical where it can be: what is sent is the same each time.
fn text(json: &Value) -> String {
    let canonical = canonical::to_bytes(json).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    canonical.unwrap_or_else(|| json.to_string())
}
