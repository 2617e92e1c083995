//! The userinfo endpoint (OpenID Connect Core §5.3): what the scopes of an access token tell about a
//! person. The token comes in the header or in a form body (RFC 6750 §2).

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};

use super::client_auth;
use super::failure::Failure;
use crate::issuer::{Accepted, Core};
use crate::protocol::error::ProtocolError;

/// `GET /userinfo`.
pub async fn show(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let token = bearer(&request).ok_or_else(missing)?;
    answer(&issuer, &request, &token).await
}

/// `POST /userinfo`, with the token in the header or in the body.
pub async fn show_posted(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let token = match bearer(&request) {
        Some(token) => token,
        None if body.is_empty() => return Err(missing()),
        None => client_auth::parse_form(&request, &body)?
            .get("access_token")
            .ok_or_else(missing)?
            .to_owned(),
    };
    answer(&issuer, &request, &token).await
}

async fn answer(
    issuer: &Core,
    request: &HttpRequest,
    token: &str,
) -> Result<HttpResponse, Failure> {
    // A token for somebody else is of no use here (RFC 9068 §4).
    let accepted = issuer.accept_access_token(token).await?;
    let Some(Accepted { token, living }) =
        accepted.filter(|accepted| accepted.token.aud.contains(&issuer.site.issuer))
    else {
        let error = ProtocolError::new(
            "invalid_token",
            "the access token is not valid, not for this issuer, has expired or was revoked",
        );
        return Err(client_auth::count_failure(issuer, request, error));
    };
    let Some(account) = living.account.filter(|_| token.scope.contains("openid")) else {
        return Err(Failure::json(ProtocolError::new(
            "insufficient_scope",
            "the access token lacks the scope openid",
        )));
    };
    let mut claims = issuer.userinfo_claims(&account, &token.scope);
    claims.insert("sub".into(), token.sub.into());
    Ok(HttpResponse::Ok().json(claims))
}

fn bearer(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
}

/// Without a token the challenge carries no error (RFC 6750 §3.1), yet a sentence helps in the body.
fn missing() -> Failure {
    let error = ProtocolError::invalid_request("there is no access token");
    Failure::Json { status: StatusCode::UNAUTHORIZED, error, retry_after: None }
}
