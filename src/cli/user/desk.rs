//! What each `doorstep user` command does.

use serde_json::{Map, Value, json};

use super::claim_args::ClaimArgs;
use crate::accounts::Account;
use crate::accounts::claims::Claims;
use crate::accounts::password::Passwords;
use crate::accounts::rules::{PasswordRules, UsernameRule};
use crate::cli::password_input::PasswordArgs;
use crate::cli::record::{event, record};
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::secret::{self, Secret};
use crate::store::Db;

/// Where an admin sits: the settings and the store.
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) db: Db,
    pub(super) passwords: Passwords,
    pub(super) rules: PasswordRules,
}

impl Desk {
    pub(super) async fn add(
        &self,
        username: &str,
        password: &PasswordArgs,
        must_change: bool,
        claims: &ClaimArgs,
    ) -> Result<(), Failure> {
        let username = self.username(username)?;
        let claims = checked(claims.apply(Map::new())?)?;
        if self.db.find_account_by_username(&username).await?.is_some() {
            return Err(taken(&username));
        }
        let password = password.read().await?;
        let hash = self.hash(&password.secret, &username).await?;
        let account = self.new_account(username, claims);
        if !self.db.insert_account(&account, Some(hash)).await? {
            return Err(taken(&account.username));
        }
        if must_change {
            self.db.require_password_change(&account.id).await?;
        }
        self.record("account_made", &account, json!({ "username": account.username })).await?;
        if password.generated {
            output::line(format!(
                "Password of {}: {}",
                account.username,
                password.secret.expose()
            ))?;
        }
        output::line(format!("{} can sign in now.", account.username))
    }

    pub(super) async fn set(
        &self,
        username: &str,
        claims: &ClaimArgs,
        unset: &[String],
    ) -> Result<(), Failure> {
        let account = self.find(username).await?;
        if *claims == ClaimArgs::default() && unset.is_empty() {
            return Err(Failure::new(format!(
                "nothing is named that {} should have or lose; doorstep user set --help tells what there is",
                account.username
            )));
        }
        let mut known = account.claims.as_map().clone();
        for name in unset {
            known
                .remove(name)
                .ok_or_else(|| Failure::new(format!("{} has no claim {name}", account.username)))?;
        }
        let claims = checked(claims.apply(known)?)?;
        self.db.update_claims(&account.id, &claims, Clock::system().now()).await?;
        let names: Vec<_> = claims.as_map().keys().collect();
        self.record("account_changed", &account, json!({ "claims": names })).await?;
        output::line(format!("{} was changed.", account.username))
    }

    pub(super) async fn passwd(
        &self,
        username: &str,
        password: &PasswordArgs,
        must_change: bool,
    ) -> Result<(), Failure> {
        let account = self.find(username).await?;
        let password = password.read().await?;
        let hash = self.hash(&password.secret, &account.username).await?;
        self.db.set_password_hash(&account.id, hash, Clock::system().now()).await?;
        if must_change {
            self.db.require_password_change(&account.id).await?;
        }
        self.db.end_sessions_of(&account.id, Clock::system().now()).await?;
        self.record("password_changed", &account, json!({})).await?;
        if password.generated {
            output::line(format!(
                "Password of {}: {}",
                account.username,
                password.secret.expose()
            ))?;
        }
        output::line(format!(
            "{} has a new password and is signed out everywhere.",
            account.username
        ))
    }

    pub(super) async fn set_disabled(&self, username: &str, disabled: bool) -> Result<(), Failure> {
        let account = self.find(username).await?;
        self.db.set_account_disabled(&account.id, disabled, Clock::system().now()).await?;
        if disabled {
            self.db.end_sessions_of(&account.id, Clock::system().now()).await?;
        }
        let event = if disabled { "account_disabled" } else { "account_enabled" };
        self.record(event, &account, json!({})).await?;
        let state = if disabled { "closed and signed out everywhere" } else { "open again" };
        output::line(format!("The account {} is {state}.", account.username))
    }

    pub(super) async fn remove(&self, username: &str) -> Result<(), Failure> {
        let account = self.find(username).await?;
        self.db.delete_links_of(&account.id).await?;
        self.db.delete_account(&account.id).await?;
        self.db.end_sessions_of(&account.id, Clock::system().now()).await?;
        self.db.delete_consents_of(&account.id).await?;
        self.db.delete_factors_of(&account.id).await?;
        self.db.delete_recovery_codes_of(&account.id).await?;
        self.record("account_removed", &account, json!({ "username": account.username })).await?;
        output::line(format!("{} is gone.", account.username))
    }

    /// Adds to the audit trail what was done to an account.
    pub(super) async fn record(
        &self,
        name: &str,
        account: &Account,
        detail: Value,
    ) -> Result<(), Failure> {
        record(&self.db, event(name).account(Some(&account.id)), detail).await
    }

    pub(super) async fn find(&self, username: &str) -> Result<Account, Failure> {
        let nobody = || {
            Failure::new(format!(
                "there is no user {username:?}; doorstep user list shows them all"
            ))
        };
        // People from elsewhere may go by names that nobody gets here.
        let username = UsernameRule::Email.apply(username).map_err(|_| nobody())?;
        self.db
            .find_account_by_username(&username)
            .await?
            .map(|(account, _)| account)
            .ok_or_else(nobody)
    }

    pub(super) fn username(&self, typed: &str) -> Result<String, Failure> {
        let rule = self.config.accounts.usernames;
        rule.apply(typed)
            .map_err(|reason| Failure::new(format!("the user name {typed:?} {reason}")))
    }

    pub(super) fn new_account(&self, username: String, claims: Claims) -> Account {
        let now = Clock::system().now();
        let id = secret::random_id();
        Account { id, username, disabled: false, claims, created_at: now, updated_at: now }
    }

    pub(super) fn check_password(&self, password: &Secret, username: &str) -> Result<(), Failure> {
        self.rules
            .check(password, username)
            .map_err(|reason| Failure::new(format!("the password of {username} {reason}")))
    }

    pub(super) async fn hash(&self, password: &Secret, username: &str) -> Result<String, Failure> {
        self.check_password(password, username)?;
        let hashed = self.passwords.hash(password).await;
        hashed.map_err(|_| Failure::new("the password could not be hashed"))
    }
}

pub(super) fn checked(claims: Map<String, Value>) -> Result<Claims, Failure> {
    Claims::new(claims).map_err(|bad| Failure::new(format!("the claim {bad}")))
}

fn taken(username: &str) -> Failure {
    Failure::new(format!("somebody goes by {username} already; nothing was changed"))
}
