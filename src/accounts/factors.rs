//! Second factors: what people sign in with besides, or instead of, a password.
//!
//! They stand in Doorstep's store beside the accounts and know a person by the account's id alone, so a
//! host application with users of its own has them too. Secrets are sealed under a key derived for the
//! account: a row that is copied to somebody else's account does not open there.

pub mod passkey;
pub mod recovery;
pub mod ticket;
pub mod totp;

use std::net::IpAddr;
use std::sync::Arc;

use passkey::Passkeys;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use totp::TotpSecret;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PasskeyRegistration};

use super::Account;
use super::methods::Method;
use super::throttle::{RetryAfter, SignInThrottle};
use crate::clock::Timestamp;
use crate::protocol::acr::Acr;
use crate::secret::{self, RootKey, Secret};
use crate::store::factors::StoredFactor;
use crate::store::{self, Db};

/// Apps and passkeys that one account has at most.
pub const MAX_FACTORS: i64 = 10;
/// Bytes of the name of a factor at most.
pub const MAX_NAME: usize = 60;

/// Which factors there are, and who has to have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSettings {
    /// Whether authenticator apps may be added and are asked for.
    pub totp: bool,
    /// Whether passkeys may be added and are asked for. They need an issuer with a host name.
    pub passkeys: bool,
    /// Whether everybody needs a second factor.
    pub require_mfa: bool,
    /// The groups whose members need one.
    pub require_mfa_groups: Vec<String>,
}

impl FactorSettings {
    /// Whether these settings ask anybody for a second factor.
    pub fn is_required_of_anybody(&self) -> bool {
        self.require_mfa || !self.require_mfa_groups.is_empty()
    }

    /// Whether they ask this person for one.
    pub fn is_required_of(&self, account: &Account) -> bool {
        let groups = account.claims.as_map().get("groups").and_then(Value::as_array);
        let is_listed = |group: &Value| {
            group.as_str().is_some_and(|group| {
                self.require_mfa_groups.iter().any(|required| required == group)
            })
        };
        self.require_mfa || groups.is_some_and(|groups| groups.iter().any(is_listed))
    }
}

impl Default for FactorSettings {
    fn default() -> Self {
        Self { totp: true, passkeys: true, require_mfa: false, require_mfa_groups: Vec::new() }
    }
}

/// A kind of factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// An authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
}

impl FactorKind {
    /// The kind's name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }
}

/// A factor as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Names it in addresses; it proves nothing.
    pub id: String,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Why a factor was not added.
#[derive(Debug)]
pub enum EnrolFailure {
    /// The code is not one of this secret, or the passkey's answer does not hold.
    Refused,
    /// The account has as many as it may.
    TooMany,
    /// The store failed.
    Store(store::Error),
}

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

impl From<store::Error> for EnrolFailure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<store::Error> for CheckFailure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// The second factors of all accounts. Clones share them.
#[derive(Clone, Debug)]
pub struct Factors {
    db: Db,
    root: RootKey,
    settings: Arc<FactorSettings>,
    passkeys: Option<Passkeys>,
    throttle: Arc<SignInThrottle>,
}

impl Factors {
    /// The factors in this store, for an issuer at this origin whose pages carry this name.
    pub fn new(db: Db, root: RootKey, settings: FactorSettings, origin: &str, name: &str) -> Self {
        let passkeys = settings.passkeys.then(|| Passkeys::new(origin, name, root.clone()));
        let throttle = Arc::default();
        Self { db, root, settings: settings.into(), passkeys: passkeys.flatten(), throttle }
    }

    /// Which factors there are, and who needs one.
    pub fn settings(&self) -> &FactorSettings {
        &self.settings
    }

    /// Whether authenticator apps are on.
    pub fn has_totp(&self) -> bool {
        self.settings.totp
    }

    /// The strongest class of sign-in that anybody can reach.
    pub fn strongest(&self) -> Acr {
        Acr::reached_with(self.has_totp(), self.passkeys.is_some())
    }

