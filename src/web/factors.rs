//! A person's own factors: the list, and what can be changed. Whoever changes something has signed in a
//! moment ago: a session that was left open does not let anybody lock its owner out.

mod change;
mod enrol;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

pub use change::{change, new_recovery_codes, show_one};
pub use enrol::{add_passkey, add_totp, show_passkey, show_totp};

use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::login::steps::path_with_next;
use super::session::{self, Session};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::FactorsPage;

/// The list's path.
const LIST: &str = "/account/factors";
/// Seconds since the sign-in in which a form may be opened, and in which it may be sent.
const OPENS_FOR: i64 = 300;
const SENDS_FOR: i64 = 1500;

/// `GET /account/factors`.
pub async fn list(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let Some(session) = session::current(&issuer, &request).await? else {
        return Ok(sign_in(&issuer, LIST));
    };
    let id = &session.account.id;
    let browser = Browser::of(&issuer.site, &request);
    let page = FactorsPage {
        frame: issuer.site.frame(&request),
        csrf: browser.csrf(&issuer.site),
        account: session.account.username.clone(),
        factors: issuer.factors.list(id).await?,
        recovery_codes: issuer.factors.recovery_codes_left(id).await?,
        has_totp: issuer.factors.has_totp(),
        has_passkeys: issuer.factors.passkeys().is_some(),
    };
    let mut response = respond(&page, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// Sends the browser to sign in and come back to this path.
fn sign_in(issuer: &Core, path: &str) -> HttpResponse {
    see_other(&path_with_next(issuer, "/login", &issuer.site.path(path)))
}

/// The session of somebody who has signed in within so many seconds, or the way to a new one that
/// leads back to this path.
async fn recent(
    issuer: &Core,
    request: &HttpRequest,
    within: i64,
    path: &str,
) -> Result<Result<Session, HttpResponse>, Failure> {
    let session = session::current(issuer, request).await?;
    let is_recent = |session: &Session| issuer.now().since(session.auth_time) < within;
    Ok(session.filter(is_recent).ok_or_else(|| sign_in(issuer, path)))
}
