//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6).

use serde_json::json;

use super::{Answer, TokenRequest};
use crate::codes::Presentation;
use crate::protocol::pkce;
use crate::store::grants::StoredGrant;
use crate::web::failure::Failure;

/// Redeems a code for tokens.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let challenge =
        pkce::challenge_of_verifier(params.get("code_verifier")).map_err(Failure::json)?;
    let code = params.require("code").map_err(Failure::json)?;
    let share = request.share(issuer.handoff.codes().grant_of_code(code), None).await?;
    let presented = Presentation {
        code,
        client_id: &client.client_id,
        redirect_uri: params.require("redirect_uri").map_err(Failure::json)?,
        code_challenge: &challenge,
        address: issuer.site.address(request.http),
        jkt: request.jkt.unwrap_or_default(),
        refresh_jkt: request.refresh_jkt(),
    };
    let stored = match issuer.handoff.redeem(presented).await {
        Ok(stored) => stored,
        Err(refusal) => return Err(request.refuse("code", refusal).await),
    };
    record(request, &stored).await;
    let Some(living) = issuer.living(&stored).await? else { return Err(request.invalid_grant()) };
    issuer.expect_logout(client, &living.grant).await?;
    let refresh_token =
        (stored.refresh_lifetime > 0).then(|| issuer.handoff.codes().refresh_token(&stored));
    let share = share.unwrap_or_else(|| living.grant.whole());
    request.respond(&living, &share, refresh_token).await
}

/// A hand-off is worth a line in the audit trail: from where it was authorized and redeemed, and
/// whether the two differ, which is how a code that was talked out of somebody shows.
async fn record(request: &TokenRequest<'_>, stored: &StoredGrant) {
    if stored.page.is_none() {
        return;
    }
    let redeemed_from = stored.redeemed_from.as_deref().unwrap_or_default();
    let detail = json!({
        "authorized_from": stored.authorized_from,
        "redeemed_from": redeemed_from,
        "differs": stored.authorized_from != redeemed_from,
    });
    let event = request.event("code_redeemed".into(), Some(stored.id.clone()), detail.to_string());
    request.issuer.audit(event).await;
}
