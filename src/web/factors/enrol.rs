//! Adding a factor to one's own account.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{LIST, OPENS_FOR, SENDS_FOR, recent};
use crate::accounts::Account;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::web::browser::Browser;
use crate::web::enrol::{Enrolment, Form};
use crate::web::failure::Failure;

const TOTP: &str = "/account/factors/totp";
const PASSKEY: &str = "/account/factors/new-passkey";

/// `GET /account/factors/totp`.
pub async fn show_totp(
    issuer: web::Data<Core>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    match recent(&issuer, &request, OPENS_FOR, TOTP).await? {
        Ok(session) => enrolment(&issuer, &request, &browser, &session.account).totp_page(),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /account/factors/totp`.
pub async fn add_totp(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    form.check(&issuer, &request, &browser)?;
    let session = match recent(&issuer, &request, SENDS_FOR, TOTP).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let enrolment = enrolment(&issuer, &request, &browser, &session.account);
    match enrolment.add_totp(&form).await? {
        Ok(_) => enrolment.with_recovery_codes(see_other(&issuer.site.path(LIST))).await,
        Err(page) => Ok(page),
    }
}

/// `GET /account/factors/new-passkey`.
pub async fn show_passkey(
    issuer: web::Data<Core>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    match recent(&issuer, &request, OPENS_FOR, PASSKEY).await? {
        Ok(session) => {
            enrolment(&issuer, &request, &browser, &session.account).passkey_page(None).await
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /account/factors/new-passkey`.
pub async fn add_passkey(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    form.check(&issuer, &request, &browser)?;
    let session = match recent(&issuer, &request, SENDS_FOR, PASSKEY).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let enrolment = enrolment(&issuer, &request, &browser, &session.account);
    match enrolment.add_passkey(&form).await? {
        Ok(_) => enrolment.with_recovery_codes(see_other(&issuer.site.path(LIST))).await,
        Err(page) => Ok(page),
    }
}

pub(super) fn enrolment<'a>(
    issuer: &'a Core,
    request: &'a HttpRequest,
    browser: &'a Browser,
    account: &'a Account,
) -> Enrolment<'a> {
    Enrolment { issuer, request, browser, account, place: LIST, next: "" }
}
