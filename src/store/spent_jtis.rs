//! SQL of ids that may be used once, until the statement that had one has expired.

use super::{Db, Error, sql};
use crate::clock::Timestamp;

impl Db {
    /// Uses up an id; false when it was used before. Of any number of callers one gets true.
    pub async fn spend_jti(&self, id: &str, expires_at: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_spent_jtis (id, expires_at) VALUES ($1, $2) \
            ON CONFLICT DO NOTHING";
        Ok(sql(SQL).bind(id).bind(expires_at).change(self).await? == 1)
    }

    /// Whether an id was used before.
    pub async fn is_jti_spent(&self, id: &str) -> Result<bool, Error> {
        const SQL: &str = "SELECT id FROM doorstep_spent_jtis WHERE id = $1";
        Ok(sql(SQL).bind(id).find::<String>(self).await?.is_some())
    }

    /// Deletes up to `limit` ids whose statements have expired and tells how many.
    pub async fn sweep_spent_jtis(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_spent_jtis WHERE id IN \
            (SELECT id FROM doorstep_spent_jtis WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
