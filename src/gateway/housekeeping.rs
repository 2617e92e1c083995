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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::desktop_sign_ins::NewDesktopSignIn;
    use crate::store::gateway_sessions::GatewaySession;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[tokio::test]
    async fn what_has_expired_goes_and_the_rest_stays() {
        let db = Db::connect("sqlite::memory:", 1).await.unwrap();
        for (name, until) in [("old", NOW.plus(-1)), ("young", NOW.plus(1))] {
            let session = GatewaySession {
                id: name.into(),
                renewal: name.into(),
                app: "dash".into(),
                subject: "mia".into(),
                sid: None,
                sealed: String::new(),
                checked_at: NOW,
                claimed_until: NOW,
                valid_until: until,
                expires_at: until,
            };
            db.insert_gateway_session(session).await.unwrap();
            let waiting = NewDesktopSignIn {
                id: name.into(),
                link: name.into(),
                app: "dash".into(),
                asked_from: "192.0.2.1".into(),
                created_at: NOW.plus(-300),
                expires_at: until,
            };
            assert!(db.insert_desktop_sign_in(waiting, 9).await.unwrap());
            db.spend_jti(name, until).await.unwrap();
        }
        sweep(&db, NOW).await.unwrap();
        let long_ago = NOW.plus(-200);
        for (name, there) in [("old", false), ("young", true)] {
            let session = db.find_gateway_session("dash", name, long_ago).await.unwrap();
            let waiting = db.find_waiting_desktop("dash", name, long_ago).await.unwrap();
            let spent = db.is_jti_spent(name).await.unwrap();
            assert_eq!((session.is_some(), waiting.is_some(), spent), (there, there, there));
        }
    }
}
