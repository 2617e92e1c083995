//! The client credentials grant (RFC 6749 §4.4): a client acts for itself. There is no person, hence no
//! ID token and nothing of a person in its scopes, and no refresh token (§4.4.3).

use super::{Answer, TokenRequest};
use crate::protocol::claims_request::ClaimNames;
use crate::protocol::error::ProtocolError;
use crate::protocol::grant::Grant;
use crate::protocol::resource;
use crate::web::failure::Failure;

/// Gives a client a token of its own.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    if client.is_public() {
        let description = "a client without a secret cannot act for itself";
        return Err(Failure::json(ProtocolError::new("unauthorized_client", description)));
    }
    let grant = Grant {
        sub: client.client_id.clone(),
        for_itself: true,
        scope: client.scope_of_its_own(params.get("scope")).map_err(Failure::json)?,
        resource: resource::asked(params, &client.resources).map_err(Failure::json)?,
        claims: ClaimNames::default(),
        nonce: None,
        auth_time: issuer.now(),
        amr: Vec::new(),
        acr: None,
        sid: None,
    };
    request.grant(grant, None).await
}
