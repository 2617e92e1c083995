//! Signing keys: made on first use, sealed at rest, published, rotated without a restart. The only
//! file that names josekit's signing.
//!
//! A new key is published before it signs, and an old one stays published until its last token has
//! expired (OpenID Connect Core §10.1.1). Replicas agree because they read the same rows.

use std::sync::{Arc, RwLock};

use josekit::JoseError;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{self, ES256, JwsHeader, JwsSigner, JwsVerifier, RS256};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::clock::{Clock, Timestamp};
use crate::protocol::client::SigningAlg;
use crate::published::Published;
use crate::secret::{self, RootKey};
use crate::store::signing_keys::StoredKey;
use crate::store::{self, Db};

/// Seconds for which relying parties may cache the JWKS.
pub const JWKS_MAX_AGE: i64 = 300;
/// Seconds from a key's publication to its first signature: every cache has it by then.
const PUBLISH_LEAD: i64 = 2 * JWKS_MAX_AGE;
/// Seconds that an old key stays published: no token lives longer.
pub const MAX_TOKEN_LIFETIME: i64 = 86_400;
const SEAL: &str = "signing key";

/// Why there is no signature.
#[derive(Debug)]
pub enum Error {
    /// The store failed.
    Store(store::Error),
    /// A key could not be made or used; a sealed one was sealed by another root key.
    Key(JoseError),
    /// There is no key of this algorithm that signs now.
    Missing(SigningAlg),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(source) => source.fmt(f),
            Self::Key(source) => write!(
                f,
                "a signing key in the database cannot be opened: the key file is not the one it was sealed with ({source})"
            ),
            Self::Missing(alg) => write!(f, "there is no {} key that signs now", alg.as_str()),
        }
    }
}

impl std::error::Error for Error {}

impl From<store::Error> for Error {
    fn from(source: store::Error) -> Self {
        Self::Store(source)
    }
}

impl From<JoseError> for Error {
    fn from(source: JoseError) -> Self {
        Self::Key(source)
    }
}

/// The issuer's keys. Clones share them.
#[derive(Clone, Debug)]
pub struct Keys {
    db: Db,
    root: RootKey,
    clock: Clock,
    ring: Arc<RwLock<Arc<Ring>>>,
}

/// What was last read from the store, ready for use.
#[derive(Debug, Default)]
struct Ring {
    keys: Vec<Arc<Key>>,
    jwks: Published,
}

struct Key {
    kid: String,
    alg: SigningAlg,
    ordinal: i64,
    created_at: Timestamp,
    active_at: Timestamp,
    expires_at: Option<Timestamp>,
    public: Jwk,
    signer: Box<dyn JwsSigner + Send + Sync>,
    verifier: Box<dyn JwsVerifier + Send + Sync>,
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

impl Keys {
    /// Reads the keys, and makes the first of each algorithm where there is none.
    ///
    /// # Errors
    /// When the store fails, or holds keys of another root key.
    pub async fn open(db: Db, root: RootKey, clock: Clock) -> Result<Self, Error> {
        let keys = Self { db, root, clock, ring: Arc::default() };
        keys.reload().await?;
        for alg in SigningAlg::ALL {
            if keys.signing(alg).is_none() {
                let now = keys.clock.now();
                keys.make(alg, 1, now, now).await?;
            }
        }
        keys.reload().await?;
        Ok(keys)
    }

