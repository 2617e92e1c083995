//! `logout`: out of the app, and where it is wanted out of the issuer (OpenID Connect RP-Initiated Logout
//! 1.0): the app's page goes where it is told.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::genuine::{self, Nothing};
use super::kept::Kept;
use super::{App, cookies};
use crate::handoff::see_other;
use crate::relying_party::{Provider, SignedOut};
use crate::secret;
use crate::web::failure::Failure;

/// `POST logout`.
///
/// # Errors
/// JSON; then nobody was signed out.
pub async fn leave(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let Nothing {} = genuine::read(&app, &request, &body)?;
    let ended = match cookies::session(&app, &request) {
        Some(cookie) => app.db.end_gateway_session(app.id(), &secret::digest(cookie)).await?,
        None => None,
    };
    let mut location = app.settings.home.clone();
    if let Some(row) = ended {
        app.audit(&request, "app_signed_out", &row.subject, json!({})).await;
        app.db.end_waiting_gateway_sessions(app.id(), &row.subject, row.sid).await?;
        if let Some(kept) = Kept::open(&app, &row.sealed) {
            give_back(&app, &kept).await;
            location = page_of_issuer(&app, &kept).await.unwrap_or(location);
        }
    }
    let mut response = HttpResponse::Ok().json(json!({ "location": location }));
    cookies::clear(&app, &mut response)?;
    Ok(response)
}

/// `GET signed-out`: back from the issuer.
pub async fn signed_out(app: web::Data<App>) -> HttpResponse {
    see_other(&app.settings.home)
}

/// The refresh token is of no use to anybody any more. Whoever signs out does not wait for that to be
/// understood.
async fn give_back(app: &App, kept: &Kept) {
    let Some(token) = kept.refresh_token() else { return };
    if let Err(error) = app.ask(app.issuer.give_back(&token)).await {
        tracing::warn!(app = app.id(), %error, "a refresh token could not be given back");
    }
}

async fn page_of_issuer(app: &App, kept: &Kept) -> Option<String> {
    if !app.settings.logout {
        return None;
    }
    let (id_token, state) = (kept.id_token(), secret::random_id());
    let leaving = SignedOut {
        id_token: id_token.as_ref(),
        return_to: &app.site.url("/signed-out"),
        state: &state,
    };
    match app.ask(app.issuer.logout_url(leaving)).await {
        Ok(url) => url.map(String::from),
        Err(error) => {
            tracing::warn!(app = app.id(), %error, "nobody could be signed out at the issuer");
            None
        }
    }
}
