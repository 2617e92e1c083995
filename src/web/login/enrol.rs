//! The step that lets somebody add a second factor, because they need one and have none.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::own_path;
use super::steps::{SignIn, begin_again};
use crate::accounts::methods::Method;
use crate::accounts::next_step::Step;
use crate::issuer::Core;
use crate::web::browser::Browser;
use crate::web::enrol::{Enrolment, Form};
use crate::web::failure::Failure;

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    next: String,
}

/// `GET /login/totp`.
pub async fn show_totp(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    match resume(&issuer, &request, &browser, &query.next).await? {
        Ok(sign_in) => enrolment(&sign_in).totp_page(),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /login/totp`.
pub async fn add_totp(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    form.check(&issuer, &request, &browser)?;
    let sign_in = match resume(&issuer, &request, &browser, &form.next).await? {
        Ok(sign_in) => sign_in,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match enrolment(&sign_in).add_totp(&form).await? {
        Ok(method) => go_on(sign_in, method).await,
        Err(page) => Ok(page),
    }
}

/// `GET /login/new-passkey`.
pub async fn show_passkey(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    match resume(&issuer, &request, &browser, &query.next).await? {
        Ok(sign_in) => enrolment(&sign_in).passkey_page(None).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /login/new-passkey`.
pub async fn add_passkey(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    form.check(&issuer, &request, &browser)?;
    let sign_in = match resume(&issuer, &request, &browser, &form.next).await? {
        Ok(sign_in) => sign_in,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match enrolment(&sign_in).add_passkey(&form).await? {
        Ok(method) => go_on(sign_in, method).await,
        Err(page) => Ok(page),
    }
}

/// The sign-in that is at this step, or the way to where it is.
async fn resume<'a>(
    issuer: &'a Core,
    request: &'a HttpRequest,
    browser: &'a Browser,
    next: &str,
) -> Result<Result<SignIn<'a>, HttpResponse>, Failure> {
    let next = own_path(issuer, next);
    let Some(sign_in) = SignIn::resume(issuer, request, browser, &next).await? else {
        return Ok(Err(begin_again(issuer, &next)));
    };
    match sign_in.step().await? {
        Step::Enrol => Ok(Ok(sign_in)),
        _ => sign_in.go_on().await.map(Err),
    }
}

fn enrolment<'a>(sign_in: &'a SignIn<'_>) -> Enrolment<'a> {
    let SignIn { issuer, request, browser, account, next, .. } = sign_in;
    Enrolment { issuer, request, browser, account, place: "/login", next }
}

async fn go_on(mut sign_in: SignIn<'_>, method: Method) -> Result<HttpResponse, Failure> {
    sign_in.methods = sign_in.methods.and(method);
    let (issuer, request, browser) = (sign_in.issuer, sign_in.request, sign_in.browser);
    let account = sign_in.account.clone();
    let response = sign_in.go_on().await?;
    let enrolment =
        Enrolment { issuer, request, browser, account: &account, place: "/login", next: "" };
    enrolment.with_recovery_codes(response).await
}
