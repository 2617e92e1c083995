//! `login`: the app's own form asks for user name, password and code, and the gateway signs in with them at
//! the issuer (RFC 6749 §4.3). It teaches people to type their password anywhere; it is for apps that cannot
//! do otherwise, and off unless an admin of the app and one of the issuer have turned it on.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::kept::Kept;
use super::trouble::Trouble;
use super::{App, genuine, session};
use crate::accounts::throttle::RetryAfter;
use crate::protocol::error::ProtocolError;
use crate::relying_party::{Credentials, Error};
use crate::secret::Secret;
use crate::web::credentials::LONGEST_INPUT;
use crate::web::failure::Failure;

#[derive(Deserialize)]
struct Form {
    username: String,
    password: Secret,
    totp: Option<Secret>,
}

/// `POST login`.
///
/// # Errors
/// JSON.
pub async fn sign_in(
    app: web::Data<App>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let form: Form = genuine::read(&app, &request, &body)?;
    app.admit(&request)?;
    let totp = form.totp.as_ref().filter(|code| !code.expose().is_empty());
    let code_length = totp.map_or(0, |code| code.expose().len());
    let lengths = [form.username.len(), form.password.expose().len(), code_length];
    if lengths.into_iter().any(|length| length > LONGEST_INPUT) {
        return Err(wrong());
    }
    // The issuer sees one address for all people here; so it is here that guesses are slowed down.
    let (name, address, now) = (&form.username, app.address(&request), app.now());
    let entered = Credentials { username: name, password: &form.password, totp };
    let asking = async {
        app.ask(app.issuer.sign_in_by_password(&entered, now)).await.map_err(Refused::ByIssuer)
    };
    let signed_in =
        app.throttle.attempt_by_name(name, address, now, asking, Refused::is_wrong).await;
    let kept = Kept::of(signed_in.map_err(|refused| refused.tell(&app, totp.is_some()))?);
    let mut response = HttpResponse::Ok().json(kept.tokens(now));
    session::begin(&app, &request, &kept, &mut response).await?;
    Ok(response)
}

/// Why nobody is signed in.
enum Refused {
    TooEarly(RetryAfter),
    ByIssuer(Error),
}

impl From<RetryAfter> for Refused {
    fn from(wait: RetryAfter) -> Self {
        Self::TooEarly(wait)
    }
}

impl Refused {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::ByIssuer(Error::Endpoint(refusal)) if refusal.code() == "invalid_grant")
    }

    fn tell(&self, app: &App, with_code: bool) -> Failure {
        match self {
            Self::TooEarly(wait) => Failure::too_many(wait.0.unsigned_abs()),
            // A Doorstep that wants a second factor names the parameter for it.
            Self::ByIssuer(Error::Endpoint(refusal)) if self.is_wrong() => {
                match !with_code && refusal.mentions("totp") {
                    true => unauthorized("totp_required", "a code is needed too, in totp"),
                    false => wrong(),
                }
            }
            Self::ByIssuer(error) => Trouble::of(app, error).json(),
        }
    }
}

fn wrong() -> Failure {
    unauthorized("invalid_grant", "the user name, the password or the code is wrong")
}

fn unauthorized(code: &'static str, description: &'static str) -> Failure {
    let error = ProtocolError::new(code, description);
    Failure::Json { status: StatusCode::UNAUTHORIZED, error, retry_after: None }
}
