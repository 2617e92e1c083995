//! Token exchange (RFC 8693): for an access token of ours its holder gets one that is good in fewer
//! places, for one cluster say. It is always a JWT, since whom it is for has to read it, and it is of the
//! same grant as the one before: whatever kills that, kills it too. Nobody acts for anybody else here.

use serde_json::json;

use super::{Answer, TokenRequest};
use crate::issuer::Accepted;
use crate::protocol::error::ProtocolError;
use crate::protocol::exchange::ExchangeRequest;
use crate::protocol::token::AccessToken;
use crate::web::client_auth;
use crate::web::failure::Failure;

/// Gives a narrower token for a token.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let asked = ExchangeRequest::parse(params, client).map_err(Failure::json)?;
    let accepted = issuer.accept_access_token(asked.subject_token).await?;
    let Some(accepted) = accepted.filter(|accepted| may_use(request, &accepted.token)) else {
        let error = ProtocolError::invalid_request(
            "the subject_token is not valid, has expired, or is not for this client",
        );
        return Err(client_auth::count_failure(issuer, request.http, error));
    };
    let share = asked.share(&accepted.token.scope).map_err(Failure::json)?;
    let (access_token, expires_in) =
        issuer.narrow_access_token(client, &accepted, &share, request.jkt).await?;
    record(request, &accepted, &share.resource).await;
    let mut response = json!({
        "access_token": access_token,
        "issued_token_type": asked.issued_token_type,
        "token_type": if request.jkt.is_some() { "DPoP" } else { "Bearer" },
        "expires_in": expires_in,
    });
    if !share.scope.is_empty() {
        response["scope"] = share.scope.to_string().into();
    }
    Ok(response)
}

/// Whose token it is may exchange it, and so may a server that was given it to do its work with. Anybody
/// can say that they are a client without a secret: such a client may not use what others were shown, or
/// each of them could get a token for all the others.
fn may_use(request: &TokenRequest<'_>, token: &AccessToken) -> bool {
    let TokenRequest { issuer, client, .. } = request;
    let is_own = token.client_id == client.client_id;
    let is_theirs = match client.is_public() {
        true => is_own && (token.jkt().is_some() || token.aud.contains(&issuer.site.issuer)),
        false => is_own || token.is_for(client),
    };
    is_theirs && token.jkt().is_none_or(|jkt| request.jkt == Some(jkt))
}

async fn record(request: &TokenRequest<'_>, accepted: &Accepted, audience: &[String]) {
    let detail = json!({ "audience": audience, "of_client": accepted.token.client_id });
    let account = accepted.living.account.as_ref().map(|account| account.id.as_str());
    let event = request.event("token_exchanged").account(account).grant(Some(&accepted.living.id));
    request.issuer.audit(event.detail(&detail)).await;
}
