//! One signing key: how it is made, sealed for the store and made ready for use again.

use josekit::JoseError;
use josekit::jwk::Jwk;
use serde::Serialize;

use super::Error;
use super::signature::{self, Signer, Verifier};
use crate::clock::Timestamp;
use crate::protocol::client::SigningAlg;
use crate::secret::{self, RootKey};
use crate::store;
use crate::store::signing_keys::StoredKey;

const SEAL: &str = "signing key";

/// A key that is ready for use.
pub(super) struct Key {
    pub kid: String,
    pub alg: SigningAlg,
    pub ordinal: i64,
    pub active_at: Timestamp,
    pub public: Jwk,
    pub signer: Signer,
    pub verifier: Verifier,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .finish_non_exhaustive()
    }
}

/// A key as an admin sees it.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    /// The key's id.
    pub kid: String,
    /// Its algorithm.
    pub alg: SigningAlg,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it starts or started to sign.
    pub active_at: Timestamp,
    /// When it stops being published.
    pub expires_at: Option<Timestamp>,
    /// Whether it signs now.
    pub signs: bool,
}

/// A key that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewKey {
    pub alg: SigningAlg,
    pub ordinal: i64,
    pub created_at: Timestamp,
    pub active_at: Timestamp,
}

impl NewKey {
    /// Makes and seals it. For RSA this takes a while.
    pub fn make(self, root: &RootKey) -> Result<StoredKey, JoseError> {
        let kid = secret::random_id();
        let mut private = signature::generate(self.alg)?;
        private.set_key_id(&kid);
        private.set_key_use("sig");
        private.set_algorithm(self.alg.as_str());
        Ok(StoredKey {
            kid,
            alg: self.alg.as_str().into(),
            ordinal: self.ordinal,
            sealed: root.seal(SEAL, private.to_string().as_bytes())?,
            created_at: self.created_at,
            active_at: self.active_at,
            expires_at: None,
        })
    }
}

impl Key {
    /// Opens a stored key.
    pub fn unseal(stored: &StoredKey, root: &RootKey) -> Result<Self, Error> {
        let private = Jwk::from_bytes(root.open(SEAL, &stored.sealed)?)?;
        let alg = SigningAlg::parse(&stored.alg)
            .ok_or(store::Error::Corrupt("signing key's algorithm"))?;
        let mut public = private.to_public_key()?;
        public.set_key_id(&stored.kid);
        public.set_algorithm(alg.as_str());
        Ok(Self {
            kid: stored.kid.clone(),
            alg,
            ordinal: stored.ordinal,
            active_at: stored.active_at,
            signer: signature::signer(alg, &private)?,
            verifier: signature::verifier(alg, &public)?,
            public,
            created_at: stored.created_at,
            expires_at: stored.expires_at,
        })
    }

    /// Whether others may still need it.
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| expires_at > now)
    }

    /// What an admin is told of it.
    pub fn describe(&self, signs: bool) -> KeyInfo {
        KeyInfo {
            kid: self.kid.clone(),
            alg: self.alg,
            created_at: self.created_at,
            active_at: self.active_at,
            expires_at: self.expires_at,
            signs,
        }
    }
}
