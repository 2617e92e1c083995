//! SQL of the audit trail: what happened, to whom, from where.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;
use crate::secret;

/// One event. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What, as in `code_redeemed`.
    pub event: String,
    /// Whose account, where one is concerned.
    pub account_id: Option<String>,
    /// Which client, where one is concerned.
    pub client_id: Option<String>,
    /// Which grant, where one is concerned.
    pub grant_id: Option<String>,
    /// From which address.
    pub address: String,
    /// More, as JSON.
    pub detail: String,
}

row!(AuditEvent { at, event, account_id, client_id, grant_id, address, detail });

impl Db {
    /// Adds an event.
    pub async fn insert_audit_event(&self, event: AuditEvent) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_audit \
            (id, at, event, account_id, client_id, grant_id, address, detail) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sql(SQL)
            .bind(secret::random_id())
            .bind(event.at)
            .bind(event.event)
            .bind(event.account_id)
            .bind(event.client_id)
            .bind(event.grant_id)
            .bind(event.address)
            .bind(event.detail)
            .change(self)
            .await?;
        Ok(())
    }

    /// Events since `since`, oldest first, `limit` at most.
    pub async fn audit_events(
        &self,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_audit WHERE at >= $1 ORDER BY at, id LIMIT $2";
        sql(SQL).bind(since).bind(limit).list(self).await
    }
}
