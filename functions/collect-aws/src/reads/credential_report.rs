//! IAM's credential report (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>).

use crate::rows::{Composed, each};
use aws_source::{Aws, Place, Reply, Request, services::IAM};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use collecting::CollectError;
use csv::StringRecord;
use serde_json::{Map, Value};

const NOT_YET: &[&str] = &["ReportExpired", "ReportInProgress", "ReportNotPresent"];
// What IAM writes where there is no value.
const NONE: [&str; 3] = ["N/A", "no_information", "not_supported"];
// Where even those would be names.
const NAMES: [&str; 2] = ["user", "arn"];

type Row = Map<String, Value>;

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    let found = each(aws.homes(), |place| of_account(aws, place)).await?;
    Composed::of(found.into_iter().flatten())
}

async fn of_account(aws: &Aws<'_>, place: Place<'_>) -> Result<Vec<Row>, CollectError> {
    let reply = report(aws, place).await?;
    let refuse = |reason: &str| reply.unusable(reason.to_owned());
    let root = reply.xml()?;
    if root.text_of("ReportFormat") != Some("text/csv") {
        return Err(refuse("the report is not of the format text/csv"));
    }
    let content: String = root.text_of("Content").unwrap_or_default().split_whitespace().collect();
    let content = STANDARD.decode(content).map_err(|_| refuse("the report is not in base64"))?;
    let rows = read(&content).map_err(refuse)?;
    Ok(rows.into_iter().map(|row| with_account(row, &place.account.id)).collect())
}

// A report is made when it is asked for, and given for four hours.
async fn report(aws: &Aws<'_>, place: Place<'_>) -> Result<Reply, CollectError> {
    let mut attempt = 1;
    loop {
        let generate = Request::query(&IAM, "GenerateCredentialReport").page(attempt as usize);
        let reply = aws.ask(place, generate).await?;
        match reply.xml()?.text_of("State") {
            Some("COMPLETE") => {
                let get = Request::query(&IAM, "GetCredentialReport").page(attempt as usize).expecting(NOT_YET);
                let reply = aws.ask(place, get).await?;
                if reply.code.is_none() {
                    return Ok(reply);
                }
            }
            Some("STARTED" | "INPROGRESS") => {}
            _ => return Err(reply.unusable("it does not say how far the report is".to_owned())),
        }
        aws.wait(attempt, &reply).await?;
        attempt += 1;
    }
}

fn read(content: &[u8]) -> Result<Vec<Row>, &'static str> {
    const NO_CSV: &str = "the report is not whole CSV; ask again";
    let mut reader = csv::Reader::from_reader(content);
    let headers = reader.headers().map_err(|_| NO_CSV)?.clone();
    if NAMES.iter().any(|name| !headers.iter().any(|header| header == *name)) {
        return Err("the report has no header with user and arn");
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(row(&headers, &record.map_err(|_| NO_CSV)?));
    }
    // There is one user that every account has: root.
    if rows.is_empty() { Err("the report is empty") } else { Ok(rows) }
}

fn row(headers: &StringRecord, record: &StringRecord) -> Row {
    let value = |(header, text): (&str, &str)| {
        let is_none = NONE.contains(&text) && !NAMES.contains(&header);
        (header.to_owned(), if is_none { Value::Null } else { Value::from(text) })
    };
    headers.iter().zip(record).map(value).collect()
}

fn with_account(mut row: Row, account: &str) -> Row {
    row.insert("account".to_owned(), Value::from(account));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_no_value_is_null_except_in_names() {
        let rows = read(b"user,arn,password_last_used,mfa_active\nN/A,arn:aws:iam::1:user/N/A,no_information,true\n<root_account>,arn:aws:iam::1:root,N/A,not_supported\n");
        let rows = rows.unwrap();
        assert_eq!((rows[0]["user"].clone(), rows[0]["password_last_used"].clone()), ("N/A".into(), Value::Null));
        assert_eq!((rows[1]["user"].clone(), rows[1]["mfa_active"].clone()), ("<root_account>".into(), Value::Null));
        for wrong in ["", "user,arn\n", "user,arn\na\n", "name,arn\na,b\n"] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
