//! The step that asks for a second factor: a code of an app, a recovery code, or a passkey.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::own_path;
use super::steps::{SignIn, begin_again};
use crate::accounts::factors::{CheckFailure, FactorKind};
use crate::accounts::methods::Method;
use crate::accounts::next_step::Step;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{SecondFactorError, SecondFactorPage};
use crate::web::browser::Browser;
use crate::web::credentials;
use crate::web::envelope::respond;
use crate::web::failure::Failure;
use crate::web::login::passkey;
use crate::web::login::steps::path_with_next;

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    #[serde(default)]
    next: String,
    code: String,
    /// Set when the page asked for a recovery code.
    #[serde(default)]
    recovery: bool,
}

/// The page.
///
/// # Errors
/// When the store cannot be reached.
pub async fn page(
    sign_in: &SignIn<'_>,
    recovery: bool,
    error: Option<SecondFactorError>,
) -> Result<HttpResponse, Failure> {
    let (issuer, id) = (sign_in.issuer, sign_in.account.id.as_str());
    let factors = issuer.factors.list(id).await?;
    let has = |kind| factors.iter().any(|factor| factor.kind == kind);
    // A code that has been given is not asked for again: only a passkey is more.
    let more_than_a_code = sign_in.methods.is_multi_factor();
    let page = SecondFactorPage {
        frame: issuer.site.frame(sign_in.request),
        csrf: sign_in.browser.csrf(&issuer.site),
        next: sign_in.next.clone(),
        account: sign_in.account.username.clone(),
        has_totp: has(FactorKind::Totp) && !more_than_a_code,
        has_recovery: !more_than_a_code && issuer.factors.recovery_codes_left(id).await? > 0,
        recovery,
        passkey: match has(FactorKind::Passkey) && !recovery {
            true => passkey::prompt(issuer, sign_in.browser, Some(id)).await?,
            false => None,
        },
        error,
    };
    let (status, retry_after) = match error {
        None => (StatusCode::OK, None),
        Some(SecondFactorError::TooMany { retry_after }) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after))
        }
        Some(_) => (StatusCode::UNAUTHORIZED, None),
    };
    let mut response = respond(&page, status);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// `POST /login/code`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let next = own_path(&issuer, &form.next);
    let Some(mut sign_in) = SignIn::resume(&issuer, &request, &browser, &next).await? else {
        return Ok(begin_again(&issuer, &next));
    };
    if sign_in.step().await? != Step::SecondFactor {
        return Ok(see_other(&path_with_next(&issuer, "/login/step", &next)));
    }
    match credentials::check_code(&issuer, &request, &sign_in.account, &form.code).await {
        Ok(()) => {
            sign_in.methods = sign_in.methods.and(Method::Otp);
            sign_in.go_on().await
        }
        Err(CheckFailure::Store(error)) => Err(error.into()),
        Err(failure) => page(&sign_in, form.recovery, Some(failure.into())).await,
    }
}

impl From<CheckFailure> for SecondFactorError {
    fn from(failure: CheckFailure) -> Self {
        match failure {
            CheckFailure::TooManyAttempts { retry_after } => {
                Self::TooMany { retry_after: retry_after.unsigned_abs() }
            }
            _ => Self::Wrong,
        }
    }
}
