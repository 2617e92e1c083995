//! SQL of second factors: authenticator apps, passkeys and recovery codes.

use super::{Db, Error, row, sql};
use crate::accounts::factors::recovery;
use crate::clock::Timestamp;

/// A factor as it is stored.
#[derive(Clone, Debug)]
pub struct StoredFactor {
    /// Names the factor on pages and commands; it proves nothing.
    pub id: String,
    /// Whose it is.
    pub account_id: String,
    /// `totp` or `passkey`.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// A passkey's credential id, base64url.
    pub credential_id: Option<String>,
    /// The secret or public key, sealed.
    pub sealed: String,
    /// What must rise with every use.
    pub counter: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

row!(StoredFactor {
    id,
    account_id,
    kind,
    name,
    credential_id,
    sealed,
    counter,
    created_at,
    last_used_at
});

impl Db {
    /// Stores a new factor unless the account has `limit` of them. False when it has, or when somebody
    /// has this very passkey already.
    pub async fn insert_factor(&self, factor: StoredFactor, limit: i64) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_factors (id, account_id, kind, name, credential_id, \
            sealed, counter, created_at, last_used_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 \
            WHERE (SELECT COUNT(*) FROM doorstep_factors WHERE account_id = $2) < $10 \
            ON CONFLICT DO NOTHING";
        let done = sql(SQL)
            .bind(factor.id)
            .bind(factor.account_id)
            .bind(factor.kind)
            .bind(factor.name)
            .bind(factor.credential_id)
            .bind(factor.sealed)
            .bind(factor.counter)
            .bind(factor.created_at)
            .bind(factor.last_used_at)
            .bind(limit)
            .change(self)
            .await?;
        Ok(done == 1)
    }

    /// The factors of an account, oldest first.
    pub async fn factors_of(&self, account_id: &str) -> Result<Vec<StoredFactor>, Error> {
        const SQL: &str =
            "SELECT * FROM doorstep_factors WHERE account_id = $1 ORDER BY created_at, id";
        sql(SQL).bind(account_id).list(self).await
    }

    /// The passkey with this credential id, whoever's it is.
    pub async fn find_passkey(&self, credential_id: &str) -> Result<Option<StoredFactor>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_factors WHERE credential_id = $1";
        sql(SQL).bind(credential_id).find(self).await
    }

    /// Uses up the time step of an app's code. False when this one or a later one was used before.
    pub async fn spend_time_step(
        &self,
        id: &str,
        step: i64,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_factors SET counter = $1, last_used_at = $2 \
            WHERE id = $3 AND counter < $1";
        Ok(sql(SQL).bind(step).bind(now).bind(id).change(self).await? == 1)
    }

    /// Notes that a passkey signed a challenge of `asked_at`. False when it was used since then, or its
    /// count of signatures did not rise though it counts.
    pub async fn use_passkey(
        &self,
        id: &str,
        counter: i64,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_factors SET counter = $1, last_used_at = $2 WHERE id = $3 \
            AND (counter < $1 OR ($1 = 0 AND counter = 0)) \
            AND (last_used_at IS NULL OR last_used_at < $4)";
        let done = sql(SQL).bind(counter).bind(now).bind(id).bind(asked_at).change(self).await?;
        Ok(done == 1)
    }

    /// Gives a factor of this account another name. False when it is gone.
    pub async fn rename_factor(
        &self,
        id: &str,
        account_id: &str,
        name: String,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_factors SET name = $1 WHERE id = $2 AND account_id = $3";
        Ok(sql(SQL).bind(name).bind(id).bind(account_id).change(self).await? == 1)
    }

    /// Removes a factor of this account. False when it is gone already.
    pub async fn delete_factor(&self, id: &str, account_id: &str) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_factors WHERE id = $1 AND account_id = $2";
        Ok(sql(SQL).bind(id).bind(account_id).change(self).await? == 1)
    }

    /// Removes every factor of an account and tells how many there were.
    pub async fn delete_factors_of(&self, account_id: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_factors WHERE account_id = $1";
        sql(SQL).bind(account_id).change(self).await
    }

    /// Stores the digests of an account's recovery codes.
    pub async fn insert_recovery_codes(
        &self,
        account_id: &str,
        digests: [String; recovery::COUNT],
    ) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_recovery_codes (account_id, digest) \
            VALUES ($1, $2), ($1, $3), ($1, $4), ($1, $5), ($1, $6), \
            ($1, $7), ($1, $8), ($1, $9), ($1, $10), ($1, $11)";
        let statement = sql(SQL).bind(account_id);
        digests.into_iter().fold(statement, |sql, digest| sql.bind(digest)).change(self).await?;
        Ok(())
    }

    /// How many recovery codes an account has left.
    pub async fn count_recovery_codes(&self, account_id: &str) -> Result<i64, Error> {
        const SQL: &str = "SELECT COUNT(*) FROM doorstep_recovery_codes WHERE account_id = $1";
        let count: Option<i64> = sql(SQL).bind(account_id).find(self).await?;
        Ok(count.unwrap_or_default())
    }

    /// Uses up a recovery code. False when there is no such code, or no longer.
    pub async fn spend_recovery_code(
        &self,
        account_id: &str,
        digest: String,
    ) -> Result<bool, Error> {
        const SQL: &str =
            "DELETE FROM doorstep_recovery_codes WHERE account_id = $1 AND digest = $2";
        Ok(sql(SQL).bind(account_id).bind(digest).change(self).await? == 1)
    }

    /// Removes every recovery code of an account.
    pub async fn delete_recovery_codes_of(&self, account_id: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_recovery_codes WHERE account_id = $1";
        sql(SQL).bind(account_id).change(self).await
    }
}
