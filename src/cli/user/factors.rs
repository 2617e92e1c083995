//! `doorstep user factors`: what a person signs in with besides the password, and the way back in for
//! somebody who has lost it all.

use serde::Serialize;
use serde_json::json;

use super::desk::Desk;
use crate::accounts::Account;
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::store::factors::StoredFactor;

/// Arguments of `doorstep user factors`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The person's user name
    pub username: String,
    /// Remove this factor, for a lost phone or key, and sign the person out everywhere; can be given
    /// more than once
    #[arg(long, value_name = "ID")]
    remove: Vec<String>,
    /// Remove all factors and the recovery codes: the person signs in with the password alone, and adds
    /// a new factor then if one is required
    #[arg(long, conflicts_with = "remove")]
    remove_all: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// A factor as `--json` shows it.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: &'a str,
    name: &'a str,
    created_at: String,
    last_used_at: Option<String>,
}

impl<'a> From<&'a StoredFactor> for Shown<'a> {
    fn from(factor: &'a StoredFactor) -> Self {
        Self {
            id: &factor.id,
            kind: &factor.kind,
            name: &factor.name,
            created_at: factor.created_at.to_rfc3339(),
            last_used_at: factor.last_used_at.map(|at| at.to_rfc3339()),
        }
    }
}

impl Desk {
    pub(super) async fn factors(&self, args: &Args) -> Result<(), Failure> {
        let account = self.find(&args.username).await?;
        let factors = self.db.factors_of(&account.id).await?;
        if args.remove_all {
            return self.remove_factors(&account, factors.iter().map(|known| &*known.id)).await;
        }
        if !args.remove.is_empty() {
            let is_known = |id: &String| factors.iter().any(|factor| factor.id == *id);
            if let Some(unknown) = args.remove.iter().find(|id| !is_known(id)) {
                return Err(Failure::new(format!(
                    "{} has no factor {unknown:?}; nothing was removed",
                    account.username
                )));
            }
            return self.remove_factors(&account, args.remove.iter().map(String::as_str)).await;
        }
        if args.json {
            return output::json(&factors.iter().map(Shown::from).collect::<Vec<_>>());
        }
        let row = |factor: &StoredFactor| {
            let used = factor.last_used_at.map_or_else(|| "never".into(), |at| at.to_utc());
            [
                factor.id.clone(),
                factor.kind.clone(),
                factor.name.clone(),
                factor.created_at.to_utc(),
                used,
            ]
        };
        let rows: Vec<_> = factors.iter().map(row).collect();
        output::table(["ID", "KIND", "NAME", "SINCE", "LAST USED"], &rows)?;
        let left = self.db.count_recovery_codes(&account.id).await?;
        output::line(format!("\n{left} recovery codes are left."))
    }

    /// Removes these, and signs the person out of every browser: whoever has the lost phone may be
    /// signed in on it.
    async fn remove_factors(
        &self,
        account: &Account,
        ids: impl Iterator<Item = &str>,
    ) -> Result<(), Failure> {
        for id in ids {
            self.db.delete_factor(id, &account.id).await?;
            self.record("factor_removed", account, json!({ "factor_id": id })).await?;
        }
        if self.db.factors_of(&account.id).await?.is_empty() {
            self.db.delete_recovery_codes_of(&account.id).await?;
        }
        self.db.end_sessions_of(&account.id, Clock::system().now()).await?;
        output::line(format!("Done. {} is signed out everywhere.", account.username))
    }
}
