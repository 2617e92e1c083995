//! `profile`: who is signed in, for the app's pages and for its server, which passes the cookie on.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{App, session};
use crate::web::failure::Failure;

/// `GET profile`.
///
/// # Errors
/// JSON.
pub async fn show(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let current = session::current(&app, &request).await?.ok_or_else(session::nobody)?;
    Ok(HttpResponse::Ok().json(current.kept.profile()))
}
