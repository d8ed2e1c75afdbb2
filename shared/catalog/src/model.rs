//! What the files of a catalog say, checked.

use crate::{Access, Question, Schedule};
use domain::{
    ControlId, Digest, FrameworkId, Granularity, QueryName, RequirementId, RetentionClass, Severity, SourceId,
    Timestamp,
    evidence::{Column, ColumnKind},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `frameworks/<id>.toml`: a standard, and its requirements in its own order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// `soc2`
    pub id: FrameworkId,
    /// As people say it: `SOC 2`
    pub title: String,
    /// Its edition.
    pub version: String,
    /// Where the requirement ids come from, so that a person can look them up.
    pub source: String,
    /// Its requirements, in the standard's order.
    pub requirements: Vec<Requirement>,
    /// What it asks of reports and records.
    pub reporting: Option<Reporting>,
}

/// What a framework asks of reports and records, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// How often it, or custom under it, wants a report.
    pub frequency: String,
    /// How long it wants records.
    pub retention: String,
    /// Where auditors look first.
    pub critical_areas: Vec<String>,
    /// Where all that stands, for a person to look up.
    pub source: String,
}

/// One numbered demand of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its number in the standard: `CC6.1`
    pub id: RequirementId,
    /// What it is about, in our own words.
    pub title: String,
}

/// `controls/<id>.toml`: what the organisation does about requirements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// `access-mfa`
    pub id: ControlId,
    /// In a few words.
    pub title: String,
    /// What it asks and why, in a few sentences.
    pub description: String,
    /// How grave an exception is, unless the finding query says otherwise.
    pub severity: Severity,
    /// When it is collected: an EventBridge cron expression in UTC, `cron(0 3 * * ? *)`.
    pub schedule: String,
    /// The length of the periods it is collected for.
    pub period: Granularity,
    /// How long its evidence is locked.
    pub retention: RetentionClass,
    /// The finding query: `queries/<name>.sql`.
    pub finding: QueryName,
    /// Whether there may be nothing to examine without that being a fault of the evidence: no leaver, no incident. Otherwise a
    /// control that examined nothing has no conclusion. False unless given.
    pub population_may_be_empty: bool,
    /// What to do about exceptions.
    pub remediation: String,
    /// The requirements it satisfies, by framework.
    pub satisfies: BTreeMap<FrameworkId, Vec<RequirementId>>,
    /// What is asked of whom. At most one query per source.
    pub collect: Vec<Collection>,
}

/// One question to one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Who is asked.
    pub source: SourceId,
    /// What: `queries/<name>.toml`.
    pub query: QueryName,
}

/// `sources/<id>.toml`: one system that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `aws-iam`
    pub id: SourceId,
    /// As people say it.
    pub title: String,
    /// Which collector asks it, and where.
    pub access: Access,
}

/// A question to a source: `queries/<name>.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceQuery {
    /// `iam-credential-report`
    pub name: QueryName,
    /// Raised with each change of meaning.
    pub version: u32,
    /// What it answers, in one sentence.
    pub answers: String,
    /// What its collector sends.
    pub question: Question,
    /// The staging table that it fills, where that is not called as the query is: other queries may fill it too.
    pub fills: Option<QueryName>,
    /// How the answer is written. Rows of a database or of AWS come as values; for them it is [`FileFormat::Rows`].
    pub format: FileFormat,
    /// Where the rows are in a JSON answer: `Records[]`, `runs[].results[]`, `[]`. Each format has its own default.
    pub rows: Option<RowPath>,
    /// Texts that stand for no value: `N/A`.
    pub null: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<QueryColumn>,
    /// The file as it stands in the catalog.
    pub text: String,
    /// The SHA-256 of `text`.
    pub digest: Digest,
}

/// Where the rows are in a JSON answer: member names, each step through `[]` opening an array.
///
/// `Records[]`: each element of the member `Records`. `runs[].results[]`: each result of each run. `[]`: each element of
/// the answer, which is an array. Empty: the answer itself is the one row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RowPath(pub Vec<Step>);

/// One step of a [`RowPath`] or a [`CellPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a member of an object.
    Member(String),
    /// Into each element of an array.
    Each,
}

/// Where a value is, from a row: `user.name`, `^.type` (one array level up: the element that holds the row's array),
/// `^^.tool.driver.name` (two levels up), `.` (the whole row).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CellPath {
    /// How many array levels up.
    pub up: usize,
    /// The members from there.
    pub members: Vec<String>,
}

