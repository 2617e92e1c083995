//! The sign-in page. Its only state is `next`, the path to go to afterwards. What else a sign-in may need
//! follows in steps.

pub mod enrol;
pub mod passkey;
pub mod password;
pub mod pending;
pub mod second_factor;
pub mod steps;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use self::steps::SignIn;
use super::authorize;
use super::browser::Browser;
use super::credentials::{self, LONGEST_INPUT};
use super::envelope::respond;
use super::failure::Failure;
use super::site::is_own_path;
use super::upstream;
use crate::accounts::SignInFailure;
use crate::accounts::methods::{Method, Methods};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{SignInError, SignInPage};
use crate::secret::Secret;

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    next: String,
    /// Set when the person wants to see all ways in.
    choose: Option<String>,
}

#[derive(Deserialize)]
pub struct Form {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    username: String,
    password: Secret,
}

/// `GET /login`.
pub async fn show(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let next = own_path(&issuer, &query.next);
    if let Some(way) = upstream::way(&issuer, &request, &next, query.choose.is_some()).await {
        return Ok(see_other(&way));
    }
    page(&issuer, &request, &next, None, None).await
}

/// `POST /login`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    if !issuer.passwords {
        return Err(Failure::not_found());
    }
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let next = own_path(&issuer, &form.next);
    match credentials::check(&issuer, &request, &form.username, &form.password).await {
        Ok(account) => {
            let (issuer, request, browser) = (&*issuer, &request, &browser);
            let methods = Methods::from(Method::Password);
            let federated = None;
            SignIn { issuer, request, browser, next, account, methods, federated }.go_on().await
        }
        Err(SignInFailure::Unavailable(cause)) => Err(Failure::Internal(Box::new(cause))),
        Err(failure) => {
            let error = match failure {
                SignInFailure::TooManyAttempts { retry_after } => {
                    SignInError::TooMany { retry_after: retry_after.unsigned_abs() }
                }
                SignInFailure::Busy => SignInError::Busy,
                _ => SignInError::WrongCredentials,
            };
            page(&issuer, &request, &next, Some(&form.username), Some(error)).await
        }
    }
}

/// The page, with what was typed before and what is wrong with it.
///
/// # Errors
/// When the store cannot be reached.
pub async fn page(
    issuer: &Core,
    request: &HttpRequest,
    next: &str,
    username: Option<&str>,
    error: Option<SignInError>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, request);
    let asked = match query_of(issuer, next) {
        Some(query) => authorize::address(issuer, request, &browser, query).await.ok(),
        None => None,
    };
    let hinted = asked.as_ref().and_then(|asked| asked.params.get("login_hint"));
    let username: String =
        username.or(hinted).unwrap_or_default().chars().take(LONGEST_INPUT).collect();
    let page = SignInPage {
        frame: issuer.site.frame(request),
        csrf: browser.csrf(&issuer.site),
        next: next.to_owned(),
        username,
        client_name: asked.map(|asked| asked.client.name().to_owned()),
        again: next.starts_with(&issuer.site.path("/account/")),
        // Where there are no passwords, nobody gets past the providers.
        passkey: match issuer.passwords {
            true => passkey::prompt(issuer, &browser, None).await?,
            false => None,
        },
        passwords: issuer.passwords,
        ways: upstream::ways(issuer, next),
        error,
    };
    let (status, retry_after) = match error {
        None => (StatusCode::OK, None),
        Some(SignInError::WrongCredentials | SignInError::Passkey) => {
            (StatusCode::UNAUTHORIZED, None)
        }
        Some(SignInError::Busy) => (StatusCode::SERVICE_UNAVAILABLE, Some(3)),
        Some(SignInError::TooMany { retry_after }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after))
        }
    };
    let mut response = respond(&page, status);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// A path of ours, or the person's own page: nobody is sent to another site from here.
pub fn own_path(issuer: &Core, next: &str) -> String {
    let ours = next.strip_prefix(&*issuer.site.base).is_some_and(is_own_path);
    if ours && next.len() <= 16 * 1024 { next.to_owned() } else { issuer.site.path("/account") }
}

/// The authorization request in a `next`.
pub fn query_of<'a>(issuer: &Core, next: &'a str) -> Option<&'a str> {
    next.strip_prefix(&*issuer.site.base)?.strip_prefix("/authorize?")
}
