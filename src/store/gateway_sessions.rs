//! SQL of the sessions that apps have through the gateway.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A session, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySession {
    /// Digest of the session cookie.
    pub id: String,
    /// Digest of the cookie that has to come along for new tokens.
    pub renewal: String,
    /// The app's id.
    pub app: String,
    /// Who it is at the provider.
    pub subject: String,
    /// The provider's session.
    pub sid: Option<String>,
    /// What the provider gave, sealed.
    pub sealed: String,
    /// When the provider was last asked.
    pub checked_at: Timestamp,
    /// Until when somebody else is asking it.
    pub claimed_until: Timestamp,
    /// Until when the session counts without the provider being asked again.
    pub valid_until: Timestamp,
    /// When nobody can ask again.
    pub expires_at: Timestamp,
}

row!(GatewaySession {
    id,
    renewal,
    app,
    subject,
    sid,
    sealed,
    checked_at,
    claimed_until,
    valid_until,
    expires_at
});

impl Db {
    /// Stores a session.
    pub async fn insert_gateway_session(&self, session: GatewaySession) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_gateway_sessions (id, renewal, app, subject, sid, \
            sealed, checked_at, claimed_until, valid_until, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        sql(SQL)
            .bind(session.id)
            .bind(session.renewal)
            .bind(session.app)
            .bind(session.subject)
            .bind(session.sid)
            .bind(session.sealed)
            .bind(session.checked_at)
            .bind(session.claimed_until)
            .bind(session.valid_until)
            .bind(session.expires_at)
            .change(self)
            .await?;
        Ok(())
    }

    /// Hands the app's session `waiting`, for which nobody has cookies, to whoever gets those with these
    /// digests. Nothing when it has ended.
    pub async fn hand_over_gateway_session(
        &self,
        app: &str,
        waiting: &str,
        [id, renewal]: [String; 2],
        valid_until: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Option<GatewaySession>, Error> {
        const SQL: &str = "UPDATE doorstep_gateway_sessions SET id = $1, renewal = $2, \
            valid_until = $3, expires_at = $4 WHERE id = $5 AND app = $6 RETURNING *";
        sql(SQL)
            .bind(id)
            .bind(renewal)
            .bind(valid_until)
            .bind(expires_at)
            .bind(waiting)
            .bind(app)
            .returning(self)
            .await
    }

    /// Ends what waits for desktop apps to fetch it, of this person and, where it is known, of this session
    /// at the provider.
    pub async fn end_waiting_gateway_sessions(
        &self,
        app: &str,
        subject: &str,
        sid: Option<String>,
    ) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_gateway_sessions \
            WHERE app = $1 AND subject = $2 AND (sid = $3 OR $3 IS NULL) AND id IN \
            (SELECT session FROM doorstep_desktop_sign_ins WHERE session IS NOT NULL)";
        sql(SQL).bind(app).bind(subject).bind(sid).change(self).await
    }

    /// The app's session with this cookie, while it counts.
    pub async fn find_gateway_session(
        &self,
        app: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<GatewaySession>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_gateway_sessions \
            WHERE id = $1 AND app = $2 AND valid_until > $3";
        sql(SQL).bind(id).bind(app).bind(now).find(self).await
    }

    /// The app's session with this cookie, while there are new tokens to be had for it.
    pub async fn find_renewable_gateway_session(
        &self,
        app: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<GatewaySession>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_gateway_sessions \
            WHERE id = $1 AND app = $2 AND expires_at > $3";
        sql(SQL).bind(id).bind(app).bind(now).find(self).await
    }

    /// Takes it on to ask the provider. False when somebody else is at it, or the row no longer holds
    /// what was read.
    pub async fn claim_gateway_session(
        &self,
        id: &str,
        sealed: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_gateway_sessions SET claimed_until = $1 \
            WHERE id = $2 AND sealed = $3 AND claimed_until <= $4";
        let claimed = sql(SQL).bind(until).bind(id).bind(sealed).bind(now).change(self).await?;
        Ok(claimed == 1)
    }

    /// Lets go of the row, of which nothing has changed.
    pub async fn release_gateway_session(&self, id: &str) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_gateway_sessions SET claimed_until = 0 WHERE id = $1";
        sql(SQL).bind(id).change(self).await?;
        Ok(())
    }

    /// Keeps what the provider gave anew, and lets go of the row. False when the session has ended meanwhile.
    pub async fn renew_gateway_session(&self, session: GatewaySession) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_gateway_sessions SET sid = $1, sealed = $2, \
            checked_at = $3, claimed_until = 0, valid_until = $4, expires_at = $5 \
            WHERE id = $6";
        let renewed = sql(SQL)
            .bind(session.sid)
            .bind(session.sealed)
            .bind(session.checked_at)
            .bind(session.valid_until)
            .bind(session.expires_at)
            .bind(session.id)
            .change(self)
            .await?;
        Ok(renewed == 1)
    }

    /// Ends the app's session with this cookie and gives what it was.
    pub async fn end_gateway_session(
        &self,
        app: &str,
        id: &str,
    ) -> Result<Option<GatewaySession>, Error> {
        const SQL: &str =
            "DELETE FROM doorstep_gateway_sessions WHERE id = $1 AND app = $2 RETURNING *";
        sql(SQL).bind(id).bind(app).returning(self).await
    }

    /// Ends the app's sessions of this session at the provider, and tells how many.
    pub async fn end_gateway_sessions_by_sid(&self, app: &str, sid: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_gateway_sessions WHERE app = $1 AND sid = $2";
        sql(SQL).bind(app).bind(sid).change(self).await
    }

    /// Ends all of the app's sessions of this person, and tells how many.
    pub async fn end_gateway_sessions_of(&self, app: &str, subject: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_gateway_sessions WHERE app = $1 AND subject = $2";
        sql(SQL).bind(app).bind(subject).change(self).await
    }

    /// Deletes up to `limit` that have expired and tells how many.
    pub async fn sweep_gateway_sessions(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_gateway_sessions WHERE id IN \
            (SELECT id FROM doorstep_gateway_sessions WHERE expires_at < $1 \
            ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
