//! SQL of signing keys.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A signing key as it is stored. The private part is sealed.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The key's id, as in JWKS and token headers.
    pub kid: String,
    /// Its algorithm's name.
    pub alg: String,
    /// 1 for the first key of the algorithm, and so on.
    pub ordinal: i64,
    /// The private JWK, sealed by the root key.
    pub sealed: String,
    /// When it was made; from then on it is published.
    pub created_at: Timestamp,
    /// When it starts to sign.
    pub active_at: Timestamp,
    /// When the last token it signed has expired, once it has a successor.
    pub expires_at: Option<Timestamp>,
}

row!(StoredKey { kid, alg, ordinal, sealed, created_at, active_at, expires_at });

impl Db {
    /// Every key that is published or was so after `since`, oldest first.
    pub async fn signing_keys(&self, since: Timestamp) -> Result<Vec<StoredKey>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_signing_keys WHERE expires_at IS NULL OR expires_at > $1 \
            ORDER BY alg, ordinal";
        sql(SQL).bind(since).list(self).await
    }

    /// Stores a key; false when another replica has stored one with the same ordinal.
    pub async fn insert_signing_key(&self, key: StoredKey) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_signing_keys (kid, alg, ordinal, sealed, created_at, active_at) \
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let inserted = sql(SQL)
            .bind(key.kid)
            .bind(key.alg)
            .bind(key.ordinal)
            .bind(key.sealed)
            .bind(key.created_at)
            .bind(key.active_at)
            .change(self)
            .await?;
        Ok(inserted == 1)
    }

    /// Sets when the keys of `alg` before `ordinal` stop being published.
    pub async fn expire_signing_keys(
        &self,
        alg: &str,
        ordinal: i64,
        at: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_signing_keys SET expires_at = $1 \
            WHERE alg = $2 AND ordinal < $3 AND (expires_at IS NULL OR expires_at > $1)";
        sql(SQL).bind(at).bind(alg).bind(ordinal).change(self).await?;
        Ok(())
    }
}
