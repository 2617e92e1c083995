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
