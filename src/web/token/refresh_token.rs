//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14).

use super::{Answer, TokenRequest};
use crate::web::failure::Failure;

/// Exchanges a refresh token for new tokens. Asking for less narrows this response, not the grant.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let codes = issuer.handoff.codes();
    let token = params.require("refresh_token").map_err(Failure::json)?;
    let share = request.share(codes.grant_of_refresh_token(token), params.get("scope")).await?;
    let refreshed = match codes.refresh(token, &client.client_id).await {
        Ok(refreshed) => refreshed,
        Err(refusal) => return Err(request.refuse("refresh_token", refusal).await),
    };
    let Some(mut living) = issuer.living(&refreshed.grant).await? else {
        return Err(request.invalid_grant());
    };
    // The ID token of a refresh answers no authorization request (OpenID Connect Core §12.2).
    living.grant.nonce = None;
    let share = share.unwrap_or_else(|| living.grant.whole());
    issuer.token_response(client, &living, &share, Some(refreshed.token)).await
}
