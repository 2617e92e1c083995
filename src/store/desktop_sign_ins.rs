//! SQL of desktop apps that wait for their person to sign in with a browser.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A sign-in that a desktop app is about to wait for.
#[derive(Clone, Debug)]
pub struct NewDesktopSignIn {
    /// Digest of the handle that the app has.
    pub id: String,
    /// Digest of the name in the link.
    pub link: String,
    /// The app's id.
    pub app: String,
    /// The address of the machine that it runs on.
    pub asked_from: String,
    /// Now.
    pub created_at: Timestamp,
    /// When it stops waiting.
    pub expires_at: Timestamp,
}

/// One that waits, as the browser's side reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are explained at NewDesktopSignIn")]
pub struct WaitingDesktop {
    pub asked_from: String,
    pub created_at: Timestamp,
}

row!(WaitingDesktop { asked_from, created_at });

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesktopOutcome {
    /// The session that the app will have.
    pub session: Option<String>,
    /// Why there is nothing.
    pub refused: Option<String>,
}

row!(DesktopOutcome { session, refused });

impl Db {
    /// Stores one, unless `limit` unexpired ones are waiting already: anybody may ask.
    pub async fn insert_desktop_sign_in(
        &self,
        new: NewDesktopSignIn,
        limit: i64,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_desktop_sign_ins \
            (id, link, app, asked_from, created_at, expires_at) SELECT $1, $2, $3, $4, $5, $6 \
            WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM doorstep_desktop_sign_ins \
            WHERE expires_at > $5 LIMIT $7) AS waiting) < $7";
        let stored = sql(SQL)
            .bind(new.id)
            .bind(new.link)
            .bind(new.app)
            .bind(new.asked_from)
            .bind(new.created_at)
            .bind(new.expires_at)
            .bind(limit)
            .change(self)
            .await?;
        Ok(stored == 1)
    }

    /// The app's sign-in behind this link, while it waits.
    pub async fn find_waiting_desktop(
        &self,
        app: &str,
        link: &str,
        now: Timestamp,
    ) -> Result<Option<WaitingDesktop>, Error> {
        const SQL: &str = "SELECT asked_from, created_at FROM doorstep_desktop_sign_ins \
            WHERE link = $1 AND app = $2 AND expires_at > $3 AND session IS NULL AND refused IS NULL";
        sql(SQL).bind(link).bind(app).bind(now).find(self).await
    }

    /// Puts an outcome where one is waited for. False when nobody waits any more.
    pub async fn finish_desktop_sign_in(
        &self,
        app: &str,
        link: &str,
        outcome: DesktopOutcome,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_desktop_sign_ins SET session = $1, refused = $2 \
            WHERE link = $3 AND app = $4 AND expires_at > $5 AND session IS NULL AND refused IS NULL";
        let finished = sql(SQL)
            .bind(outcome.session)
            .bind(outcome.refused)
            .bind(link)
            .bind(app)
            .bind(now)
            .change(self)
            .await?;
        Ok(finished == 1)
    }

    /// Takes the outcome that the app with this handle waits for, once.
    pub async fn take_desktop_outcome(
        &self,
        app: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<DesktopOutcome>, Error> {
        const SQL: &str = "DELETE FROM doorstep_desktop_sign_ins WHERE id = $1 AND app = $2 \
            AND expires_at > $3 AND (session IS NOT NULL OR refused IS NOT NULL) \
            RETURNING session, refused";
        sql(SQL).bind(id).bind(app).bind(now).returning(self).await
    }

    /// What there is for the app with this handle, without taking it; `None` when it waits for nothing.
    pub async fn look_for_desktop_outcome(
        &self,
        app: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<DesktopOutcome>, Error> {
        const SQL: &str = "SELECT session, refused FROM doorstep_desktop_sign_ins \
            WHERE id = $1 AND app = $2 AND expires_at > $3";
        sql(SQL).bind(id).bind(app).bind(now).find(self).await
    }

    /// Deletes up to `limit` that have expired and tells how many.
    pub async fn sweep_desktop_sign_ins(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_desktop_sign_ins WHERE id IN \
            (SELECT id FROM doorstep_desktop_sign_ins WHERE expires_at < $1 \
            ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
