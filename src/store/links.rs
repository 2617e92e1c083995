//! SQL of links: who somebody with an account is elsewhere.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// One person's identity at an issuer, and the account it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The issuer.
    pub issuer: String,
    /// Who it is there.
    pub subject: String,
    /// Whose account it is here.
    pub account_id: String,
    /// The provider's id when it was linked.
    pub provider: String,
    /// Whether the account was made for it.
    pub made: bool,
    /// Whether the provider's word about e-mail addresses counts.
    pub vouches: bool,
    /// When it was linked.
    pub linked_at: Timestamp,
}

row!(Link { issuer, subject, account_id, provider, made, vouches, linked_at });

impl Db {
    /// Stores a new link. False when the identity is linked already, or the account is to another
    /// identity of the same issuer.
    pub async fn insert_link(&self, link: Link) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_links \
            (issuer, subject, account_id, provider, made, vouches, linked_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let done = sql(SQL)
            .bind(link.issuer)
            .bind(link.subject)
            .bind(link.account_id)
            .bind(link.provider)
            .bind(link.made)
            .bind(link.vouches)
            .bind(link.linked_at)
            .change(self)
            .await?;
        Ok(done == 1)
    }

    /// The link of this identity.
    pub async fn find_link(&self, issuer: &str, subject: &str) -> Result<Option<Link>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_links WHERE issuer = $1 AND subject = $2";
        sql(SQL).bind(issuer).bind(subject).find(self).await
    }

    /// All links of an account, in the order of the issuers.
    pub async fn links_of(&self, account_id: &str) -> Result<Vec<Link>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_links WHERE account_id = $1 ORDER BY issuer";
        sql(SQL).bind(account_id).list(self).await
    }

    /// Removes a link. False when there was none.
    pub async fn delete_link(&self, issuer: &str, subject: &str) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_links WHERE issuer = $1 AND subject = $2";
        Ok(sql(SQL).bind(issuer).bind(subject).change(self).await? == 1)
    }

    /// Removes all links of an account and tells how many there were.
    pub async fn delete_links_of(&self, account_id: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_links WHERE account_id = $1";
        sql(SQL).bind(account_id).change(self).await
    }
}
