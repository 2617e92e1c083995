//! Signing keys: made on first use, sealed at rest, published, rotated without a restart. With the files
//! under `keys/`, the only place that names josekit's signing.
//!
//! A new key is published before it signs, and an old one stays published until its last token has
//! expired (OpenID Connect Core §10.1.1). Replicas agree because they read the same rows.

mod error;
mod key;
pub mod others;
mod signature;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

use josekit::jws::{self, JwsHeader};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::clock::{Clock, Timestamp};
use crate::protocol::client::SigningAlg;
use crate::published::Published;
use crate::secret::{self, RootKey};
use crate::store::Db;

pub use error::Error;
pub use key::KeyInfo;
use key::{Key, NewKey};

/// Seconds for which relying parties may cache the JWKS.
pub const JWKS_MAX_AGE: i64 = 300;
/// Seconds from a key's publication to its first signature: every cache has it by then.
const PUBLISH_LEAD: i64 = 2 * JWKS_MAX_AGE;
/// Seconds that an old key stays published: no token lives longer.
pub const MAX_TOKEN_LIFETIME: i64 = 86_400;
/// Seconds for which a key that is no longer published still tells our own old ID tokens from others':
/// as hints they may be older than any session (OpenID Connect RP-Initiated Logout §2).
const REMEMBERED: i64 = 366 * 86_400;
/// When keys that have leaked end: so long ago that nobody remembers them.
const FORGOTTEN: Timestamp = Timestamp(0);
/// The algorithms whose first keys are made when the issuer starts, so that they are known before they
/// sign. An RSA key takes a moment to make, so that of PS256 waits for the first client that wants it.
const AT_START: [SigningAlg; 3] = [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::EdDSA];

/// The issuer's keys. Clones share them.
#[derive(Clone, Debug)]
pub struct Keys {
    db: Db,
    root: RootKey,
    clock: Clock,
    ring: Arc<RwLock<Arc<Ring>>>,
    /// When a key that we did not know made us read them again.
    searched_at: Arc<AtomicI64>,
}

/// What was last read from the store, ready for use.
#[derive(Debug)]
struct Ring {
    keys: Vec<Arc<Key>>,
    jwks: Published,
}

impl Ring {
    async fn read(db: &Db, root: &RootKey, now: Timestamp) -> Result<Self, Error> {
        let stored = db.signing_keys(now.plus(-REMEMBERED)).await?;
        let keys = stored
            .iter()
            .map(|key| Key::unseal(key, root).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let published = keys.iter().filter(|key| key.is_published(now));
        let public: Vec<_> = published.map(|key| key.public.as_ref()).collect();
        let jwks = Published::new(json!({ "keys": public }).to_string());
        Ok(Self { keys, jwks })
    }
}

impl Keys {
    /// Reads the keys, and makes the first of each algorithm of `AT_START` where there is none.
    ///
    /// # Errors
    /// When the store fails, or holds keys of another root key.
    pub async fn open(db: Db, root: RootKey, clock: Clock) -> Result<Self, Error> {
        let ring = Ring::read(&db, &root, clock.now()).await?;
        let ring = Arc::new(RwLock::new(Arc::new(ring)));
        let keys = Self { db, root, clock, ring, searched_at: Arc::default() };
        for alg in AT_START {
            keys.signing(alg).await?;
        }
        Ok(keys)
    }

    /// Whether the store has keys that this root key opens; nothing is made.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub async fn are_opened_by(root: &RootKey, db: &Db, now: Timestamp) -> Result<bool, Error> {
        Ok(!Ring::read(db, root, now).await?.keys.is_empty())
    }

    /// Reads the keys again: another replica or an admin may have rotated them.
    ///
    /// # Errors
    /// When the store fails; the keys stay as they were.
    pub async fn reload(&self) -> Result<(), Error> {
        let ring = Ring::read(&self.db, &self.root, self.clock.now()).await?;
        *self.ring.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(ring);
        Ok(())
    }

