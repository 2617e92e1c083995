//! `backchannel-logout`: the issuer tells that somebody signed out there (OpenID Connect Back-Channel Logout
//! 1.0 §2.5), and their sessions here end.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::App;
use crate::protocol::error::ProtocolError;
use crate::relying_party::LoggedOut;
use crate::secret;
use crate::web::failure::Failure;

#[derive(Deserialize)]
pub(crate) struct Form {
    logout_token: String,
}

/// `POST backchannel-logout`.
///
/// # Errors
/// JSON.
pub async fn hear(
    app: web::Data<App>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    app.admit(&request)?;
    let heard = app.ask(app.issuer.hear_of_logout(&form.logout_token, app.now())).await;
    let LoggedOut { jti, sid, subject, until } = heard.map_err(|error| {
        tracing::warn!(app = app.id(), %error, "a logout token was not believed");
        match error.is_passing() {
            true => Failure::unavailable("the issuer's keys cannot be read; retry later"),
            false => refused(),
        }
    })?;
    let once = secret::digest(format!("{} logout {jti}", app.id()));
    if app.db.is_jti_spent(&once).await? {
        return Err(refused());
    }
    let ended = match (&sid, &subject) {
        (Some(sid), _) => app.db.end_gateway_sessions_by_sid(app.id(), sid).await?,
        (None, Some(subject)) => app.db.end_gateway_sessions_of(app.id(), subject).await?,
        (None, None) => 0,
    };
    // It was heard only now: an issuer that had no answer, because the store failed, says it again.
    app.db.spend_jti(&once, until).await?;
    let subject = subject.unwrap_or_default();
    app.audit(&request, "app_signed_out_by_issuer", &subject, json!({ "sessions": ended })).await;
    Ok(HttpResponse::Ok().finish())
}

fn refused() -> Failure {
    Failure::json(ProtocolError::invalid_request("the logout token is not valid"))
}
