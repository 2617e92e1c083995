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

    /// Replaces a session by a new sign-in of the same person: it keeps its public id and gets another
    /// cookie. False when it is gone.
    pub async fn renew_session(&self, session: StoredSession) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_sessions SET cookie_digest = $1, auth_time = $2, amr = $3, \
            address = $4, user_agent = $5, created_at = $6, last_seen_at = $7, expires_at = $8 \
            WHERE id = $9 AND account_id = $10";
        let done = sql(SQL)
            .bind(session.cookie_digest)
            .bind(session.auth_time)
            .bind(session.amr)
            .bind(session.address)
            .bind(session.user_agent)
            .bind(session.created_at)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .bind(session.id)
            .bind(session.account_id)
            .change(self)
            .await?;
        Ok(done == 1)
    }

    /// Ends a session, and with it what was granted in it and for no longer; its clients are to be
    /// told. True when it existed. The session goes last: whoever is interrupted can do it again.
    pub async fn end_session(&self, id: &str, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_sessions WHERE id = $1";
        self.revoke_grants_of_session(id, now).await?;
        self.make_notices_due(id, now).await?;
        Ok(sql(SQL).bind(id).change(self).await? == 1)
    }

    /// The sessions of an account, the last used first, `limit` at most.
    pub async fn sessions_of(
        &self,
        account_id: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<StoredSession>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_sessions WHERE account_id = $1 AND expires_at > $2 \
            ORDER BY last_seen_at DESC, id LIMIT $3";
        sql(SQL).bind(account_id).bind(now).bind(limit).list(self).await
    }

    /// Ends a session if it is this account's. True when it was.
    pub async fn end_session_of(
        &self,
        account_id: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "SELECT id FROM doorstep_sessions WHERE id = $1 AND account_id = $2";
        let own: Option<String> = sql(SQL).bind(id).bind(account_id).find(self).await?;
        match own {
            Some(id) => self.end_session(&id, now).await,
            None => Ok(false),
        }
    }

    /// Ends every session of an account but this one.
    pub async fn end_other_sessions_of(
        &self,
        account_id: &str,
        sid: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "SELECT id FROM doorstep_sessions WHERE account_id = $1 AND id <> $2";
        let ids: Vec<String> = sql(SQL).bind(account_id).bind(sid).list(self).await?;
        for id in &ids {
            self.end_session(id, now).await?;
        }
        Ok(())
    }

    /// Ends every session of an account and tells how many there were.
    pub async fn end_sessions_of(&self, account_id: &str, now: Timestamp) -> Result<u64, Error> {
        const SQL: &str = "SELECT id FROM doorstep_sessions WHERE account_id = $1";
        let ids: Vec<String> = sql(SQL).bind(account_id).list(self).await?;
        let mut ended = 0;
        for id in &ids {
            ended += u64::from(self.end_session(id, now).await?);
        }
        Ok(ended)
    }

    /// Deletes up to `limit` sessions that have expired and tells how many. What was to be told at their
    /// end goes before them, since it is found through them.
    pub async fn sweep_sessions(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        while self.sweep_logout_notices(now, limit).await? == limit.unsigned_abs() {}
        const SQL: &str = "DELETE FROM doorstep_sessions WHERE id IN \
            (SELECT id FROM doorstep_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
