//! The audit trail as handlers write it. Every event goes to the log as well.
//!
//! What somebody without an account can cause is bounded, so that nobody fills the store: beyond the bound
//! it is in the log alone.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use serde_json::Value;

use super::Core;
use crate::accounts::throttle::RateLimit;
use crate::store::Db;
use crate::store::audit::AuditEvent;

/// Events a minute that strangers cause at one address, and at all.
const OF_ONE: u32 = 60;
const OF_ALL: u32 = 600;

/// How the trail is kept.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Seconds that an event is kept; 0 for ever.
    pub retention: i64,
    of_one: RateLimit,
    of_all: RateLimit,
}

impl Trail {
    pub(super) fn new(retention: i64) -> Self {
        Self { retention, of_one: RateLimit::new(OF_ONE), of_all: RateLimit::new(OF_ALL) }
    }
}

impl Core {
    /// Adds to the audit trail. A trail that cannot be written is logged and keeps nobody from going
    /// on: the statement that mattered has been made durable before.
    pub(crate) async fn audit(&self, event: AuditEvent) {
        write(&self.db, event).await;
    }

    /// As [`Core::audit`], without keeping the sender waiting: for what happens at every login. It is
    /// written with whatever is written next.
    pub(crate) fn audit_in_passing(&self, event: AuditEvent) {
        log(&event);
        let db = self.db.clone();
        tokio::spawn(async move { store(&db, event).await });
    }

    /// Adds what the sender of a request did to an account.
    pub(crate) async fn audit_of(
        &self,
        request: &HttpRequest,
        event: &str,
        account_id: Option<&str>,
        detail: Value,
    ) {
        self.audit(self.event(request, event).account(account_id).detail(&detail)).await;
    }

    /// Adds what somebody did who has not proved who they are; `account_id` is whose name they used.
    pub(crate) async fn audit_stranger(
        &self,
        request: &HttpRequest,
        event: &str,
        account_id: Option<&str>,
        detail: Value,
    ) {
        let event = self.event(request, event).account(account_id).detail(&detail);
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let address = self.site.address(request).unwrap_or(nowhere);
        let Trail { of_one, of_all, .. } = &self.trail;
        let admitted =
            of_one.admit(address, event.at).and_then(|()| of_all.admit(nowhere, event.at));
        log(&event);
        if admitted.is_ok() {
            store(&self.db, event).await;
        }
    }

    /// An event of this name, now and from where a request came.
    pub(crate) fn event(&self, request: &HttpRequest, event: &str) -> AuditEvent {
        AuditEvent::new(self.now(), event).from(self.site.address_text(request))
    }
}

/// Adds to a trail, for whoever has no [`Core`].
pub(crate) async fn write(db: &Db, event: AuditEvent) {
    log(&event);
    store(db, event).await;
}

fn log(event: &AuditEvent) {
    tracing::info!(
        event = event.event,
        account = event.account_id,
        client = event.client_id,
        grant = event.grant_id,
        address = event.address,
        detail = event.detail,
        "audit"
    );
}

async fn store(db: &Db, event: AuditEvent) {
    if let Err(error) = db.insert_audit_event(event).await {
        tracing::error!(%error, "the audit trail could not be written");
    }
}
