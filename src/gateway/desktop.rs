//! Desktop apps, whose person signs in with the system's browser: there passkeys, password managers and
//! sessions are at hand, and no app sees what is typed (RFC 8252 §8.12).
//!
//! The app asks to `start` and gets a handle, which only it has, and a link, which it opens. The browser's
//! side knows the link alone, and the link opens nothing for whoever asks. The app polls with its handle until
//! the session is its own: in its own HTTP session, not the browser's. A link can be sent to people, too, so
//! they are asked first (RFC 10027).

mod browser;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

pub use browser::{answer, ask, deliver, page_of, refuse, signed_in};

use super::genuine::{self, Nothing};
use super::{App, session};
use crate::protocol::error::ProtocolError;
use crate::protocol::match_phrase::match_phrase;
use crate::secret::{self, Secret};
use crate::store::desktop_sign_ins::NewDesktopSignIn;
use crate::web::failure::Failure;

/// Seconds that an app waits for its person.
const LIFETIME: i64 = 300;
/// Seconds between its questions.
const INTERVAL: i64 = 2;
/// Apps that wait at once, of all people together.
const MOST: i64 = 10_000;

#[derive(Deserialize)]
struct Question {
    handle: Secret,
}

/// `POST desktop/start`.
///
/// # Errors
/// JSON.
pub async fn start(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let Nothing {} = genuine::read(&app, &request, &body)?;
    app.admit(&request)?;
    let handle = format!("dsd_{}", Secret::generate().expose());
    let link = Secret::generate();
    let now = app.now();
    let new = NewDesktopSignIn {
        id: secret::digest(&handle),
        link: secret::digest(link.expose()),
        app: app.id().to_owned(),
        asked_from: app.address(&request).to_string(),
        created_at: now,
        expires_at: now.plus(LIFETIME),
    };
    if !app.db.insert_desktop_sign_in(new, MOST).await? {
        return Err(Failure::unavailable("too many apps are waiting right now; retry later"));
    }
    Ok(HttpResponse::Ok().json(json!({
        "handle": handle,
        "url": app.site.url(&page_of(link.expose())),
        "match_phrase": match_phrase(link.expose()),
        "interval": INTERVAL,
        "expires_in": LIFETIME,
    })))
}

/// `POST desktop/poll`: 202 while the person has not finished, then once 200 with the session's cookies.
///
/// # Errors
/// JSON: the person said no, is not let in, or took too long.
pub async fn poll(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let Question { handle } = genuine::read(&app, &request, &body)?;
    app.admit_poll(&request)?;
    let (id, now) = (secret::digest(handle.expose()), app.now());
    let found = app.db.look_for_desktop_outcome(app.id(), &id, now).await?.ok_or_else(over)?;
    if found.session.is_none() && found.refused.is_none() {
        return Ok(HttpResponse::Accepted().json(json!({ "status": "pending" })));
    }
    // Of many questions at once, one takes it.
    let taken = app.db.take_desktop_outcome(app.id(), &id, now).await?.ok_or_else(over)?;
    let waiting = taken.session.ok_or_else(|| refused(taken.refused.as_deref()))?;
    let mut response = HttpResponse::Ok().json(json!({ "status": "success" }));
    match session::hand_over(&app, &request, &waiting, &mut response).await? {
        true => Ok(response),
        false => Err(over()),
    }
}

fn refused(why: Option<&str>) -> Failure {
    match why {
        Some("access_denied") => {
            refusal(StatusCode::FORBIDDEN, "access_denied", "the person chose not to sign in")
        }
        Some("not_let_in") => {
            refusal(StatusCode::FORBIDDEN, "not_let_in", "the person is not let in here")
        }
        Some("misconfigured") => refusal(
            StatusCode::BAD_GATEWAY,
            "misconfigured",
            "the app's sign-in is not set up right: the gateway's log says what to change",
        ),
        _ => refusal(StatusCode::FORBIDDEN, "failed", "the sign-in did not work"),
    }
}

/// Nobody waits, or no longer, or the person has signed out since.
fn over() -> Failure {
    refusal(StatusCode::GONE, "expired_token", "the handle is unknown, was used, or has expired")
}

fn refusal(status: StatusCode, code: &'static str, description: &'static str) -> Failure {
    Failure::Json { status, error: ProtocolError::new(code, description), retry_after: None }
}
