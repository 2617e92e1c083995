//! SQL of clients that registered themselves. They are rows among the other clients, with the digest of
//! the token that lets them change their registration.

use super::clients::{from_json, to_json};
use super::{Db, Error, row, sql};
use crate::clock::Timestamp;
use crate::protocol::client::{Client, Stranger};

/// A client that registered itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The client.
    pub client: Client,
    /// Digest of its registration access token.
    pub token_digest: String,
    /// When it registered.
    pub issued_at: Timestamp,
}

struct Row {
    settings: String,
    token_digest: String,
    created_at: Timestamp,
}

row!(Row { settings, token_digest, created_at });

impl Db {
    /// Stores a client that registers itself. One that expires is refused, with false, when there are
    /// `limit` such clients already: anybody may come.
    pub async fn insert_registration(
        &self,
        registration: &Registration,
        expires_at: Option<Timestamp>,
        limit: i64,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_clients \
            (client_id, settings, token_digest, created_at, updated_at, expires_at) \
            SELECT $1, $2, $3, $4, $4, $5 WHERE $5 IS NULL OR (SELECT COUNT(*) FROM \
            (SELECT 1 FROM doorstep_clients WHERE expires_at IS NOT NULL LIMIT $6) AS others) < $6";
        let Registration { client, token_digest, issued_at } = registration;
        let done = sql(SQL)
            .bind(client.client_id.as_str())
            .bind(to_json(client))
            .bind(token_digest.as_str())
            .bind(*issued_at)
            .bind(expires_at)
            .bind(limit)
            .change(self)
            .await?;
        Ok(done == 1)
    }

    /// The client with this id, if it registered itself.
    pub async fn find_registration(&self, client_id: &str) -> Result<Option<Registration>, Error> {
        const SQL: &str = "SELECT settings, token_digest, created_at FROM doorstep_clients \
            WHERE client_id = $1 AND token_digest IS NOT NULL";
        let row: Option<Row> = sql(SQL).bind(client_id).find(self).await?;
        let Some(Row { settings, token_digest, created_at: issued_at }) = row else {
            return Ok(None);
        };
        let client = Client { stranger: Some(Stranger::Registered), ..from_json(&settings)? };
        Ok(Some(Registration { client, token_digest, issued_at }))
    }

    /// Keeps a client that would expire before `soon` until `expires_at`: it is in use.
    pub async fn keep_registration(
        &self,
        client_id: &str,
        soon: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str =
            "UPDATE doorstep_clients SET expires_at = $1 WHERE client_id = $2 AND expires_at < $3";
        sql(SQL).bind(expires_at).bind(client_id).bind(soon).change(self).await?;
        Ok(())
    }

    /// Deletes up to `limit` clients that nobody has used for long and tells how many.
    pub async fn sweep_registrations(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_clients WHERE client_id IN \
            (SELECT client_id FROM doorstep_clients WHERE expires_at < $1 \
            ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
