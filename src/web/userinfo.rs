//! The userinfo endpoint (OpenID Connect Core §5.3): what the scopes of an access token tell about a
//! person. The token comes in the header or in a form body (RFC 6750 §2).

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};

use super::client_auth;
use super::failure::Failure;
use crate::issuer::{Accepted, Core};
use crate::protocol::claims::Claims;
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::token::ID_TOKEN_TYPE;

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
    let in_body = || {
        let form = client_auth::parse_form(&request, &body)?;
        Ok(form.get("access_token").map(str::to_owned))
    };
    let token = match bearer(&request) {
        Some(_) if matches!(in_body(), Ok::<_, Failure>(Some(_))) => {
            let error = "the access token comes in two ways at once";
            return Err(Failure::json(ProtocolError::invalid_request(error)));
        }
        Some(token) => token,
        None if body.is_empty() => return Err(missing()),
        None => in_body()?.ok_or_else(missing)?,
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
    let Some(Accepted { token, client, living }) =
        accepted.filter(|accepted| accepted.token.aud.contains(&issuer.site.issuer))
    else {
        let error = ProtocolError::new(
            "invalid_token",
            "the access token is not valid, not for this issuer, has expired or was revoked",
        );
        return Err(client_auth::count_failure(issuer, request, error));
    };
    if living.account.is_none() || !token.scope.contains("openid") {
        return Err(Failure::json(ProtocolError::new(
            "insufficient_scope",
            "the access token lacks the scope openid",
        )));
    }
    respond(issuer, &client, issuer.userinfo(&client, &living, &token.scope)).await
}

/// JSON, or a JWT for a client that wants a signature (§5.3.2).
async fn respond(
    issuer: &Core,
    client: &Client,
    mut claims: Claims,
) -> Result<HttpResponse, Failure> {
    let Some(alg) = client.userinfo_signed_response_alg else {
        return Ok(HttpResponse::Ok().json(claims));
    };
    claims.insert("iss".into(), (*issuer.site.issuer).into());
    claims.insert("aud".into(), client.client_id.as_str().into());
    let jwt = issuer.keys.sign(alg, ID_TOKEN_TYPE, &claims).await?;
    Ok(HttpResponse::Ok().content_type("application/jwt").body(jwt))
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
