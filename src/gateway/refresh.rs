//! `refresh`: new tokens for a page that starts, or whose tokens are about to expire.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::genuine::{self, Nothing};
use super::{App, cookies, session, tokens};
use crate::protocol::error::ProtocolError;
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
    let Some((current, [session, renewal])) = session::renewable(app, request).await? else {
        return Err(why_not(app, request).await?);
    };
    let current = tokens::renew(app, current).await?;
    let mut response = HttpResponse::Ok().json(current.kept.tokens(app.now()));
    // The same cookies, for as long again.
    cookies::set_session(app, &mut response, &session)?;
    cookies::set_renewal(app, &mut response, &renewal)?;
    Ok(response)
}

/// Why there is nothing to refresh: nobody is signed in, or the set-up lacks something.
async fn why_not(app: &App, request: &HttpRequest) -> Result<Failure, Failure> {
    let current = session::current(app, request).await?;
    Ok(match current.filter(|current| current.kept.refresh_token().is_none()) {
        Some(_) => {
            let why = "the issuer gave no refresh token: offline_access is missing in scope, or not assigned \
                to this client, or the issuer wants prompt = consent for it";
            let error = ProtocolError::new("no_refresh_token", why);
            Failure::Json { status: StatusCode::UNAUTHORIZED, error, retry_after: None }
        }
        None => session::nobody(),
    })
}