/// A column of a [`SourceQuery`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryColumn {
    /// Its name and kind in the evidence.
    pub column: Column,
    /// The header of a CSV column, or where the value is in a JSON row. The column's name, unless given.
    pub from: String,
    /// Whether an answer in which it is absent is refused. True unless given.
    pub required: bool,
    /// The name of the salt, when the evidence is to hold a keyed hash of its value instead: values under one name can be compared.
    pub redact: Option<String>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFormat {
    /// RFC 4180 with a header line.
    Csv,
    /// One JSON text; rows at the row path.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// Terraform or OpenTofu state, version 3 or 4: one row per resource instance, in the shape of version 4.
    TerraformState,
    /// CloudTrail log files: `Records[]`.
    Cloudtrail,
    /// SARIF 2.1.0: `runs[].results[]`.
    Sarif,
    /// OCSF findings: an array, or one object a line.
    Ocsf,
    /// AWS Security Finding Format: `Findings[]`, or an array.
    Asff,
    /// What a scanner writes: SARIF, ASFF, OCSF, Trivy, Checkov, Nessus, InSpec or CycloneDX, told apart by its content. Its rows have the columns
    /// of [`SCANNER_COLUMNS`].
    Findings,
    /// Documents that were handed in, a row each. Its rows have the columns of [`DOCUMENT_COLUMNS`].
    Documents,
    /// Values, in columns: the answer of a database or of AWS.
    #[serde(skip)]
    Rows,
}

/// A question to the staging tables: `queries/<name>.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingQuery {
    /// `access-mfa`
    pub name: QueryName,
    /// Raised with each change of meaning.
    pub version: u32,
    /// What it answers, in one sentence.
    pub answers: String,
    /// The whole file, header included.
    pub text: String,
    /// The SHA-256 of `text`.
    pub digest: Digest,
}

impl Control {
    /// The first instant after `instant` at which its schedule fires; none at the end of the calendar.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        // A catalog is only read whole when every schedule of it parses.
        self.schedule.parse::<Schedule>().ok()?.next_after(instant)
    }
}

// What a failed collection has to be tried again in, after the schedule's own delay.
const HOURS_TO_RETRY: u32 = 24;
// Periods that are looked at to tell how long after a period's end the schedule fires: a year of months.
const LOOKED_AT: usize = 12;

impl Control {
    /// How long after its end a period may still be filled before it is sealed: until the schedule has fired, and a day.
    pub fn grace_hours(&self) -> u32 {
        let mut period = self.period.containing(Timestamp::UNIX_EPOCH).ok();
        let mut longest = 0;
        for _ in 0..LOOKED_AT {
            let Some(looked_at) = period else { break };
            // A firing at the very end collects it, too.
            let before = looked_at.end().checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(looked_at.end());
            let fires = self.next_after(before).unwrap_or(looked_at.end());
            longest = longest.max(fires.duration_since(looked_at.end()).as_secs());
            period = self.period.containing(looked_at.end()).ok();
        }
        u32::try_from(longest.max(0).unsigned_abs().div_ceil(3600)).unwrap_or(u32::MAX).saturating_add(HOURS_TO_RETRY)
    }
}

impl SourceQuery {
    /// The name of its staging table: the name of what it fills, with underscores.
    pub fn table(&self) -> String {
        self.fills.as_ref().unwrap_or(&self.name).as_str().replace('-', "_")
    }

    /// The declared columns, as they stand in the evidence.
    pub fn evidence_columns(&self) -> Vec<Column> {
        self.columns.iter().map(|declared| declared.column.clone()).collect()
    }
}

/// Columns that every staging table has beside the declared ones, first and in this order.
pub const STAGING_COLUMNS: [(&str, ColumnKind); 5] = [
    ("evidence_id", ColumnKind::Text),
    ("control_id", ColumnKind::Text),
    ("period_start", ColumnKind::Time),
    ("period_end", ColumnKind::Time),
    ("row_number", ColumnKind::Integer),
];

/// What one finding of a scanner has in each row of [`FileFormat::Findings`], in this order.
pub const SCANNER_COLUMNS: [(&str, ColumnKind); 10] = [
    ("tool", ColumnKind::Text),
    ("target", ColumnKind::Text),
    ("rule", ColumnKind::Text),
    ("title", ColumnKind::Text),
    ("severity", ColumnKind::Text),
    ("status", ColumnKind::Text),
    ("location", ColumnKind::Text),
    ("first_seen", ColumnKind::Time),
    ("last_seen", ColumnKind::Time),
    ("identifier", ColumnKind::Text),
];

/// What one document has in each row of [`FileFormat::Documents`], in this order.
pub const DOCUMENT_COLUMNS: [(&str, ColumnKind); 15] = [
    ("document", ColumnKind::Text),
    ("kind", ColumnKind::Text),
    ("about", ColumnKind::Text),
    ("version", ColumnKind::Integer),
    ("state", ColumnKind::Text),
    ("submitted_by", ColumnKind::Text),
    ("submitted_at", ColumnKind::Time),
    ("approved_by", ColumnKind::Text),
    ("approved_at", ColumnKind::Time),
    ("rejected_by", ColumnKind::Text),
    ("rejected_at", ColumnKind::Time),
    ("reason", ColumnKind::Text),
    ("valid_until", ColumnKind::Time),
    ("sha256", ColumnKind::Text),
    ("length", ColumnKind::Integer),
];
