//! Checking what somebody gives as a second factor. Guesses are slowed down as for passwords; what is
//! right is used up by one guarded statement.

use std::net::IpAddr;

use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey};

use super::passkey::Answer;
use super::totp::TotpSecret;
use super::{FactorKind, Factors, recovery, totp};
use crate::accounts::methods::Method;
use crate::accounts::throttle::RetryAfter;
use crate::clock::Timestamp;
use crate::store;

/// Why a code or passkey does not count.
#[derive(Debug)]
pub enum CheckFailure {
    /// It is wrong, or was used before.
    Refused,
    /// Too many attempts: the next one counts in this many seconds.
    TooManyAttempts {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// The store failed.
    Store(store::Error),
}

impl From<store::Error> for CheckFailure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<RetryAfter> for CheckFailure {
    fn from(RetryAfter(retry_after): RetryAfter) -> Self {
        Self::TooManyAttempts { retry_after }
    }
}

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// Of an authenticator app.
    Totp,
    /// A recovery code, which is one fewer now.
    Recovery,
}

impl Factors {
    /// Checks what somebody typed who has proven before that this may be their account: a code of one
    /// of its apps, or a recovery code. Either works once.
    ///
    /// # Errors
    /// [`CheckFailure`] says why it does not count.
    pub async fn check_code(
        &self,
        account_id: &str,
        typed: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<CodeKind, CheckFailure> {
        let attempt = self.spend_code(account_id, typed, now);
        let is_wrong = |failure: &CheckFailure| !matches!(failure, CheckFailure::Store(_));
        self.throttle.attempt(account_id, address, now, attempt, is_wrong).await
    }

    async fn spend_code(
        &self,
        account_id: &str,
        typed: &str,
        now: Timestamp,
    ) -> Result<CodeKind, CheckFailure> {
        if let Some(code) = totp::read_code(typed) {
            let used = self.has_totp() && self.spend_totp(account_id, &code, now).await?;
            return if used { Ok(CodeKind::Totp) } else { Err(CheckFailure::Refused) };
        }
        let digest = recovery::digest(&self.root, account_id, typed);
        let digest = digest.ok_or(CheckFailure::Refused)?;
        match self.db.spend_recovery_code(account_id, digest).await? {
            true => Ok(CodeKind::Recovery),
            false => Err(CheckFailure::Refused),
        }
    }

    async fn spend_totp(
        &self,
        account_id: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, store::Error> {
        for app in self.db.factors_of(account_id).await? {
            if app.kind != FactorKind::Totp.as_str() {
                continue;
            }
            let secret: TotpSecret = self.open(&app)?;
            if let Some(step) = secret.step_of(code, now)
                && self.db.spend_time_step(&app.id, step, now).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Checks a passkey's answer to a challenge of `asked_at`, and gives the id of the account that the
    /// key belongs to and how it was kept. With `account_id`, only that account's keys count.
    ///
    /// # Errors
    /// [`CheckFailure`] says why it does not count.
    pub async fn check_passkey(
        &self,
        challenge: DiscoverableAuthentication,
        asked_at: Timestamp,
        answer: &str,
        account_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, Method), CheckFailure> {
        let passkeys = self.passkeys.as_ref().ok_or(CheckFailure::Refused)?;
        let answer = Answer::read(answer).ok_or(CheckFailure::Refused)?;
        let stored = self.db.find_passkey(&answer.credential_id()).await?;
        let stored = stored.ok_or(CheckFailure::Refused)?;
        if account_id.is_some_and(|account_id| account_id != stored.account_id) {
            return Err(CheckFailure::Refused);
        }
        let known: Passkey = self.open(&stored)?;
        let signed = passkeys
            .verify(challenge, &answer, &known, &stored.account_id)
            .ok_or(CheckFailure::Refused)?;
        match self.db.use_passkey(&stored.id, signed.counter, asked_at, now).await? {
            true => Ok((stored.account_id, signed.method)),
            false => Err(CheckFailure::Refused),
        }
    }
}
