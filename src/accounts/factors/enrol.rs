//! Adding factors and recovery codes to an account.

use webauthn_rs::prelude::PasskeyRegistration;

use super::totp::TotpSecret;
use super::{FactorKind, Factors, MAX_FACTORS, recovery, tidy, totp};
use crate::accounts::methods::Method;
use crate::clock::Timestamp;
use crate::secret::{self, Secret};
use crate::store;
use crate::store::factors::StoredFactor;

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

impl From<store::Error> for EnrolFailure {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl Factors {
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
        let digest = self.root.derive("factor id", &[secret.as_bytes()]);
        let factor = StoredFactor {
            id: secret::id_of(std::array::from_fn(|i| digest[i])),
            account_id: account_id.to_owned(),
            kind: FactorKind::Totp.as_str().into(),
            name: tidy(name),
            credential_id: None,
            sealed: self.seal(account_id, secret)?,
            counter: step,
            created_at: now,
            last_used_at: None,
        };
        self.add(factor).await
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
        let factor = StoredFactor {
            id: secret::random_id(),
            account_id: account_id.to_owned(),
            kind: FactorKind::Passkey.as_str().into(),
            name: tidy(name),
            credential_id: Some(secret::base64url(passkey.cred_id())),
            sealed: self.seal(account_id, &passkey)?,
            counter: 0,
            created_at: now,
            last_used_at: None,
        };
        self.add(factor).await?;
        Ok(method)
    }

    async fn add(&self, factor: StoredFactor) -> Result<(), EnrolFailure> {
        let (id, account_id) = (factor.id.clone(), factor.account_id.clone());
        if self.db.insert_factor(factor, MAX_FACTORS).await? {
            return Ok(());
        }
        let known = self.db.factors_of(&account_id).await?;
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
}
