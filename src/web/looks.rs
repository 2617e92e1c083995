//! The pictures that pages refer to, at every site that has pages.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpResponse, web};

use super::failure::Failure;
use super::site::Site;
use crate::pages::FAVICON;
use crate::pages::brand::PICTURE_POLICY;

/// The routes, within a scope of [`super::mount::scope`].
pub fn looks(config: &mut web::ServiceConfig) {
    config
        .route("/favicon.svg", web::get().to(favicon))
        .route("/brand/{name}", web::get().to(picture));
}

async fn favicon() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(FAVICON)
}

async fn picture(site: web::Data<Site>, name: web::Path<String>) -> Result<HttpResponse, Failure> {
    let picture = site.looks.picture(&name).ok_or_else(Failure::not_found)?;
    Ok(HttpResponse::Ok()
        .content_type(picture.media_type())
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((CONTENT_SECURITY_POLICY, PICTURE_POLICY))
        .body(picture.bytes().to_vec()))
}
