//! SQL of the audit trail: what happened, to whom, from where.

use serde_json::Value;

use super::error::Cause;
use super::row::{Column, FromRow, Row};
use super::statement::Statement;
use super::{Db, Error, row, sql};
use crate::clock::{self, Timestamp};
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

impl AuditEvent {
    /// An event of this name that concerns nobody yet.
    pub fn new(at: Timestamp, event: &str) -> Self {
        Self {
            at,
            event: event.to_owned(),
            account_id: None,
            client_id: None,
            grant_id: None,
            address: String::new(),
            detail: "{}".into(),
        }
    }

    /// It concerns this account.
    #[must_use]
    pub fn account(mut self, id: Option<&str>) -> Self {
        self.account_id = id.map(str::to_owned);
        self
    }

    /// It concerns this client.
    #[must_use]
    pub fn client(mut self, id: &str) -> Self {
        self.client_id = Some(id.to_owned());
        self
    }

    /// It concerns this grant.
    #[must_use]
    pub fn grant(mut self, id: Option<&str>) -> Self {
        self.grant_id = id.map(str::to_owned);
        self
    }

    /// It came from this address.
    #[must_use]
    pub fn from(mut self, address: String) -> Self {
        self.address = address;
        self
    }

    /// More about it: an object.
    #[must_use]
    pub fn detail(mut self, detail: &Value) -> Self {
        self.detail = detail.to_string();
        self
    }
}

/// An event as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuditEvent {
    /// Tells it from others of the same second.
    pub id: String,
    /// What happened.
    pub event: AuditEvent,
}

impl FromRow for StoredAuditEvent {
    fn from_row(row: Row<'_>) -> Result<Self, Cause> {
        Ok(Self { id: Column::read(row, "id")?, event: AuditEvent::from_row(row)? })
    }
}

/// Which events are wanted. An empty text means any.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// From this moment on.
    pub since: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
    /// Of this account.
    pub account_id: String,
    /// Of this client.
    pub client_id: String,
    /// Of this name.
    pub event: String,
}

impl Default for AuditFilter {
    fn default() -> Self {
        Self {
            since: Timestamp(0),
            until: Timestamp(i64::MAX),
            account_id: String::new(),
            client_id: String::new(),
            event: String::new(),
        }
    }
}

impl AuditFilter {
    /// As the first five parameters of a statement, for events that come after the id `after` too.
    fn bind_to(&self, statement: Statement, after: &str) -> Statement {
        statement
            .bind(moment(self.since).as_str().max(after))
            .bind(moment(self.until))
            .bind(self.account_id.as_str())
            .bind(self.client_id.as_str())
            .bind(self.event.as_str())
    }
}

/// An id that orders the trail: by second, and then as the events came. Nothing else needs an index.
fn new_id(at: Timestamp) -> String {
    let random = secret::base64url(&secret::random_bytes::<9>());
    format!("{}.{:014x}.{random}", moment(at), clock::microseconds())
}

/// How the ids of a second begin. In order they come after those of the second before, and before their own.
fn moment(at: Timestamp) -> String {
    format!("{:010x}", at.0.clamp(0, 0xff_ffff_ffff))
}

impl Db {
    /// Adds an event.
    pub async fn insert_audit_event(&self, event: AuditEvent) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_audit \
            (id, at, event, account_id, client_id, grant_id, address, detail) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        sql(SQL)
            .bind(new_id(event.at))
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
        let filter = AuditFilter { since, ..AuditFilter::default() };
        let found = self.audit_events_after("", &filter, limit).await?;
        Ok(found.into_iter().map(|stored| stored.event).collect())
    }

    /// The oldest events that are wanted and come after the id `after`, so that a reader goes on where it
    /// stopped: oldest first, `limit` at most.
    pub async fn audit_events_after(
        &self,
        after: &str,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<StoredAuditEvent>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_audit WHERE id > $1 AND id < $2 \
            AND ($3 = '' OR account_id = $3) AND ($4 = '' OR client_id = $4) \
            AND ($5 = '' OR event = $5) ORDER BY id LIMIT $6";
        filter.bind_to(sql(SQL), after).bind(limit).list(self).await
    }

    /// The newest events that are wanted, newest first, `limit` at most.
    pub async fn newest_audit_events(
        &self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<StoredAuditEvent>, Error> {
        const SQL: &str = "SELECT * FROM doorstep_audit WHERE id > $1 AND id < $2 \
            AND ($3 = '' OR account_id = $3) AND ($4 = '' OR client_id = $4) \
            AND ($5 = '' OR event = $5) ORDER BY id DESC LIMIT $6";
        filter.bind_to(sql(SQL), "").bind(limit).list(self).await
    }

    /// Deletes up to `limit` events from before `before` and tells how many.
    pub async fn sweep_audit_events(&self, before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_audit WHERE id IN \
            (SELECT id FROM doorstep_audit WHERE id < $1 ORDER BY id LIMIT $2)";
        sql(SQL).bind(moment(before)).bind(limit).change(self).await
    }
}
