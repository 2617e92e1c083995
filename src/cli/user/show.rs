//! `doorstep user list` and `show`.

use serde::Serialize;
use serde_json::Value;

use super::desk::Desk;
use super::link::ShownLink;
use crate::accounts::Account;
use crate::accounts::claims::Claims;
use crate::cli::{Failure, output};

/// Accounts that are read from the store at a time.
const PAGE: i64 = 500;

/// An account as `--json` shows it.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    username: &'a str,
    disabled: bool,
    created_at: String,
    updated_at: String,
    claims: &'a Claims,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<ShownLink>,
}

impl<'a> From<&'a Account> for Shown<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: &account.id,
            username: &account.username,
            disabled: account.disabled,
            created_at: account.created_at.to_rfc3339(),
            updated_at: account.updated_at.to_rfc3339(),
            claims: &account.claims,
            links: Vec::new(),
        }
    }
}

impl Desk {
    pub(super) async fn list(&self, json: bool) -> Result<(), Failure> {
        let (mut accounts, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.db.list_accounts(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.username);
            accounts.extend(page);
        }
        if json {
            return output::json(&accounts.iter().map(Shown::from).collect::<Vec<_>>());
        }
        let claim = |account: &Account, name: &str| {
            account.claims.as_map().get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let row = |account: &Account| {
            let state = if account.disabled { "disabled" } else { "active" };
            let created = account.created_at.to_utc();
            [
                account.username.clone(),
                claim(account, "name"),
                claim(account, "email"),
                state.into(),
                created,
            ]
        };
        let rows: Vec<_> = accounts.iter().map(row).collect();
        output::table(["USER NAME", "NAME", "E-MAIL", "STATE", "SINCE"], &rows)
    }

    pub(super) async fn show(&self, username: &str) -> Result<(), Failure> {
        let account = self.find(username).await?;
        let links = self.links(&account).await?;
        output::json(&Shown { links, ..Shown::from(&account) })
    }
}
