//! Sessions of an app: begun by a sign-in, with new cookies each time, and looked up by them.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::AppSettings;
use super::kept::Kept;
use super::{App, cookies};
use crate::clock::Timestamp;
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
    let cookies = Fresh::draw();
    let [id, renewal] = cookies.digests();
    app.db.insert_gateway_session(row(app, kept, id, renewal)?).await?;
    cookies.give(app, request, kept, response).await
}

/// Begins a session for which nobody has cookies, and gives its id: for a desktop app that will fetch it
/// before `until`. Whoever signs out meanwhile ends it like any other.
///
/// # Errors
/// When the store fails.
pub async fn put_by(app: &App, kept: &Kept, until: Timestamp) -> Result<String, Failure> {
    let id = secret::random_id();
    let row = row(app, kept, id.clone(), id.clone())?;
    let row = GatewaySession { valid_until: until, expires_at: until, ..row };
    app.db.insert_gateway_session(row).await?;
    Ok(id)
}

/// Gives the cookies of a session that was put by. False when it has ended meanwhile.
///
/// # Errors
/// When the store fails.
pub async fn hand_over(
    app: &App,
    request: &HttpRequest,
    waiting: &str,
    response: &mut HttpResponse,
) -> Result<bool, Failure> {
    let cookies = Fresh::draw();
    let (valid_until, expires_at) = lifetimes(app);
    let handed = app.db.hand_over_gateway_session(
        app.id(),
        waiting,
        cookies.digests(),
        valid_until,
        expires_at,
    );
    let Some(Current { kept, .. }) = handed.await?.and_then(|row| opened(app, row)) else {
        return Ok(false);
    };
    cookies.give(app, request, &kept, response).await?;
    Ok(true)
}

fn row(app: &App, kept: &Kept, id: String, renewal: String) -> Result<GatewaySession, Failure> {
    let (valid_until, expires_at) = lifetimes(app);
    Ok(GatewaySession {
        id,
        renewal,
        app: app.id().to_owned(),
        subject: kept.subject().to_owned(),
        sid: kept.sid().map(str::to_owned),
        sealed: kept.seal(app)?,
        checked_at: app.now(),
        claimed_until: Timestamp(0),
        valid_until,
        expires_at,
    })
}

/// Until when a session counts, and until when it can be renewed, from now on.
pub fn lifetimes(app: &App) -> (Timestamp, Timestamp) {
    let AppSettings { session_lifetime, refresh_lifetime, .. } = app.settings;
    (app.now().plus(session_lifetime), app.now().plus(refresh_lifetime))
}

/// The cookies of a session that is about to be somebody's.
struct Fresh {
    session: Secret,
    renewal: Secret,
}

impl Fresh {
    fn draw() -> Self {
        Self { session: Secret::generate(), renewal: Secret::generate() }
    }

    fn digests(&self) -> [String; 2] {
        [&self.session, &self.renewal].map(|cookie| secret::digest(cookie.expose()))
    }

    /// Puts them into the response. The session that the browser had ends.
    async fn give(
        &self,
        app: &App,
        request: &HttpRequest,
        kept: &Kept,
        response: &mut HttpResponse,
    ) -> Result<(), Failure> {
        if let Some(old) = cookies::session(app, request) {
            app.db.end_gateway_session(app.id(), &secret::digest(old)).await?;
        }
        app.audit(request, "app_signed_in", kept.subject(), json!({})).await;
        cookies::set_session(app, response, self.session.expose())?;
        match kept.refresh_token() {
            Some(_) => cookies::set_renewal(app, response, self.renewal.expose()),
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

/// The session of whoever sent this request, which may get new tokens, and its two cookies. Both
/// have to be there: a refresh cookie that somebody planted signs nobody in.
///
/// # Errors
/// When the store fails.
pub async fn renewable(
    app: &App,
    request: &HttpRequest,
) -> Result<Option<(Current, [String; 2])>, Failure> {
    let Some(cookie) = cookies::session(app, request) else { return Ok(None) };
    let found = find_renewable(app, &secret::digest(&cookie)).await?;
    Ok(found.and_then(|current| {
        let renewal = cookies::renewal(app, request, &current.row.renewal)?;
        Some((current, [cookie, renewal]))
    }))
}

/// The session with this cookie's digest, while there are new tokens to be had for it.
///
/// # Errors
/// When the store fails.
pub async fn find_renewable(app: &App, id: &str) -> Result<Option<Current>, Failure> {
    let found = app.db.find_renewable_gateway_session(app.id(), id, app.now()).await?;
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
