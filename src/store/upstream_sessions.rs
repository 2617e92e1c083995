//! SQL of upstream sessions: what a provider gave at a sign-in, by the session that began with it.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A session at a provider, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamSession {
    /// The session that began with it, which it may outlive.
    pub sid: String,
    /// The provider's id.
    pub provider: String,
    /// Whose account it is.
    pub account_id: String,
    /// Who it is at the provider.
    pub subject: String,
    /// Its tokens, sealed.
    pub sealed: String,
    /// When the provider was last asked.
    pub checked_at: Timestamp,
    /// When the provider said that it is over.
    pub ended_at: Option<Timestamp>,
    /// When nobody will ask for it any more.
    pub expires_at: Timestamp,
}

row!(UpstreamSession {
    sid,
    provider,
    account_id,
    subject,
    sealed,
    checked_at,
    ended_at,
    expires_at
});

impl Db {
    /// Stores one, in place of that of an earlier sign-in in the same session.
    pub async fn save_upstream_session(&self, session: UpstreamSession) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_upstream_sessions \
            (sid, provider, account_id, subject, sealed, checked_at, ended_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sid) DO UPDATE SET \
            provider = excluded.provider, account_id = excluded.account_id, \
            subject = excluded.subject, sealed = excluded.sealed, \
            checked_at = excluded.checked_at, ended_at = excluded.ended_at, \
            expires_at = excluded.expires_at";
        sql(SQL)
            .bind(session.sid)
            .bind(session.provider)
            .bind(session.account_id)
            .bind(session.subject)
            .bind(session.sealed)
            .bind(session.checked_at)
            .bind(session.ended_at)
            .bind(session.expires_at)
            .change(self)
            .await?;
        Ok(())
    }

    /// The one of this session.
    pub async fn find_upstream_session(&self, sid: &str) -> Result<Option<UpstreamSession>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_upstream_sessions WHERE sid = $1";
        sql(SQL).bind(sid).find(self).await
    }

    /// Takes on the check that is due since `checked_at`. False when somebody else has: the provider
    /// is asked once, since it may give a new token for the old one.
    pub async fn claim_upstream_check(
        &self,
        sid: &str,
        checked_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_upstream_sessions SET checked_at = $1 \
            WHERE sid = $2 AND checked_at = $3 AND ended_at IS NULL";
        Ok(sql(SQL).bind(now).bind(sid).bind(checked_at).change(self).await? == 1)
    }

    /// Keeps what a check brought, or puts back `checked_at` after one that came to nothing.
    pub async fn update_upstream_session(
        &self,
        sid: &str,
        sealed: String,
        checked_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_upstream_sessions \
            SET sealed = $1, checked_at = $2, expires_at = $3 WHERE sid = $4";
        sql(SQL).bind(sealed).bind(checked_at).bind(expires_at).bind(sid).change(self).await?;
        Ok(())
    }

    /// Notes that the provider says it is over.
    pub async fn end_upstream_session(&self, sid: &str, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_upstream_sessions SET ended_at = $1 WHERE sid = $2";
        sql(SQL).bind(now).bind(sid).change(self).await?;
        Ok(())
    }

    /// Deletes up to `limit` that have expired and tells how many.
    pub async fn sweep_upstream_sessions(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_upstream_sessions WHERE sid IN \
            (SELECT sid FROM doorstep_upstream_sessions WHERE expires_at < $1 \
            ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
