//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14).

use super::{Answer, TokenRequest};
use crate::issuer::Core;
use crate::protocol::error::ProtocolError;
use crate::protocol::scope::Scope;
use crate::web::failure::Failure;

/// Exchanges a refresh token for new tokens. Asking for less narrows this response, not the grant.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let token = params.require("refresh_token").map_err(Failure::json)?;
    let asked = asked_scope(request, token).await?;
    let refreshed = match issuer.handoff.codes().refresh(token, &client.client_id).await {
        Ok(refreshed) => refreshed,
        Err(refusal) => return Err(request.refuse("refresh_token", refusal).await),
    };
    let Some(mut living) = issuer.living(&refreshed.grant).await? else {
        return Err(request.invalid_grant());
    };
    // The ID token of a refresh answers no authorization request (OpenID Connect Core §12.2).
    living.grant.nonce = None;
    let scope = asked.as_ref().unwrap_or(&living.grant.scope);
    issuer.token_response(client, &living, scope, Some(refreshed.token))
}

/// The narrower scope that is asked for, if one is. It is settled before the token is used up: a
/// request that asks for too much must not cost the client its token.
async fn asked_scope(request: &TokenRequest<'_>, token: &str) -> Result<Option<Scope>, Failure> {
    let TokenRequest { issuer, client, params, .. } = request;
    let codes = issuer.handoff.codes();
    let (Some(asked), Some(id)) = (params.get("scope"), codes.grant_of_refresh_token(token)) else {
        return Ok(None);
    };
    match codes.living(&id).await?.filter(|stored| stored.client_id == client.client_id) {
        Some(stored) => {
            let granted = Core::read_grant(&stored)?.scope;
            narrow(&Scope::parse(asked), &granted).map(Some).map_err(Failure::json)
        }
        None => Ok(None),
    }
}

/// The asked scopes, all of which must have been granted. `offline_access` may be repeated though it
/// was never granted: some clients always send it.
fn narrow(asked: &Scope, granted: &Scope) -> Result<Scope, ProtocolError> {
    let mut asked = asked.clone();
    if !granted.contains("offline_access") {
        asked.remove("offline_access");
    }
    match asked.first_outside(granted) {
        Some(outside) => {
            Err(ProtocolError::naming("invalid_scope", "the scope ", outside, " was not granted"))
        }
        None => Ok(asked),
    }
}
