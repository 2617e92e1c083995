//! SQL of sessions: browsers in which somebody is signed in.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A session as it is stored.
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// The public id, the `sid` of tokens.
    pub id: String,
    /// Digest of the cookie.
    pub cookie_digest: String,
    /// Who is signed in.
    pub account_id: String,
    /// When they last proved who they are.
    pub auth_time: Timestamp,
    /// How, separated by spaces.
    pub amr: String,
    /// From where.
    pub address: String,
    /// With what browser.
    pub user_agent: String,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing renews it.
    pub expires_at: Timestamp,
}

row!(StoredSession {
    id,
    cookie_digest,
    account_id,
    auth_time,
    amr,
    address,
    user_agent,
    created_at,
    last_seen_at,
    expires_at
});

impl Db {
    /// Stores a new session.
    pub async fn insert_session(&self, session: StoredSession) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_sessions (id, cookie_digest, account_id, auth_time, amr, \
            address, user_agent, created_at, last_seen_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        sql(SQL)
            .bind(session.id)
            .bind(session.cookie_digest)
            .bind(session.account_id)
            .bind(session.auth_time)
            .bind(session.amr)
            .bind(session.address)
            .bind(session.user_agent)
            .bind(session.created_at)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .change(self)
            .await?;
        Ok(())
    }

    /// The session whose cookie has this digest, unless it has expired.
    pub async fn find_session(
        &self,
        cookie_digest: &str,
        now: Timestamp,
    ) -> Result<Option<StoredSession>, Error> {
        const SQL: &str =
            "SELECT * FROM doorstep_sessions WHERE cookie_digest = $1 AND expires_at > $2";
        sql(SQL).bind(cookie_digest).bind(now).find(self).await
    }

    /// Notes that a session was used and lives on until `expires_at`.
    pub async fn touch_session(
        &self,
        id: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str =
            "UPDATE doorstep_sessions SET last_seen_at = $1, expires_at = $2 WHERE id = $3";
        sql(SQL).bind(now).bind(expires_at).bind(id).change(self).await?;
        Ok(())
    }

    /// Ends a session. True when it existed.
    pub async fn delete_session(&self, id: &str) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_sessions WHERE id = $1";
        Ok(sql(SQL).bind(id).change(self).await? == 1)
    }

    /// Ends every session of an account and tells how many there were.
    pub async fn delete_sessions_of(&self, account_id: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_sessions WHERE account_id = $1";
        sql(SQL).bind(account_id).change(self).await
    }

    /// Deletes up to `limit` sessions that have expired and tells how many.
    pub async fn sweep_sessions(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_sessions WHERE id IN \
            (SELECT id FROM doorstep_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
