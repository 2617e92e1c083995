//! Token introspection (RFC 7662): whether a token is good, and what it says, for those whom it concerns.
//!
//! A resource server sees the access tokens that are for it. A client sees its own tokens. Every other
//! token is inactive, as if it did not exist (§4: no token scanning).

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::client_auth;
use super::failure::Failure;
use crate::issuer::{Accepted, Core};
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;

/// `POST /introspect`.
pub async fn introspect(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let params = client_auth::parse_form(&request, &body)?;
    let client = client_auth::authenticate(&issuer, &request, &params).await?;
    if client.is_public() {
        return Err(Failure::json(ProtocolError::invalid_client()));
    }
    let token = params.require("token").map_err(Failure::json)?;
    let described = match access_token(&issuer, &client, token).await? {
        Some(described) => Some(described),
        None => refresh_token(&issuer, &client, token).await?,
    };
    Ok(HttpResponse::Ok().json(described.unwrap_or_else(|| json!({ "active": false }))))
}

async fn access_token(
    issuer: &Core,
    client: &Client,
    token: &str,
) -> Result<Option<Value>, Failure> {
    let accepted = issuer.accept_access_token(token).await?;
    let concerns = |accepted: &Accepted| {
        accepted.token.client_id == client.client_id || accepted.token.is_for(client)
    };
    let Some(Accepted { token, living, .. }) = accepted.filter(concerns) else { return Ok(None) };
    let mut described = serde_json::to_value(&token).unwrap_or_default();
    described["active"] = true.into();
    described["token_type"] = token.token_type().into();
    if let Some(account) = living.account.filter(|_| token.scope.contains("profile")) {
        described["username"] = account.username.into();
    }
    Ok(Some(described))
}

async fn refresh_token(
    issuer: &Core,
    client: &Client,
    token: &str,
) -> Result<Option<Value>, Failure> {
    let stored = issuer.handoff.codes().refreshable(token).await?;
    let Some(stored) = stored.filter(|stored| stored.client_id == client.client_id) else {
        return Ok(None);
    };
    let Some(living) = issuer.living(&stored).await? else { return Ok(None) };
    Ok(Some(json!({
        "active": true,
        "iss": &*issuer.site.issuer,
        "client_id": stored.client_id,
        "sub": issuer.subject(client, &living.grant.sub),
        "scope": living.grant.scope.to_string(),
        "exp": stored.expires_at,
    })))
}