    /// The strongest that this person can reach with the factors they have.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn within_reach(&self, account_id: &str) -> Result<Acr, store::Error> {
        let factors = self.list(account_id).await?;
        let has = |kind| factors.iter().any(|factor| factor.kind == kind);
        Ok(Acr::reached_with(has(FactorKind::Totp), has(FactorKind::Passkey)))
    }

    /// The passkeys' relying party, if they are on and the issuer's host can have them.
    pub fn passkeys(&self) -> Option<&Passkeys> {
        self.passkeys.as_ref()
    }

    /// The factors of an account that can be used here, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, account_id: &str) -> Result<Vec<Factor>, store::Error> {
        let stored = self.db.factors_of(account_id).await?;
        Ok(stored.iter().filter_map(|factor| self.shown(factor)).collect())
    }

    fn shown(&self, stored: &StoredFactor) -> Option<Factor> {
        let kind = match stored.kind.as_str() {
            "totp" if self.has_totp() => FactorKind::Totp,
            "passkey" if self.passkeys.is_some() => FactorKind::Passkey,
            _ => return None,
        };
        Some(Factor {
            id: stored.id.clone(),
            kind,
            name: stored.name.clone(),
            created_at: stored.created_at,
            last_used_at: stored.last_used_at,
        })
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recovery_codes_left(&self, account_id: &str) -> Result<i64, store::Error> {
        self.db.count_recovery_codes(account_id).await
    }

    /// Adds an authenticator app, once a code shows that it has the secret. That code is used up.
    ///
    /// # Errors
    /// [`EnrolFailure`] says why it was not added.
    pub async fn add_totp(
        &self,
        account_id: &str,
        name: &str,
        secret: &TotpSecret,
        code: &str,
        now: Timestamp,
    ) -> Result<(), EnrolFailure> {
        let code = totp::read_code(code).ok_or(EnrolFailure::Refused)?;
        let step = secret.step_of(&code, now).ok_or(EnrolFailure::Refused)?;
        // Named after its secret, so that a form that is sent twice adds one app.
        let id = secret::base64url(&self.root.derive("factor id", &[secret.as_bytes()])[..16]);
        self.add(account_id, FactorKind::Totp, id, name, None, secret, step, now).await
    }

    /// Adds the passkey that answered the challenge of this registration.
    ///
    /// # Errors
    /// [`EnrolFailure`] says why it was not added.
    pub async fn add_passkey(
        &self,
        account_id: &str,
        name: &str,
        registration: &PasskeyRegistration,
        answer: &str,
        now: Timestamp,
    ) -> Result<Method, EnrolFailure> {
        let passkeys = self.passkeys.as_ref().ok_or(EnrolFailure::Refused)?;
        let (passkey, method) =
            passkeys.register(registration, answer).ok_or(EnrolFailure::Refused)?;
        let credential_id = secret::base64url(passkey.cred_id());
        let (id, kind) = (secret::random_id(), FactorKind::Passkey);
        self.add(account_id, kind, id, name, Some(credential_id), &passkey, 0, now).await?;
        Ok(method)
    }

    /// The credential ids of an account's passkeys, base64url.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn credential_ids(&self, account_id: &str) -> Result<Vec<String>, store::Error> {
        let factors = self.db.factors_of(account_id).await?;
        Ok(factors.into_iter().filter_map(|factor| factor.credential_id).collect())
    }

    #[expect(clippy::too_many_arguments, reason = "a row has that many columns")]
    async fn add(
        &self,
        account_id: &str,
        kind: FactorKind,
        id: String,
        name: &str,
        credential_id: Option<String>,
        what: &impl Serialize,
        counter: i64,
        now: Timestamp,
    ) -> Result<(), EnrolFailure> {
        let factor = StoredFactor {
            id: id.clone(),
            account_id: account_id.to_owned(),
            kind: kind.as_str().into(),
            name: tidy(name),
            credential_id,
            sealed: self.seal(account_id, what)?,
            counter,
            created_at: now,
            last_used_at: None,
        };
        if self.db.insert_factor(factor, MAX_FACTORS).await? {
            return Ok(());
        }
        let known = self.db.factors_of(account_id).await?;
        match known.iter().any(|factor| factor.id == id) {
            true => Ok(()),
            false if known.len() as i64 >= MAX_FACTORS => Err(EnrolFailure::TooMany),
            false => Err(EnrolFailure::Refused),
        }
    }

    /// Fresh recovery codes in place of those that an account had. This is the only time that they can
    /// be shown.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn new_recovery_codes(&self, account_id: &str) -> Result<Vec<Secret>, store::Error> {
        let codes: [Secret; recovery::COUNT] = std::array::from_fn(|_| recovery::generate());
        let digests = codes.each_ref().map(|code| {
            recovery::digest(&self.root, account_id, code.expose()).unwrap_or_default()
        });
        self.db.delete_recovery_codes_of(account_id).await?;
        self.db.insert_recovery_codes(account_id, digests).await?;
        Ok(codes.into())
    }

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
        self.throttle
            .admit(account_id, address, now)
            .map_err(|RetryAfter(retry_after)| CheckFailure::TooManyAttempts { retry_after })?;
        let outcome = self.spend_code(account_id, typed, now).await;
        match &outcome {
            Ok(_) => self.throttle.succeeded(account_id, address, now),
            Err(CheckFailure::Store(_)) => self.throttle.undo(account_id, address, now),
            Err(_) => {}
        }
        outcome
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
        let answer = passkey::Answer::read(answer).ok_or(CheckFailure::Refused)?;
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

    /// Gives a factor another name. False when the account has no such factor.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rename(
        &self,
        account_id: &str,
        id: &str,
        name: &str,
    ) -> Result<bool, store::Error> {
        self.db.rename_factor(id, account_id, tidy(name)).await
    }

    /// Removes a factor, and with the last one the recovery codes. False when the account has no such
    /// factor.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, account_id: &str, id: &str) -> Result<bool, store::Error> {
        let removed = self.db.delete_factor(id, account_id).await?;
        if self.db.factors_of(account_id).await?.is_empty() {
            self.db.delete_recovery_codes_of(account_id).await?;
        }
        Ok(removed)
    }

    fn seal(&self, account_id: &str, what: &impl Serialize) -> Result<String, store::Error> {
        let json = serde_json::to_vec(what).map_err(|_| store::Error::Corrupt("factor"))?;
        let sealed = self.root.seal(&purpose(account_id), &json);
        sealed.map_err(|_| store::Error::Corrupt("factor"))
    }

    fn open<T: DeserializeOwned>(&self, stored: &StoredFactor) -> Result<T, store::Error> {
        let json = self.root.open(&purpose(&stored.account_id), &stored.sealed);
        let json = json.map_err(|_| store::Error::Corrupt("factor"))?;
        serde_json::from_slice(&json).map_err(|_| store::Error::Corrupt("factor"))
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

fn purpose(account_id: &str) -> String {
    format!("factor of {account_id}")
}

/// A name as it is stored: one line, not too long.
fn tidy(name: &str) -> String {
    let line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut short = line.split_whitespace().collect::<Vec<_>>().join(" ");
    while short.len() > MAX_NAME {
        short.pop();
    }
    short
}
