//! SQL of pushed authorization requests (RFC 9126), which also hold requests too long for a URL.

use super::{Db, Error, sql};
use crate::clock::Timestamp;

impl Db {
    /// Stores a request under `id`, unless `limit` unexpired ones are waiting already: anybody may push.
    pub async fn insert_pushed_request(
        &self,
        id: &str,
        client_id: &str,
        parameters: String,
        now: Timestamp,
        expires_at: Timestamp,
        limit: i64,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_pushed_requests (id, client_id, parameters, expires_at) \
            SELECT $1, $2, $3, $4 WHERE (SELECT COUNT(*) FROM \
            (SELECT 1 FROM doorstep_pushed_requests WHERE expires_at > $5 LIMIT $6) AS waiting) < $6";
        let stored = sql(SQL)
            .bind(id)
            .bind(client_id)
            .bind(parameters)
            .bind(expires_at)
            .bind(now)
            .bind(limit)
            .change(self)
            .await?;
        Ok(stored == 1)
    }

    /// The parameters pushed under `id` by this client, and when they expire, unless they have.
    pub async fn find_pushed_request(
        &self,
        id: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<(String, Timestamp)>, Error> {
        const SQL: &str = "SELECT parameters, expires_at FROM doorstep_pushed_requests \
            WHERE id = $1 AND client_id = $2 AND expires_at > $3";
        sql(SQL).bind(id).bind(client_id).bind(now).find(self).await
    }

    /// The client that pushed a request under `id`, unless it has expired.
    pub async fn find_pushed_request_client(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        const SQL: &str =
            "SELECT client_id FROM doorstep_pushed_requests WHERE id = $1 AND expires_at > $2";
        sql(SQL).bind(id).bind(now).find(self).await
    }

    /// Deletes up to `limit` requests that have expired and tells how many.
    pub async fn sweep_pushed_requests(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_pushed_requests WHERE id IN \
            (SELECT id FROM doorstep_pushed_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
