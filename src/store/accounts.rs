//! SQL of accounts.

use super::{Db, Error, row, sql};
use crate::accounts::account::Account;
use crate::accounts::claims::Claims;
use crate::clock::Timestamp;

struct Row {
    id: String,
    username: String,
    password_hash: Option<String>,
    disabled: bool,
    claims: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

row!(Row { id, username, password_hash, disabled, claims, created_at, updated_at });

impl Row {
    fn into_account(self) -> Result<(Account, Option<String>), Error> {
        let claims = Claims::from_stored(&self.claims).ok_or(Error::Corrupt("set of claims"))?;
        let account = Account {
            id: self.id,
            username: self.username,
            disabled: self.disabled,
            claims,
            created_at: self.created_at,
            updated_at: self.updated_at,
        };
        Ok((account, self.password_hash))
    }
}

/// The e-mail address by which an account can be found: one that was verified, in lower case.
fn verified_email(claims: &Claims) -> Option<String> {
    let claims = claims.as_map();
    let verified = claims.get("email_verified") == Some(&serde_json::Value::Bool(true));
    let email = claims.get("email").and_then(serde_json::Value::as_str);
    email.filter(|_| verified).map(str::to_lowercase)
}

fn json(claims: &Claims) -> String {
    serde_json::Value::Object(claims.as_map().clone()).to_string()
}

impl Db {
    /// Stores a new account. False when somebody goes by its user name already.
    pub async fn insert_account(
        &self,
        account: &Account,
        password_hash: Option<String>,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_accounts \
            (id, username, password_hash, must_change_password, disabled, claims, verified_email, \
            created_at, updated_at) \
            VALUES ($1, $2, $3, FALSE, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        let (claims, email) = (json(&account.claims), verified_email(&account.claims));
        let Account { id, username, disabled, created_at, updated_at, .. } = account.clone();
        let done = sql(SQL)
            .bind(id)
            .bind(username)
            .bind(password_hash)
            .bind(disabled)
            .bind(claims)
            .bind(email)
            .bind(created_at)
            .bind(updated_at)
            .change(self)
            .await?;
        Ok(done == 1)
    }

    /// The account with this id.
    pub async fn find_account(&self, id: &str) -> Result<Option<Account>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_accounts WHERE id = $1";
        let row: Option<Row> = sql(SQL).bind(id).find(self).await?;
        row.map(|row| row.into_account().map(|(account, _)| account)).transpose()
    }

    /// The account of this user name, with its password hash.
    pub async fn find_account_by_username(
        &self,
        username: &str,
    ) -> Result<Option<(Account, Option<String>)>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_accounts WHERE username = $1";
        let row: Option<Row> = sql(SQL).bind(username).find(self).await?;
        row.map(Row::into_account).transpose()
    }

    /// Up to `limit` accounts with this verified e-mail address in lower case. Those that were made by a
    /// provider whose word about addresses does not count are not among them.
    pub async fn find_accounts_by_email(
        &self,
        email: &str,
        limit: i64,
    ) -> Result<Vec<Account>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_accounts WHERE verified_email = $1 AND NOT EXISTS \
            (SELECT 1 FROM doorstep_links WHERE account_id = doorstep_accounts.id \
            AND made AND NOT vouches) LIMIT $2";
        let rows: Vec<Row> = sql(SQL).bind(email).bind(limit).list(self).await?;
        rows.into_iter().map(|row| row.into_account().map(|(account, _)| account)).collect()
    }

    /// Up to `limit` accounts in the order of their names, those after `after`.
    pub async fn list_accounts(&self, after: &str, limit: i64) -> Result<Vec<Account>, Error> {
        const SQL: &str =
            "SELECT * FROM doorstep_accounts WHERE username > $1 ORDER BY username LIMIT $2";
        let rows: Vec<Row> = sql(SQL).bind(after).bind(limit).list(self).await?;
        rows.into_iter().map(|row| row.into_account().map(|(account, _)| account)).collect()
    }

    /// Whether there is any account yet.
    pub async fn has_accounts(&self) -> Result<bool, Error> {
        Ok(!self.list_accounts("", 1).await?.is_empty())
    }

    /// Replaces what is known about the person. False when the account is gone.
    pub async fn update_claims(
        &self,
        id: &str,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_accounts \
            SET claims = $1, verified_email = $2, updated_at = $3 WHERE id = $4";
        let (claims, email) = (json(claims), verified_email(claims));
        let done = sql(SQL).bind(claims).bind(email).bind(now).bind(id).change(self).await?;
        Ok(done == 1)
    }

    /// Sets a password, which is then no longer one that has to be changed. False when the account is
    /// gone.
    pub async fn set_password_hash(
        &self,
        id: &str,
        hash: String,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_accounts \
            SET password_hash = $1, must_change_password = FALSE, updated_at = $2 WHERE id = $3";
        let done = sql(SQL).bind(hash).bind(now).bind(id).change(self).await?;
        Ok(done == 1)
    }

    /// Says that the person has to choose another password at the next sign-in. False when the account
    /// is gone.
    pub async fn require_password_change(&self, id: &str) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_accounts SET must_change_password = TRUE WHERE id = $1";
        Ok(sql(SQL).bind(id).change(self).await? == 1)
    }

    /// Whether the person has to choose another password at the next sign-in.
    pub async fn must_change_password(&self, id: &str) -> Result<bool, Error> {
        const SQL: &str = "SELECT must_change_password FROM doorstep_accounts WHERE id = $1";
        let must: Option<bool> = sql(SQL).bind(id).find(self).await?;
        Ok(must.unwrap_or(false))
    }

    /// The account's password hash, if it has one.
    pub async fn find_password_hash(&self, id: &str) -> Result<Option<String>, Error> {
        const SQL: &str = "SELECT password_hash FROM doorstep_accounts \
            WHERE id = $1 AND password_hash IS NOT NULL";
        sql(SQL).bind(id).find(self).await
    }

    /// Replaces a hash by another of the same password, unless the password was changed meanwhile.
    pub async fn replace_password_hash(
        &self,
        id: &str,
        old: String,
        new: String,
    ) -> Result<(), Error> {
        const SQL: &str =
            "UPDATE doorstep_accounts SET password_hash = $1 WHERE id = $2 AND password_hash = $3";
        sql(SQL).bind(new).bind(id).bind(old).change(self).await?;
        Ok(())
    }

    /// Closes or opens an account. False when it is gone.
    pub async fn set_account_disabled(
        &self,
        id: &str,
        disabled: bool,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str =
            "UPDATE doorstep_accounts SET disabled = $1, updated_at = $2 WHERE id = $3";
        let done = sql(SQL).bind(disabled).bind(now).bind(id).change(self).await?;
        Ok(done == 1)
    }

    /// Removes an account. False when it is gone already.
    pub async fn delete_account(&self, id: &str) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_accounts WHERE id = $1";
        let done = sql(SQL).bind(id).change(self).await?;
        Ok(done == 1)
    }
}
