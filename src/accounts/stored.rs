//! Accounts of the store: the usual implementation of [`Accounts`].

use std::net::IpAddr;

use super::account::Account;
use super::password::{Busy, Passwords, Verdict};
use super::rules::{BadPassword, PasswordRules, UsernameRule};
use super::throttle::SignInThrottle;
use super::{
    Accounts, Answer, Arrival, Arrived, PasswordFailure, Refusal, SignInFailure, Unavailable,
    linking,
};
use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::store::{self, Db};

/// People who have an account in the store, with a password.
#[derive(Debug)]
pub struct StoredAccounts {
    db: Db,
    passwords: Passwords,
    throttle: SignInThrottle,
    usernames: UsernameRule,
    rules: PasswordRules,
}

impl From<store::Error> for Unavailable {
    fn from(error: store::Error) -> Self {
        Self(error.into())
    }
}

impl StoredAccounts {
    /// Accounts of `db`, whose passwords are checked by `passwords`.
    pub fn new(db: Db, passwords: Passwords, usernames: UsernameRule) -> Self {
        let (throttle, rules) = (SignInThrottle::default(), PasswordRules::default());
        Self { db, passwords, throttle, usernames, rules }
    }

    /// What new passwords have to be.
    #[must_use]
    pub fn password_rules(mut self, rules: PasswordRules) -> Self {
        self.rules = rules;
        self
    }

    /// Compares the password, whether or not anybody goes by `username`.
    async fn check(&self, username: &str, password: &Secret) -> Result<Account, SignInFailure> {
        let found = match self.usernames.apply(username) {
            Ok(username) => {
                self.db.find_account_by_username(&username).await.map_err(Unavailable::from)?
            }
            Err(_) => None,
        };
        let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
        let verdict = self
            .passwords
            .verify(password, hash.clone())
            .await
            .map_err(|Busy| SignInFailure::Busy)?;
        let account = account.ok_or(SignInFailure::Refused(Refusal::UnknownUser))?;
        match (verdict, account.disabled) {
            (Verdict::Wrong, _) => Err(SignInFailure::Refused(Refusal::WrongPassword)),
            (Verdict::Right { .. }, true) => Err(SignInFailure::Refused(Refusal::Disabled)),
            (Verdict::Right { outdated }, false) => {
                if let Some(old) = hash.filter(|_| outdated) {
                    self.rehash(&account, password, old).await;
                }
                Ok(account)
            }
        }
    }

    async fn change(
        &self,
        account: &Account,
        new: &Secret,
        now: Timestamp,
    ) -> Result<(), PasswordFailure> {
        let (rules, password, username) =
            (self.rules.clone(), new.clone(), account.username.clone());
        let checked = tokio::task::spawn_blocking(move || rules.check(&password, &username)).await;
        checked.map_err(|error| Unavailable(error.into()))?.map_err(PasswordFailure::Bad)?;
        let busy = |Busy| PasswordFailure::Busy;
        let stored = self.db.find_password_hash(&account.id).await.map_err(Unavailable::from)?;
        if self.passwords.verify(new, stored).await.map_err(busy)? != Verdict::Wrong {
            return Err(PasswordFailure::Bad(BadPassword::Same));
        }
        let hash = self.passwords.hash(new).await.map_err(busy)?;
        self.db.set_password_hash(&account.id, hash, now).await.map_err(Unavailable::from)?;
        Ok(())
    }

    /// Stores the password at today's cost. The sign-in does not depend on it: next time will do.
    async fn rehash(&self, account: &Account, password: &Secret, old: String) {
        let Ok(new) = self.passwords.hash(password).await else { return };
        if let Err(error) = self.db.replace_password_hash(&account.id, old, new).await {
            tracing::warn!(%error, account = account.id, "a password could not be hashed anew");
        }
    }
}

impl Accounts for StoredAccounts {
    fn authenticate<'a>(
        &'a self,
        username: &'a str,
        password: &'a Secret,
        address: IpAddr,
        now: Timestamp,
    ) -> Answer<'a, Result<Account, SignInFailure>> {
        Box::pin(async move {
            let attempt = self.check(username.trim(), password);
            let is_wrong = SignInFailure::is_refusal;
            self.throttle.attempt_by_name(username, address, now, attempt, is_wrong).await
        })
    }

    fn welcome<'a>(
        &'a self,
        arrival: Arrival<'a>,
        now: Timestamp,
    ) -> Answer<'a, Result<Arrived, SignInFailure>> {
        Box::pin(linking::welcome(&self.db, arrival, now))
    }

    fn find<'a>(&'a self, id: &'a str) -> Answer<'a, Result<Option<Account>, Unavailable>> {
        Box::pin(async move { Ok(self.db.find_account(id).await?) })
    }

    fn keeps_passwords(&self) -> bool {
        true
    }

    fn must_change_password<'a>(&'a self, id: &'a str) -> Answer<'a, Result<bool, Unavailable>> {
        Box::pin(async move { Ok(self.db.must_change_password(id).await?) })
    }

    fn change_password<'a>(
        &'a self,
        account: &'a Account,
        new: &'a Secret,
        now: Timestamp,
    ) -> Answer<'a, Result<(), PasswordFailure>> {
        Box::pin(self.change(account, new, now))
    }
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
