//! The account's password policy (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_PasswordPolicy.html>).

use crate::rows::{Composed, each};
use aws_source::{Aws, Element, Place, Reply, Request, services::IAM};
use collecting::CollectError;
use serde::Serialize;

const NO_POLICY: &[&str] = &["NoSuchEntity"];

/// What IAM does not say is null: no maximum age, no reuse that is prevented.
#[derive(Debug, Default, Serialize)]
struct Row<'a> {
    account: &'a str,
    present: bool,
    minimum_length: Option<u64>,
    require_symbols: Option<bool>,
    require_numbers: Option<bool>,
    require_uppercase: Option<bool>,
    require_lowercase: Option<bool>,
    max_age: Option<u64>,
    reuse_prevention: Option<u64>,
    allow_change: Option<bool>,
}

pub(super) async fn rows(aws: &Aws<'_>) -> Result<Composed, CollectError> {
    Composed::of(each(aws.homes(), |place| of_account(aws, place)).await?)
}

async fn of_account<'p>(aws: &Aws<'_>, place: Place<'p>) -> Result<Row<'p>, CollectError> {
    let request = Request::query(&IAM, "GetAccountPasswordPolicy").expecting(NO_POLICY);
    let reply = aws.ask(place, request).await?;
    let account = &place.account.id;
    if reply.code.is_some() {
        return Ok(Row { account, ..Row::default() });
    }
    let root = reply.xml()?;
    let none = || reply.unusable("it holds no password policy".to_owned());
    row(account, root.find("PasswordPolicy").ok_or_else(none)?, &reply)
}

fn row<'a>(account: &'a str, policy: &Element, reply: &Reply) -> Result<Row<'a>, CollectError> {
    let refuse = |name: &str| reply.unusable(format!("its {name} is not of its type"));
    let number = |name| policy.text_of(name).map(|text| text.parse().map_err(|_| refuse(name))).transpose();
    let flag = |name| policy.text_of(name).map(|text| text.parse().map_err(|_| refuse(name))).transpose();
    Ok(Row {
        account,
        present: true,
        minimum_length: number("MinimumPasswordLength")?,
        require_symbols: flag("RequireSymbols")?,
        require_numbers: flag("RequireNumbers")?,
        require_uppercase: flag("RequireUppercaseCharacters")?,
        require_lowercase: flag("RequireLowercaseCharacters")?,
        max_age: number("MaxPasswordAge")?,
        reuse_prevention: number("PasswordReusePrevention")?,
        allow_change: flag("AllowUsersToChangePassword")?,
    })
}
