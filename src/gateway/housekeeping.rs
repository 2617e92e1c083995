//! What the gateway does unasked: sweep what has expired.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;

use super::App;
use crate::clock::{Clock, Timestamp};
use crate::store::{Db, Error};

const EVERY: Duration = Duration::from_secs(30);
const PIECE: i64 = 500;

/// Starts the task. It ends with the last handle to the apps.
pub fn start(db: &Db, clock: &Clock, apps: &Arc<[web::Data<App>]>) {
    let (db, clock, apps) = (db.clone(), clock.clone(), Arc::downgrade(apps));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if apps.strong_count() == 0 {
                return;
            }
            if let Err(error) = sweep(&db, clock.now()).await {
                tracing::warn!(%error, "the store could not be swept");
            }
        }
    });
}

async fn sweep(db: &Db, now: Timestamp) -> Result<(), Error> {
    while db.sweep_gateway_sessions(now, PIECE).await? == PIECE as u64 {}
    while db.sweep_desktop_sign_ins(now, PIECE).await? == PIECE as u64 {}
    while db.sweep_spent_jtis(now, PIECE).await? == PIECE as u64 {}
    Ok(())
}
