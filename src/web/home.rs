//! The person's own page, and what has no page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::session;
use crate::issuer::Core;
use crate::pages::HomePage;

/// `GET /account`: who is signed in here.
pub async fn show(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    let session = session::current(&issuer, &request).await?;
    let page = HomePage {
        frame: issuer.site.frame(&request),
        account: session.map(|session| session.account.username),
        keeps_passwords: issuer.keeps_passwords(),
        csrf: browser.csrf(&issuer.site),
    };
    let mut response = respond(&page, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// Everything under our paths that is nothing.
pub async fn not_found() -> Result<HttpResponse, Failure> {
    Err(Failure::not_found())
}
