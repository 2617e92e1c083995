//! New tokens from the issuer. It is asked by one at a time, since it may give them for a refresh token once
//! only and end everything at the second try: tabs that open together, and replicas, wait for each other.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::App;
use super::kept::Kept;
use super::session::{self, Current, nobody};
use super::trouble::Trouble;
use crate::clock::Timestamp;
use crate::relying_party::Error;
use crate::secret::Secret;
use crate::store::gateway_sessions::GatewaySession;
use crate::web::failure::Failure;

/// Tokens that came so many seconds ago are as good as new.
const NEW: i64 = 10;
/// How often it is looked whether somebody else has new tokens.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a failure says that the session has ended.
pub fn is_end(failure: &Failure) -> bool {
    matches!(failure, Failure::Json { error, .. } if matches!(error.code, "login_required" | "not_let_in"))
}

/// Gets new tokens for a session.
///
/// # Errors
/// JSON: the session has ended, the issuer does not answer, or the set-up is wrong.
pub async fn renew(app: &App, mut current: Current) -> Result<Current, Failure> {
    let patience = Instant::now() + app.bounds.limit() + Duration::from_secs(1);
    loop {
        let (now, row) = (app.now(), &current.row);
        if is_new(&current, now) {
            return Ok(current);
        }
        let Some(token) = current.kept.refresh_token() else { return Err(nobody()) };
        let until = now.plus(i64::try_from(app.bounds.limit().as_secs()).unwrap_or(60) + 1);
        if app.db.claim_gateway_session(&row.id, &row.sealed, now, until).await? {
            return ask(app, current, &token).await;
        }
        if Instant::now() >= patience {
            return Err(Failure::unavailable("the issuer has not answered yet; retry later"));
        }
        sleep(PAUSE).await;
        let id = current.row.id;
        current = session::find_renewable(app, &id).await?.ok_or_else(nobody)?;
    }
}

fn is_new(current: &Current, now: Timestamp) -> bool {
    let left = current.kept.expires_in(now);
    (0..NEW).contains(&now.since(current.row.checked_at)) && left.is_none_or(|left| left > NEW)
}

async fn ask(app: &App, current: Current, token: &Secret) -> Result<Current, Failure> {
    let Current { row, kept } = current;
    let now = app.now();
    match app.ask(app.issuer.renew(kept.subject(), token, now)).await {
        Ok(signed_in) => {
            let kept = Kept::of(signed_in).after(kept, app.settings.userinfo);
            let (valid_until, expires_at) = session::lifetimes(app);
            let row = GatewaySession {
                sid: kept.sid().map(str::to_owned),
                sealed: kept.seal(app)?,
                checked_at: now,
                claimed_until: Timestamp(0),
                valid_until,
                expires_at,
                ..row
            };
            match app.db.renew_gateway_session(row.clone()).await? {
                true => Ok(Current { row, kept }),
                false => Err(nobody()),
            }
        }
        Err(error) => Err(refused(app, &row, &error).await?),
    }
}

/// The issuer says no: the session ends. It says nothing, or the set-up is wrong: it goes on.
async fn refused(app: &App, row: &GatewaySession, error: &Error) -> Result<Failure, Failure> {
    let trouble = Trouble::of(app, error);
    if trouble.is_passing() || trouble.is_set_up() {
        app.db.release_gateway_session(&row.id).await?;
        return Ok(trouble.json());
    }
    tracing::info!(app = app.id(), %error, "a session ends: the issuer gives no new tokens");
    app.db.end_gateway_session(app.id(), &row.id).await?;
    Ok(if trouble.code == "not_let_in" { trouble.json() } else { nobody() })
}
