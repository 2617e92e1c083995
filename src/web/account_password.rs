//! Changing one's own password, with the present one as proof.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::browser::{Browser, add_cookie};
use super::envelope::respond;
use super::failure::Failure;
use super::login::steps::path_with_next;
use super::new_password;
use super::session::{self, Proof, Session};
use crate::accounts::SignInFailure;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{PasswordError, PasswordPage};
use crate::secret::Secret;

const PATH: &str = "/account/password";

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    current: Secret,
    new: Secret,
    again: Secret,
}

/// `GET /account/password`.
pub async fn show(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    match person(&issuer, &request).await? {
        Ok(session) => page(&issuer, &request, &browser, &session, None),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /account/password`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let session = match person(&issuer, &request).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let account = &session.account;
    if let Err(error) = check(&issuer, &request, &session, &form.current).await? {
        return page(&issuer, &request, &browser, &session, Some(error));
    }
    match new_password::set(&issuer, &request, account, &session.sid, [&form.new, &form.again])
        .await?
    {
        Ok(()) => {
            // This session goes on under a new cookie.
            let (auth_time, amr) = (session.auth_time, session.amr.join(" "));
            let proof = Proof { auth_time, amr, sid: None };
            let cookie = session::begin(&issuer, &request, account, proof).await?;
            let mut response = see_other(&issuer.site.path("/account"));
            add_cookie(&mut response, &cookie)?;
            Ok(response)
        }
        Err(error) => page(&issuer, &request, &browser, &session, Some(error)),
    }
}

/// Whoever is signed in, or the way there.
async fn person(
    issuer: &Core,
    request: &HttpRequest,
) -> Result<Result<Session, HttpResponse>, Failure> {
    if !issuer.keeps_passwords() {
        return Err(Failure::not_found());
    }
    let session = session::current(issuer, request).await?;
    let elsewhere = || see_other(&path_with_next(issuer, "/login", &issuer.site.path(PATH)));
    Ok(session.ok_or_else(elsewhere))
}

/// Whether this is the present password. It counts as a sign-in, so nobody can try many.
async fn check(
    issuer: &Core,
    request: &HttpRequest,
    session: &Session,
    current: &Secret,
) -> Result<Result<(), PasswordError>, Failure> {
    let address = issuer.site.address(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let (name, now) = (&session.account.username, issuer.now());
    match issuer.accounts.authenticate(name, current, address, now).await {
        Ok(account) if account.id == session.account.id => Ok(Ok(())),
        Ok(_) | Err(SignInFailure::Refused(_)) => {
            let id = Some(&*session.account.id);
            issuer.audit_of(request, "password_refused", id, json!({})).await;
            Ok(Err(PasswordError::WrongCurrent))
        }
        Err(SignInFailure::TooManyAttempts { retry_after }) => {
            Ok(Err(PasswordError::TooMany { retry_after: retry_after.unsigned_abs() }))
        }
        Err(SignInFailure::Busy) => Ok(Err(PasswordError::Busy)),
        Err(SignInFailure::Unavailable(cause)) => Err(Failure::Internal(Box::new(cause))),
    }
}

fn page(
    issuer: &Core,
    request: &HttpRequest,
    browser: &Browser,
    session: &Session,
    error: Option<PasswordError>,
) -> Result<HttpResponse, Failure> {
    let page = PasswordPage {
        frame: issuer.site.frame(request),
        csrf: browser.csrf(&issuer.site),
        action: issuer.site.path(PATH),
        next: String::new(),
        username: session.account.username.clone(),
        forced: false,
        error,
    };
    let mut response = respond(&page, error.map_or(StatusCode::OK, new_password::status));
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}