    /// Reads the keys again: another replica or an admin may have rotated them.
    ///
    /// # Errors
    /// When the store fails; the keys stay as they were.
    pub async fn reload(&self) -> Result<(), Error> {
        let stored = self.db.signing_keys(self.clock.now()).await?;
        let keys = stored
            .iter()
            .map(|key| self.unseal(key).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let public: Vec<_> = keys.iter().map(|key| key.public.as_ref()).collect();
        let jwks = Published::new(json!({ "keys": public }).to_string());
        *self.ring.write().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            Arc::new(Ring { keys, jwks });
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
        let ordinal = self
            .ring()
            .keys
            .iter()
            .filter(|key| key.alg == alg)
            .map(|key| key.ordinal)
            .max()
            .unwrap_or(0)
            + 1;
        let active_at = if at_once { now } else { now.plus(PUBLISH_LEAD) };
        self.make(alg, ordinal, now, active_at).await?;
        let gone_at = if at_once { now } else { active_at.plus(MAX_TOKEN_LIFETIME) };
        self.db.expire_signing_keys(alg.as_str(), ordinal, gone_at).await?;
        self.reload().await
    }

    /// The keys that are published, oldest first.
    pub fn list(&self) -> Vec<KeyInfo> {
        let describe = |key: &Arc<Key>| KeyInfo {
            kid: key.kid.clone(),
            alg: key.alg,
            created_at: key.created_at,
            active_at: key.active_at,
            expires_at: key.expires_at,
            signs: self.signing(key.alg).is_some_and(|signing| signing.kid == key.kid),
        };
        self.ring().keys.iter().map(describe).collect()
    }

    /// The public keys as a JWK set (RFC 7517 §5).
    pub fn jwks(&self) -> Published {
        self.ring().jwks.clone()
    }

    /// Signs `claims` as a compact JWS with this `typ`.
    ///
    /// # Errors
    /// When there is no key or the signature cannot be made.
    pub fn sign(
        &self,
        alg: SigningAlg,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, Error> {
        let key = self.signing(alg).ok_or(Error::Missing(alg))?;
        let mut header = JwsHeader::new();
        header.set_token_type(typ);
        header.set_key_id(&key.kid);
        let payload = serde_json::to_vec(claims).unwrap_or_default();
        Ok(jws::serialize_compact(&payload, &header, &*key.signer)?)
    }

    /// The claims of a JWS that one of the published keys signed as this `typ`, expired or not.
    pub fn verify<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        let header = secret::from_base64url(token.split('.').next()?)?;
        let header = JwsHeader::from_bytes(&header).ok()?;
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

    /// The key that signs now: the youngest active one.
    fn signing(&self, alg: SigningAlg) -> Option<Arc<Key>> {
        let now = self.clock.now();
        let active = |key: &&Arc<Key>| key.alg == alg && key.active_at <= now;
        self.ring().keys.iter().filter(active).max_by_key(|key| key.ordinal).cloned()
    }

    fn ring(&self) -> Arc<Ring> {
        self.ring.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    async fn make(
        &self,
        alg: SigningAlg,
        ordinal: i64,
        now: Timestamp,
        active_at: Timestamp,
    ) -> Result<(), Error> {
        let private = tokio::task::spawn_blocking(move || generate(alg))
            .await
            .unwrap_or_else(|_| generate(alg))?;
        let kid = private.key_id().unwrap_or_default().to_owned();
        let sealed = self.root.seal(SEAL, private.to_string().as_bytes())?;
        let key = StoredKey {
            kid,
            alg: alg.as_str().into(),
            ordinal,
            sealed,
            created_at: now,
            active_at,
            expires_at: None,
        };
        // When another replica was first, its key is as good.
        self.db.insert_signing_key(key).await?;
        Ok(())
    }

    fn unseal(&self, stored: &StoredKey) -> Result<Key, Error> {
        let private = Jwk::from_bytes(self.root.open(SEAL, &stored.sealed)?)?;
        let alg = SigningAlg::parse(&stored.alg)
            .ok_or(store::Error::Corrupt("signing key's algorithm"))?;
        let mut public = private.to_public_key()?;
        public.set_key_id(&stored.kid);
        public.set_algorithm(alg.as_str());
        let (signer, verifier): (
            Box<dyn JwsSigner + Send + Sync>,
            Box<dyn JwsVerifier + Send + Sync>,
        ) = match alg {
            SigningAlg::RS256 => (
                Box::new(RS256.signer_from_jwk(&private)?),
                Box::new(RS256.verifier_from_jwk(&public)?),
            ),
            SigningAlg::ES256 => (
                Box::new(ES256.signer_from_jwk(&private)?),
                Box::new(ES256.verifier_from_jwk(&public)?),
            ),
        };
        Ok(Key {
            kid: stored.kid.clone(),
            alg,
            ordinal: stored.ordinal,
            created_at: stored.created_at,
            active_at: stored.active_at,
            expires_at: stored.expires_at,
            public,
            signer,
            verifier,
        })
    }
}

fn generate(alg: SigningAlg) -> Result<Jwk, JoseError> {
    let mut key = match alg {
        SigningAlg::RS256 => Jwk::generate_rsa_key(2048)?,
        SigningAlg::ES256 => Jwk::generate_ec_key(EcCurve::P256)?,
    };
    key.set_key_id(secret::random_id());
    key.set_key_use("sig");
    key.set_algorithm(alg.as_str());
    Ok(key)
}