    /// Makes the next key of `alg`. It signs once every cache has it, or, when the present one was
    /// compromised, `at_once`, and then the present one is withdrawn too.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rotate(&self, alg: SigningAlg, at_once: bool) -> Result<(), Error> {
        self.reload().await?;
        let now = self.clock.now();
        let last =
            self.ring().keys.iter().filter(|key| key.alg == alg).map(|key| key.ordinal).max();
        let ordinal = last.unwrap_or(0) + 1;
        // Nobody has to be told about the first key of all: there is no other that they could use.
        let active_at = if at_once || last.is_none() { now } else { now.plus(PUBLISH_LEAD) };
        self.make(NewKey { alg, ordinal, created_at: now, active_at }).await?;
        let gone_at = if at_once { FORGOTTEN } else { active_at.plus(MAX_TOKEN_LIFETIME) };
        self.db.expire_signing_keys(alg.as_str(), ordinal, gone_at).await?;
        self.reload().await
    }

    /// The keys that are published, oldest first.
    pub fn list(&self) -> Vec<KeyInfo> {
        let signs = |key: &Key| self.active(key.alg).is_some_and(|active| active.kid == key.kid);
        let (ring, now) = (self.ring(), self.clock.now());
        let published = ring.keys.iter().filter(|key| key.is_published(now));
        published.map(|key| key.describe(signs(key))).collect()
    }

    /// The public keys as a JWK set (RFC 7517 §5).
    pub fn jwks(&self) -> Published {
        self.ring().jwks.clone()
    }

    /// Signs `claims` as a compact JWS with this `typ`. The first key of an algorithm may be made for it.
    ///
    /// # Errors
    /// When there is no key or the signature cannot be made.
    pub async fn sign(
        &self,
        alg: SigningAlg,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, Error> {
        let key = self.signing(alg).await?;
        let mut header = JwsHeader::new();
        header.set_token_type(typ);
        header.set_key_id(&key.kid);
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        Ok(jws::serialize_compact(&payload, &header, &*key.signer)?)
    }

    /// Reads the keys again if this token names one that we do not know: another replica may have made it
    /// a moment ago. Once a second at most, since anybody can invent a name.
    pub async fn look_for_key_of(&self, token: &str) {
        let is_known = |kid: &str| self.ring().keys.iter().any(|key| key.kid == kid);
        let Some(header) = header(token) else { return };
        if header.key_id().is_none_or(is_known) {
            return;
        }
        let now = self.clock.now().0;
        if self.searched_at.swap(now, Ordering::Relaxed) == now {
            return;
        }
        if let Err(error) = self.reload().await {
            tracing::warn!(%error, "the signing keys could not be read again");
        }
    }

    /// The claims of a JWS that one of our keys signed as this `typ`, expired or not.
    pub fn verify<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        let header = header(token)?;
        if !header.token_type()?.eq_ignore_ascii_case(typ) {
            return None;
        }
        let kid = header.key_id()?;
        let ring = self.ring();
        let key = ring.keys.iter().find(|key| key.kid == kid)?;
        // The verifier is bound to its algorithm, so a token cannot choose another.
        let (payload, _) = jws::deserialize_compact(token, &*key.verifier).ok()?;
        serde_json::from_slice(&payload).ok()
    }

    /// The key that signs now. Where there is none at all, it is made.
    async fn signing(&self, alg: SigningAlg) -> Result<Arc<Key>, Error> {
        if let Some(key) = self.active(alg) {
            return Ok(key);
        }
        let now = self.clock.now();
        self.make(NewKey { alg, ordinal: 1, created_at: now, active_at: now }).await?;
        self.reload().await?;
        self.active(alg).ok_or(Error::Missing(alg))
    }

    /// The youngest active key.
    fn active(&self, alg: SigningAlg) -> Option<Arc<Key>> {
        let now = self.clock.now();
        let active = |key: &&Arc<Key>| key.alg == alg && key.active_at <= now;
        self.ring().keys.iter().filter(active).max_by_key(|key| key.ordinal).cloned()
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    async fn make(&self, new: NewKey) -> Result<(), Error> {
        let root = self.root.clone();
        let made = tokio::task::spawn_blocking(move || new.make(&root)).await;
        let key = made.map_err(|_| Error::Missing(new.alg))??;
        // When another replica was first, its key is as good.
        self.db.insert_signing_key(key).await?;
        Ok(())
    }
}

fn header(token: &str) -> Option<JwsHeader> {
    JwsHeader::from_bytes(&secret::from_base64url(token.split('.').next()?)?).ok()
}
