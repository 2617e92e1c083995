//! SQL of logout notices: which clients are to be told when a session ends, and which have yet to be.
//!
//! A row waits without a due time while its session lives. When the session ends it falls due, and
//! whoever claims it moves the due time on, so that two replicas do not send one notice twice and a
//! notice whose sender died is sent later.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The session that has ended.
    pub sid: String,
    /// The client that is to be told.
    pub client_id: String,
    /// Who was signed in.
    pub account_id: String,
    /// How often this has been tried, this time included.
    pub attempts: i64,
}

row!(LogoutNotice { sid, client_id, account_id, attempts });

impl Db {
    /// Notes that a client wants to be told when a session ends. When it has ended already, the notice
    /// is due at once.
    pub async fn expect_logout(
        &self,
        sid: &str,
        client_id: &str,
        account_id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_logout_notices \
            (sid, client_id, account_id, attempts, due_at) VALUES ($1, $2, $3, 0, \
            CASE WHEN EXISTS (SELECT 1 FROM doorstep_sessions WHERE id = $1) THEN NULL ELSE $4 END) \
            ON CONFLICT (sid, client_id) DO UPDATE SET attempts = 0, due_at = excluded.due_at";
        sql(SQL).bind(sid).bind(client_id).bind(account_id).bind(now).change(self).await?;
        Ok(())
    }

    /// Lets the notices of a session fall due.
    pub(super) async fn make_notices_due(&self, sid: &str, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_logout_notices SET due_at = $1 \
            WHERE sid = $2 AND due_at IS NULL";
        sql(SQL).bind(now).bind(sid).change(self).await?;
        Ok(())
    }

    /// Takes up to `limit` notices that are due. Each falls due again, later each time, until it is
    /// deleted.
    pub async fn claim_logout_notices(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<LogoutNotice>, Error> {
        const SQL: &str = "UPDATE doorstep_logout_notices SET attempts = attempts + 1, \
            due_at = $1 + 30 * (attempts + 1) * (attempts + 1) \
            WHERE due_at <= $1 AND (sid, client_id) IN (SELECT sid, client_id \
            FROM doorstep_logout_notices WHERE due_at <= $1 ORDER BY due_at LIMIT $2) \
            RETURNING sid, client_id, account_id, attempts";
        sql(SQL).bind(now).bind(limit).returning_all(self).await
    }

    /// Forgets a notice: its client has been told, or never will be.
    pub async fn delete_logout_notice(&self, sid: &str, client_id: &str) -> Result<(), Error> {
        const SQL: &str = "DELETE FROM doorstep_logout_notices \
            WHERE sid = $1 AND client_id = $2 AND due_at IS NOT NULL";
        sql(SQL).bind(sid).bind(client_id).change(self).await?;
        Ok(())
    }

    /// Deletes up to `limit` notices of sessions that have expired, which nobody is told of, and tells
    /// how many.
    pub(super) async fn sweep_logout_notices(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_logout_notices WHERE due_at IS NULL \
            AND (sid, client_id) IN (SELECT notices.sid, notices.client_id \
            FROM doorstep_sessions AS sessions \
            JOIN doorstep_logout_notices AS notices ON notices.sid = sessions.id \
            WHERE sessions.expires_at < $1 AND notices.due_at IS NULL LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
