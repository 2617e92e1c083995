//! The pictures that pages refer to, at every site that has pages.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpResponse, web};

use super::failure::Failure;
use super::site::Site;
use crate::pages::FAVICON;
use crate::pages::logo::LOGO_POLICY;

/// The routes, within a scope of [`super::mount::scope`].
pub fn looks(config: &mut web::ServiceConfig) {
    config.route("/favicon.svg", web::get().to(favicon)).route("/logo", web::get().to(logo));
}

async fn favicon() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(FAVICON)
}

async fn logo(site: web::Data<Site>) -> Result<HttpResponse, Failure> {
    let logo = site.looks.brand().logo.as_ref().ok_or_else(Failure::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(logo.media_type())
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((CONTENT_SECURITY_POLICY, LOGO_POLICY))
        .body(logo.bytes().to_vec()))
}
