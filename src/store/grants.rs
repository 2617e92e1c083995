//! SQL of grants: one row from the minting of a code to the last refresh of its tokens.

mod rows;

pub use rows::{NewGrant, Presented, PresentedRefresh, StoredGrant};

use super::{Db, Error, sql};
use crate::clock::Timestamp;

impl Db {
    /// Stores a grant whose code, or without one whose tokens, are about to be handed out.
    pub async fn insert_grant(&self, grant: NewGrant) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_grants (id, seed, client_id, redirect_uri, \
            code_challenge, network, jkt, account_id, channel, login, sid, browser, page, payload, \
            authorized_from, created_at, code_expires_at, refresh_lifetime, redeemed_at, generation, \
            expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
            $17, $18, $19, 0, $20)";
        sql(SQL)
            .bind(grant.id)
            .bind(grant.seed)
            .bind(grant.client_id)
            .bind(grant.redirect_uri)
            .bind(grant.code_challenge)
            .bind(grant.network)
            .bind(grant.jkt)
            .bind(grant.account_id)
            .bind(grant.channel.as_str())
            .bind(grant.login)
            .bind(grant.sid)
            .bind(grant.browser)
            .bind(grant.page)
            .bind(grant.payload)
            .bind(grant.authorized_from)
            .bind(grant.created_at)
            .bind(grant.code_expires_at)
            .bind(grant.refresh_lifetime)
            .bind(grant.redeemed_at)
            .bind(grant.expires_at)
            .change(self)
            .await?;
        Ok(())
    }

    /// The grant with this id, whatever its state.
    pub async fn find_grant(&self, id: &str) -> Result<Option<StoredGrant>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_grants WHERE id = $1";
        sql(SQL).bind(id).find(self).await
    }

    /// Spends a code: of any number of callers at most one gets the grant, and only with everything
    /// the code is bound to. The first spent code of a login keeps the others from being spent.
    pub async fn spend_code(
        &self,
        presented: Presented,
        now: Timestamp,
    ) -> Result<Option<StoredGrant>, Error> {
        const SQL: &str = "UPDATE doorstep_grants SET redeemed_at = $1, redeemed_from = $2, \
            jkt = $9, channel = CASE WHEN channel = 'loopback' AND $10 THEN 'pasted' ELSE channel END, \
            expires_at = CASE WHEN refresh_lifetime > 0 THEN $1 + refresh_lifetime ELSE expires_at END \
            WHERE id = $3 AND redeemed_at IS NULL AND misused_at IS NULL AND revoked_at IS NULL \
            AND code_expires_at > $1 AND client_id = $4 AND redirect_uri = $5 AND code_challenge = $6 \
            AND (network = '' OR network = $7) AND (jkt = '' OR jkt = $8) \
            RETURNING *";
        let spent = sql(SQL)
            .bind(now)
            .bind(presented.address)
            .bind(presented.id)
            .bind(presented.client_id)
            .bind(presented.redirect_uri)
            .bind(presented.code_challenge)
            .bind(presented.network)
            .bind(presented.jkt)
            .bind(presented.refresh_jkt)
            .bind(presented.was_carried)
            .returning(self)
            .await;
        match spent {
            Err(error) if error.is_unique_violation() => Ok(None),
            spent => spent,
        }
    }

    /// Marks an unspent code as misused, so that nobody can spend it.
    pub async fn burn_code(&self, id: &str, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_grants SET misused_at = $1 \
            WHERE id = $2 AND redeemed_at IS NULL AND misused_at IS NULL";
        sql(SQL).bind(now).bind(id).change(self).await?;
        Ok(())
    }

    /// Kills every token of a grant. True when it was alive.
    pub async fn revoke_grant(&self, id: &str, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str =
            "UPDATE doorstep_grants SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        Ok(sql(SQL).bind(now).bind(id).change(self).await? == 1)
    }

    /// What of an account is alive: programs that have tokens, the last used first, `limit` at most.
    pub async fn living_grants_of(
        &self,
        account_id: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<StoredGrant>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_grants WHERE account_id = $1 \
            AND redeemed_at IS NOT NULL AND revoked_at IS NULL AND expires_at > $2 \
            ORDER BY COALESCE(rotated_at, redeemed_at) DESC, id LIMIT $3";
        sql(SQL).bind(account_id).bind(now).bind(limit).list(self).await
    }

    /// Kills every token of a grant if it is this account's. True when it was, and alive.
    pub async fn revoke_grant_of(
        &self,
        account_id: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_grants SET revoked_at = $1 \
            WHERE id = $2 AND account_id = $3 AND revoked_at IS NULL";
        Ok(sql(SQL).bind(now).bind(id).bind(account_id).change(self).await? == 1)
    }

    /// Kills every code and token of an account and tells how many grants there were.
    pub async fn revoke_grants_of(&self, account_id: &str, now: Timestamp) -> Result<u64, Error> {
        const SQL: &str = "UPDATE doorstep_grants SET revoked_at = $1 \
            WHERE account_id = $2 AND revoked_at IS NULL AND expires_at > $1";
        sql(SQL).bind(now).bind(account_id).change(self).await
    }

    /// Kills the codes and tokens of a session, those excepted that were granted beyond it
    /// (`offline_access`): they are the ones with refresh tokens.
    pub(super) async fn revoke_grants_of_session(
        &self,
        sid: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_grants SET revoked_at = $1 \
            WHERE sid = $2 AND refresh_lifetime = 0 AND revoked_at IS NULL";
        sql(SQL).bind(now).bind(sid).change(self).await?;
        Ok(())
    }

    /// Kills every token of a grant whose code was presented again, and remembers why.
    pub async fn misuse_grant(&self, id: &str, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_grants SET misused_at = $1, \
            revoked_at = COALESCE(revoked_at, $1) WHERE id = $2 AND misused_at IS NULL";
        sql(SQL).bind(now).bind(id).change(self).await?;
        Ok(())
    }

    /// The grant of this login whose code was redeemed, by whichever link. There is one at most.
    pub async fn find_redeemed_grant(&self, login: &str) -> Result<Option<StoredGrant>, Error> {
        const SQL: &str =
            "SELECT * FROM doorstep_grants WHERE login = $1 AND redeemed_at IS NOT NULL";
        sql(SQL).bind(login).find(self).await
    }

    /// Whether the last code that a page of this browser handed over was redeemed.
    pub async fn last_handoff_was_redeemed(&self, browser: &str) -> Result<bool, Error> {
        const SQL: &str = "SELECT redeemed_at FROM doorstep_grants WHERE browser = $1 \
            ORDER BY created_at DESC LIMIT 1";
        let last: Option<Option<Timestamp>> = sql(SQL).bind(browser).find(self).await?;
        Ok(last.flatten().is_some())
    }

    /// Moves a grant's refresh token on; `None` when it is not the current one, or presented by the wrong
    /// client or with the wrong key, or the grant is over.
    pub async fn rotate_grant(
        &self,
        presented: PresentedRefresh,
        now: Timestamp,
    ) -> Result<Option<StoredGrant>, Error> {
        const SQL: &str = "UPDATE doorstep_grants SET generation = generation + $6, rotated_at = $1, \
            expires_at = $1 + refresh_lifetime \
            WHERE id = $2 AND client_id = $3 AND generation = $4 AND redeemed_at IS NOT NULL \
            AND revoked_at IS NULL AND refresh_lifetime > 0 AND expires_at > $1 \
            AND (jkt = '' OR jkt = $5) \
            RETURNING *";
        sql(SQL)
            .bind(now)
            .bind(presented.id)
            .bind(presented.client_id)
            .bind(presented.generation)
            .bind(presented.jkt)
            .bind(presented.step)
            .returning(self)
            .await
    }

    /// Deletes up to `limit` rows that expired before `now`, found by index, and tells how many.
    pub async fn sweep_grants(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_grants WHERE id IN \
            (SELECT id FROM doorstep_grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
