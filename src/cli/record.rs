//! What admins do from the command line goes into the audit trail too.

use serde_json::Value;

use super::Failure;
use crate::clock::Clock;
use crate::store::Db;
use crate::store::audit::AuditEvent;

/// An event of this name, which an admin caused just now.
pub fn event(name: &str) -> AuditEvent {
    AuditEvent::new(Clock::system().now(), name)
}

/// Adds what an admin did: `detail` is an object.
pub async fn record(db: &Db, event: AuditEvent, mut detail: Value) -> Result<(), Failure> {
    detail["by"] = "admin".into();
    Ok(db.insert_audit_event(event.detail(&detail)).await?)
}
