//! Accounts of AWS.

use crate::{
    AwsAccess, AwsAccount,
    reading::document::{Document, Members},
};
use toml::Spanned;

pub(super) fn read<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Option<AwsAccess> {
    let regions = members.required::<Vec<Spanned<String>>>(document, "regions");
    let accounts = accounts(document, members);
    let mut named = Vec::new();
    let regions = regions?;
    if regions.value.is_empty() {
        document.problem(regions.at, "\"regions\" is empty: name one at least");
    }
    for region in regions.value {
        let (at, text) = (region.span().start, region.into_inner());
        let is_region = text.contains('-') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_region || named.contains(&text) {
            document.problem(at, format!("{text:?} is not a region, or is there twice"));
        }
        named.push(text);
    }
    Some(AwsAccess { regions: named, accounts })
}

fn accounts<'a>(document: &mut Document<'a>, members: &mut Members<'a>) -> Vec<AwsAccount> {
    let mut accounts: Vec<AwsAccount> = Vec::new();
    for mut table in members.optional_tables(document, "account") {
        let id = table.required::<String>(document, "id");
        let role = table.optional::<String>(document, "role");
        table.finish(document);
        let Some(id) = id else { continue };
        if id.value.len() != 12 || !id.value.chars().all(|c| c.is_ascii_digit()) {
            document.problem(id.at, format!("{:?} is not an account: write its twelve digits", id.value));
        }
        if accounts.iter().any(|account| account.id == id.value) {
            document.problem(id.at, format!("the account {} is there twice: remove one", id.value));
        }
        if let Some(role) = role.as_ref().filter(|role| !is_role_of(&role.value, &id.value)) {
            let message = format!("{:?} is not the ARN of a role of the account {}", role.value, id.value);
            document.problem(role.at, message);
        }
        accounts.push(AwsAccount { id: id.value, role: role.map(|role| role.value) });
    }
    accounts
}

fn is_role_of(role: &str, account: &str) -> bool {
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam", "", of, name] if *of == account && name.starts_with("role/"))
}
