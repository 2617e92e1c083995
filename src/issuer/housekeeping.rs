//! What an issuer does unasked: sweep what has expired, and follow the keys that others rotate.

use std::time::Duration;

use super::Issuer;
use crate::store;

const EVERY: Duration = Duration::from_secs(30);
const PIECE: i64 = 500;

/// Starts the task. It ends with the last handle to the issuer.
pub fn start(issuer: &Issuer) {
    let parts = issuer.downgrade();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(parts) = parts.upgrade() else { return };
            let issuer = Issuer::of(parts);
            if let Err(error) = sweep(&issuer).await {
                tracing::warn!(%error, "the store could not be swept");
            }
            if let Err(error) = issuer.keys.reload().await {
                tracing::warn!(%error, "the signing keys could not be read again");
            }
        }
    });
}

async fn sweep(issuer: &Issuer) -> Result<(), store::Error> {
    let now = issuer.now();
    issuer.handoff.codes().sweep().await?;
    while issuer.db.sweep_sessions(now, PIECE).await? == PIECE as u64 {}
    while issuer.db.sweep_pushed_requests(now, PIECE).await? == PIECE as u64 {}
    Ok(())
}
