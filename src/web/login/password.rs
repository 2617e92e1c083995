//! The step that lets a person choose another password: the one they have was made by somebody else, or
//! has become known.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::own_path;
use super::steps::{SignIn, begin_again, path_with_next};
use crate::accounts::next_step::Step;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{PasswordError, PasswordPage};
use crate::secret::Secret;
use crate::web::browser::Browser;
use crate::web::envelope::respond;
use crate::web::failure::Failure;
use crate::web::new_password;

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    #[serde(default)]
    next: String,
    new: Secret,
    again: Secret,
}

/// The page.
///
/// # Errors
/// None of its own.
pub fn page(sign_in: &SignIn<'_>, error: Option<PasswordError>) -> Result<HttpResponse, Failure> {
    let issuer = sign_in.issuer;
    let page = PasswordPage {
        frame: issuer.site.frame(sign_in.request),
        csrf: sign_in.browser.csrf(&issuer.site),
        action: issuer.site.path("/login/password"),
        next: sign_in.next.clone(),
        username: sign_in.account.username.clone(),
        forced: true,
        error,
    };
    let status = error.map_or(StatusCode::OK, new_password::status);
    Ok(respond(&page, status))
}

/// `POST /login/password`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let next = own_path(&issuer, &form.next);
    let Some(sign_in) = SignIn::resume(&issuer, &request, &browser, &next).await? else {
        return Ok(begin_again(&issuer, &next));
    };
    if sign_in.step().await? != Step::ChangePassword {
        return Ok(see_other(&path_with_next(&issuer, "/login/step", &next)));
    }
    match new_password::set(&issuer, &request, &sign_in.account, "", [&form.new, &form.again])
        .await?
    {
        Ok(()) => sign_in.go_on().await,
        Err(error) => page(&sign_in, Some(error)),
    }
}
