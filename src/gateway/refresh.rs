//! `refresh`: new tokens for a page that starts, or whose tokens are about to expire.

use actix_web::{HttpRequest, HttpResponse, web};

use super::genuine::{self, Nothing};
use super::{App, cookies, session, tokens};
use crate::secret::{self, Secret};
use crate::web::failure::Failure;

/// `POST refresh`.
///
/// # Errors
/// JSON.
pub async fn refresh(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let Nothing {} = genuine::read(&app, &request, &body)?;
    app.admit(&request)?;
    match renewed(&app, &request).await {
        Err(failure) if tokens::is_end(&failure) => {
            let mut response = HttpResponse::from_error(failure);
            cookies::clear(&app, &mut response)?;
            Ok(response)
        }
        answer => answer,
    }
}

async fn renewed(app: &App, request: &HttpRequest) -> Result<HttpResponse, Failure> {
    let current = session::renewable(app, request).await?.ok_or_else(session::nobody)?;
    // The session cookie may be gone while the other is still there.
    let kept_cookie = cookies::session(app, request);
    let known = kept_cookie.filter(|cookie| secret::digest(cookie) == current.row.id);
    let session = known.map_or_else(Secret::generate, Secret::new);
    let current = tokens::renew(app, current, &secret::digest(session.expose())).await?;
    let mut response = HttpResponse::Ok().json(current.kept.tokens(app.now()));
    if current.row.id == secret::digest(session.expose()) {
        cookies::set_session(app, &mut response, &session)?;
    }
    if let Some(renewal) = cookies::renewal(app, request) {
        cookies::set_renewal(app, &mut response, &renewal)?;
    }
    Ok(response)
}
