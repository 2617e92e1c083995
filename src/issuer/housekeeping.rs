//! What an issuer does unasked: sweep what has expired, and follow the keys that others rotate.

use std::sync::Arc;
use std::time::Duration;

use super::Core;
use crate::protocol::device;
use crate::store;

const EVERY: Duration = Duration::from_secs(30);
const PIECE: i64 = 500;

/// Starts the task. It ends with the last handle to the core.
pub fn start(core: &Arc<Core>) {
    let core = Arc::downgrade(core);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(core) = core.upgrade() else { return };
            if let Err(error) = sweep(&core).await {
                tracing::warn!(%error, "the store could not be swept");
            }
            if let Err(error) = core.keys.reload().await {
                tracing::warn!(%error, "the signing keys could not be read again");
            }
        }
    });
}

async fn sweep(core: &Core) -> Result<(), store::Error> {
    let now = core.now();
    core.handoff.codes().sweep().await?;
    while core.db.sweep_sessions(now, PIECE).await? == PIECE as u64 {}
    while core.db.sweep_upstream_sessions(now, PIECE).await? == PIECE as u64 {}
    while core.db.sweep_pushed_requests(now, PIECE).await? == PIECE as u64 {}
    // A device that comes late is told so for as long again.
    let late = now.plus(-device::LIFETIME);
    while core.db.sweep_device_requests(late, PIECE).await? == PIECE as u64 {}
    while core.db.sweep_spent_jtis(now, PIECE).await? == PIECE as u64 {}
    while core.db.sweep_registrations(now, PIECE).await? == PIECE as u64 {}
    if core.trail.retention > 0 {
        let before = now.plus(-core.trail.retention);
        while core.db.sweep_audit_events(before, PIECE).await? == PIECE as u64 {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::StoredAccounts;
    use crate::accounts::password::{Passwords, Settings};
    use crate::accounts::rules::UsernameRule;
    use crate::clock::{Clock, Timestamp};
    use crate::issuer::Issuer;
    use crate::secret::RootKey;
    use crate::store::Db;
    use crate::store::audit::AuditEvent;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    /// The names of the events that are left of an old one and a young one.
    async fn left(retention: i64) -> Vec<String> {
        let db = Db::connect("sqlite::memory:", 1).await.unwrap();
        let passwords = Passwords::start(&Settings::default());
        let accounts = StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict);
        let issuer = Issuer::builder("http://127.0.0.1:1")
            .db(db.clone())
            .root_key(RootKey::generate())
            .accounts(Arc::new(accounts))
            .clock(Clock::fixed(NOW))
            .audit_retention(retention)
            .build()
            .await
            .unwrap();
        for (name, age) in [("old", 101), ("young", 99)] {
            db.insert_audit_event(AuditEvent::new(NOW.plus(-age), name)).await.unwrap();
        }
        db.spend_jti("spent", NOW.plus(-1)).await.unwrap();
        sweep(&issuer.core).await.unwrap();
        assert!(!db.is_jti_spent("spent").await.unwrap());
        let events = db.audit_events(Timestamp(0), 9).await.unwrap();
        events.into_iter().map(|event| event.event).collect()
    }

    #[tokio::test]
    async fn the_trail_is_swept_as_the_settings_say() {
        assert_eq!(left(100).await, ["young"]);
        assert_eq!(left(0).await.len(), 2, "for ever");
    }
}
