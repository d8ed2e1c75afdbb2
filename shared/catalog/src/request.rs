//! What each kind of collector sends for a question to a source. Spec: `docs/formats/catalog.md`.

use crate::{CellPath, RowPath, SqlEngine, Template};
use domain::evidence::Cell;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Nothing: files are read as they were delivered, documents as they were handed in.
    Files,
    /// An HTTP request.
    Http(Box<HttpRequest>),
    /// A statement.
    Sql(SqlQuestion),
    /// A reading of AWS' own configuration.
    Aws(AwsRead),
    /// A search in logs.
    Logs(LogsQuestion),
}

/// A request over HTTP, and how to get all of its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// `GET`, `POST` …
    pub method: String,
    /// Behind the source's address: `/orgs/{organisation}/members`.
    pub path: Template,
    /// In the query string, or the form.
    pub parameters: BTreeMap<String, Template>,
    /// Beside those that every request has.
    pub headers: BTreeMap<String, Template>,
    /// What is sent along.
    pub body: RequestBody,
    /// How the next page is asked for.
    pub pages: Pages,
    /// Where the answer says how many rows there are in all.
    pub total: Option<CellPath>,
    /// One more request for each row.
    pub each: Option<Each>,
}

/// What a request sends along.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// Nothing.
    Empty,
    /// The parameters, as a form.
    Form,
    /// A JSON text, in which every text may have placeholders.
    Json(Value),
    /// A GraphQL query, which is sent as it is, and variables with placeholders.
    GraphQl {
        /// The query.
        query: String,
        /// An object.
        variables: Value,
    },
}

/// How the next page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pages {
    /// There is one.
    Single,
    /// The answer says at which address the next one is: in the header `Link` with `rel="next"` (RFC 8288), or in itself.
    Link {
        /// Where in the answer; none for the header.
        at: Option<CellPath>,
    },
    /// The answer says what to send next time.
    Cursor {
        /// Where in the answer.
        cursor: CellPath,
        /// As which parameter it is sent.
        parameter: Option<String>,
        /// As which GraphQL variable it is sent.
        variable: Option<String>,
        /// Where the answer says whether there is more; without it, a cursor says so.
        more: Option<CellPath>,
    },
    /// Pages have numbers.
    Numbered(Numbered),
    /// Rows have numbers.
    Offset(Numbered),
}

/// Pages that are asked for by number, until one is not full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// As which parameter the number is sent.
    pub parameter: String,
    /// The number of the first page, or row.
    pub first: u64,
    /// As which parameter the size is sent.
    pub size_parameter: Option<String>,
    /// How many rows a full page has.
    pub size: u64,
}

/// One more request for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// Behind the source's address, with the row's members in braces.
    pub path: Template,
    /// In the query string.
    pub parameters: BTreeMap<String, Template>,
    /// The member of the row that its answer becomes.
    pub into: String,
    /// Where the rows are in its answer; all pages' rows become one list. Without it the answer becomes the member as it is.
    pub rows: Option<RowPath>,
    /// How the next page is asked for.
    pub pages: Pages,
    /// Statuses of an answer that stand for nothing there: the member is null then. `404`, where a thing may be absent.
    pub absent: Vec<u16>,
}

/// A statement for a database.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlQuestion {
    /// By engine.
    pub text: BTreeMap<SqlEngine, String>,
    /// Bound, never pasted, beside `:period_start` and `:period_end`.
    pub parameters: BTreeMap<String, Cell>,
    /// How long the database may think.
    pub timeout: Duration,
}

/// What `collect-aws` reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsRead {
    /// Every resource of a type, by Cloud Control: `AWS::S3::Bucket`.
    Resources {
        /// The type's name.
        type_name: String,
    },
    /// IAM's credential report.
    CredentialReport,
    /// The account's password policy.
    PasswordPolicy,
    /// CloudTrail's trails and whether they log.
    TrailStatus,
    /// KMS' keys and whether they rotate.
    KeyRotation,
    /// AWS Config's evaluations.
    ConfigFindings,
    /// Security Hub's findings.
    SecurityHubFindings,
}

/// The name of an [`AwsRead`] in a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AwsReadName {
    Resources,
    CredentialReport,
    PasswordPolicy,
    TrailStatus,
    KeyRotation,
    ConfigFindings,
    SecurityHubFindings,
}

/// A search in logs.
#[derive(Debug, Clone, PartialEq)]
pub struct LogsQuestion {
    /// What is searched for.
    pub search: LogsSearch,
    /// The indexes of a body, or the log groups of CloudWatch; other texts say themselves where they search.
    pub place: Vec<String>,
}

/// What is searched for in logs.
#[derive(Debug, Clone, PartialEq)]
pub enum LogsSearch {
    /// In the engine's language: PPL for OpenSearch, ES|QL for Elasticsearch, SPL for Splunk, Logs Insights for CloudWatch.
    Text(Template),
    /// The JSON body of a search, for OpenSearch and Elasticsearch.
    Body {
        /// An object, in which every text may have placeholders.
        body: Value,
        /// The name of the composite aggregation whose buckets are the rows; without one the hits are.
        aggregation: Option<String>,
    },
}
