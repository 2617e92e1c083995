//! How a code becomes tokens, whichever kind it is of.

use serde_json::{Value, json};

use super::{Answer, TokenRequest};
use crate::codes::Presentation;
use crate::protocol::pkce;
use crate::store::grants::StoredGrant;
use crate::web::failure::Failure;

/// Spends a code. `what` is the parameter that it came in, and its name in the audit trail.
pub async fn redeem(
    request: &TokenRequest<'_>,
    what: &'static str,
    code: &str,
    redirect_uri: &str,
) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let codes = issuer.handoff.codes();
    let challenge =
        pkce::challenge_of_verifier(params.get("code_verifier")).map_err(Failure::json)?;
    let share = request.share(codes.grant_of_code(code), None).await?;
    let presented = Presentation {
        code,
        client_id: &client.client_id,
        redirect_uri,
        code_challenge: &challenge,
        address: issuer.site.address(request.http),
        jkt: request.jkt.unwrap_or_default(),
        refresh_jkt: request.refresh_jkt(),
    };
    let stored = match codes.redeem(presented).await {
        Ok(stored) => stored,
        Err(refusal) => return Err(request.refuse(what, refusal).await),
    };
    record(request, what, &stored).await;
    let Some(living) = issuer.living(&stored).await? else { return Err(request.invalid_grant()) };
    issuer.expect_logout(client, &living.grant).await?;
    let refresh_token = (stored.refresh_lifetime > 0).then(|| codes.refresh_token(&stored));
    let share = share.unwrap_or_else(|| living.grant.whole());
    request.respond(&living, &share, refresh_token).await
}

/// Who let whom in, from where, and whether the program is elsewhere. Where a person carried the code, or
/// could have been talked into it, the program waits until that is recorded.
async fn record(request: &TokenRequest<'_>, what: &str, stored: &StoredGrant) {
    let mut detail = places(stored);
    detail["differs"] = (detail["authorized_from"] != detail["redeemed_from"]).into();
    let event = request
        .event(&format!("{what}_redeemed"))
        .account(stored.account_id.as_deref())
        .grant(Some(&stored.id))
        .detail(&detail);
    if what == "device_code" || stored.page.is_some() {
        request.issuer.audit(event).await;
    } else {
        request.issuer.audit_in_passing(event);
    }
}

/// From where a code was authorized and redeemed, and how it travelled.
pub fn places(stored: &StoredGrant) -> Value {
    json!({
        "channel": stored.channel.as_str(),
        "authorized_from": stored.authorized_from,
        "redeemed_from": stored.redeemed_from,
    })
}
