//! Second factors: what people sign in with besides, or instead of, a password.
//!
//! They stand in Doorstep's store beside the accounts and know a person by the account's id alone, so a
//! host application with users of its own has them too. Secrets are sealed under a key derived for the
//! account: a row that is copied to somebody else's account does not open there.

mod check;
mod enrol;
pub mod passkey;
pub mod recovery;
mod settings;
pub mod ticket;
pub mod totp;

use std::sync::Arc;

pub use check::{CheckFailure, CodeKind};
pub use enrol::EnrolFailure;
use passkey::Passkeys;
use serde::Serialize;
use serde::de::DeserializeOwned;
pub use settings::FactorSettings;

use super::Account;
use super::throttle::SignInThrottle;
use crate::clock::Timestamp;
use crate::protocol::acr::Acr;
use crate::secret::RootKey;
use crate::store::factors::StoredFactor;
use crate::store::{self, Db};

/// Apps and passkeys that one account has at most.
pub const MAX_FACTORS: i64 = 10;
/// Bytes of the name of a factor at most.
pub const MAX_NAME: usize = 60;

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

    /// The class of sign-in that this person needs at least, whatever they sign in to.
    pub fn needed_of(&self, account: &Account) -> Acr {
        match self.settings.is_required_of(account) {
            true => Acr::MultiFactor,
            false => Acr::SingleFactor,
        }
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

    /// The credential ids of an account's passkeys, base64url.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn credential_ids(&self, account_id: &str) -> Result<Vec<String>, store::Error> {
        let factors = self.db.factors_of(account_id).await?;
        Ok(factors.into_iter().filter_map(|factor| factor.credential_id).collect())
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
