//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14).

use super::{Answer, TokenRequest};
use crate::codes::RefreshPresentation;
use crate::issuer::Core;
use crate::web::failure::Failure;
use crate::web::upstream;

/// Exchanges a refresh token for new tokens. Asking for less narrows this response, not the grant.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let codes = issuer.handoff.codes();
    let token = params.require("refresh_token").map_err(Failure::json)?;
    let share = request.share(codes.grant_of_refresh_token(token), params.get("scope")).await?;
    check_provider(request, token).await?;
    let presented = RefreshPresentation {
        token,
        client_id: &client.client_id,
        jkt: request.jkt.unwrap_or_default(),
        rotates: client.rotates_refresh_tokens(),
    };
    let refreshed = match codes.refresh(presented).await {
        Ok(refreshed) => refreshed,
        Err(refusal) => return Err(request.refuse("refresh_token", refusal).await),
    };
    let Some(mut living) = issuer.living(&refreshed.grant).await? else {
        return Err(request.invalid_grant());
    };
    // The ID token of a refresh answers no authorization request (OpenID Connect Core §12.2).
    living.grant.nonce = None;
    let share = share.unwrap_or_else(|| living.grant.whole());
    request.respond(&living, &share, Some(refreshed.token)).await
}

/// Asks the provider that the person signed in with, if that is due: before the token is used up, so
/// that one that cannot answer right now costs nobody a sign-in.
async fn check_provider(request: &TokenRequest<'_>, token: &str) -> Result<(), Failure> {
    let TokenRequest { issuer, client, .. } = request;
    let codes = issuer.handoff.codes();
    let Some(id) = codes.grant_of_refresh_token(token) else { return Ok(()) };
    let stored = codes.living(&id).await?.filter(|stored| stored.client_id == client.client_id);
    let Some(stored) = stored else { return Ok(()) };
    let Some(sid) = Core::read_grant(&stored)?.sid else { return Ok(()) };
    match upstream::still_stands(issuer, &sid).await? {
        true => Ok(()),
        false => Err(request.invalid_grant()),
    }
}
