//! The userinfo endpoint (OpenID Connect Core §5.3): what the scopes of an access token tell about a
//! person.

use actix_web::{HttpRequest, HttpResponse, web};

use super::dpop;
use super::failure::Failure;
use super::presented::Presented;
use crate::issuer::{Accepted, Core};
use crate::protocol::claims::Claims;
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::token::ID_TOKEN_TYPE;

/// `GET /userinfo`.
pub async fn show(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    answer(&issuer, &request, &[]).await
}

/// `POST /userinfo`, with the token in the header or in the body.
pub async fn show_posted(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    answer(&issuer, &request, &body).await
}

async fn answer(
    issuer: &Core,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Failure> {
    let presented = Presented::find(request, body)?;
    let Accepted { token, client, living } = presented.accept(issuer, request).await?;
    if living.account.is_none() || !token.scope.contains("openid") {
        return Err(Failure::json(ProtocolError::new(
            "insufficient_scope",
            "the access token lacks the scope openid",
        )));
    }
    let claims = issuer.userinfo(&client, &living, &token.scope);
    let mut response = respond(issuer, &client, claims).await?;
    if token.jkt().is_some() {
        dpop::pass_nonce(&issuer.site, &client, &mut response);
    }
    Ok(response)
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
