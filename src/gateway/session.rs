//! Sessions of an app: begun by a sign-in, with new cookies each time, and looked up by them.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::kept::Kept;
use super::{App, cookies};
use crate::protocol::error::ProtocolError;
use crate::secret::{self, Secret};
use crate::store::gateway_sessions::GatewaySession;
use crate::web::failure::Failure;

/// A session that counts.
pub struct Current {
    /// Its row.
    pub row: GatewaySession,
    /// What is in it.
    pub kept: Kept,
}

/// Begins a session and gives its cookies. The one that the browser had ends.
///
/// # Errors
/// When the store fails.
pub async fn begin(
    app: &App,
    request: &HttpRequest,
    kept: &Kept,
    response: &mut HttpResponse,
) -> Result<(), Failure> {
    let (session, renewal) = (Secret::generate(), Secret::generate());
    let now = app.now();
    if let Some(old) = cookies::session(app, request) {
        app.db.end_gateway_session(app.id(), &secret::digest(old)).await?;
    }
    let row = GatewaySession {
        id: secret::digest(session.expose()),
        renewal: secret::digest(renewal.expose()),
        app: app.id().to_owned(),
        subject: kept.subject().to_owned(),
        sid: kept.sid().map(str::to_owned),
        sealed: kept.seal(app)?,
        checked_at: now,
        claimed_until: crate::clock::Timestamp(0),
        valid_until: now.plus(app.settings.session_lifetime),
        expires_at: now.plus(app.settings.refresh_lifetime),
    };
    app.db.insert_gateway_session(row).await?;
    app.audit(request, "app_signed_in", kept.subject(), json!({})).await;
    cookies::set_session(app, response, &session)?;
    match kept.refresh_token() {
        Some(_) => cookies::set_renewal(app, response, renewal.expose()),
        None => {
            tracing::warn!(
                app = app.id(),
                "the issuer gave no refresh token: is offline_access assigned to this client, and asked for? \
                 does the issuer want prompt = consent for it?"
            );
            Ok(())
        }
    }
}

/// The session of whoever sent this request.
///
/// # Errors
/// When the store fails.
pub async fn current(app: &App, request: &HttpRequest) -> Result<Option<Current>, Failure> {
    let Some(cookie) = cookies::session(app, request) else { return Ok(None) };
    let found = app.db.find_gateway_session(app.id(), &secret::digest(cookie), app.now()).await?;
    Ok(found.and_then(|row| opened(app, row)))
}

/// The session for which the request's refresh cookie gets new tokens.
///
/// # Errors
/// When the store fails.
pub async fn renewable(app: &App, request: &HttpRequest) -> Result<Option<Current>, Failure> {
    match cookies::renewal(app, request) {
        Some(cookie) => find_renewable(app, &secret::digest(cookie)).await,
        None => Ok(None),
    }
}

/// The same by the cookie's digest.
///
/// # Errors
/// When the store fails.
pub async fn find_renewable(app: &App, renewal: &str) -> Result<Option<Current>, Failure> {
    let found = app.db.find_gateway_renewal(app.id(), renewal, app.now()).await?;
    Ok(found.and_then(|row| opened(app, row)))
}

fn opened(app: &App, row: GatewaySession) -> Option<Current> {
    let kept = Kept::open(app, &row.sealed)?;
    Some(Current { row, kept })
}

/// What an app hears when nobody is signed in, or no longer: it has to send its person to `authorize`.
pub fn nobody() -> Failure {
    let error = ProtocolError::new("login_required", "nobody is signed in, or no longer");
    Failure::Json { status: actix_web::http::StatusCode::UNAUTHORIZED, error, retry_after: None }
}
