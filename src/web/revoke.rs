//! Token revocation (RFC 7009). Either token kills its grant: all tokens that came of it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::client_auth;
use super::failure::Failure;
use crate::issuer::Core;
use crate::protocol::error::ProtocolError;

/// `POST /revoke`. The answer is 200 for whatever is no token of ours (§2.2).
pub async fn revoke(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let params = client_auth::parse_form(&request, &body)?;
    let client = client_auth::authenticate(&issuer, &request, &params).await?;
    let token = params.require("token").map_err(Failure::json)?;
    let codes = issuer.handoff.codes();
    let grant_id = codes
        .grant_of_refresh_token(token)
        .or_else(|| issuer.read_access_token(token).map(|access| access.grant_id().to_owned()));
    if let Some(id) = grant_id
        && let Some(grant) = codes.living(&id).await?
    {
        if grant.client_id != client.client_id {
            let error =
                ProtocolError::new("unauthorized_client", "the token was issued to another client");
            return Err(Failure::json(error));
        }
        if codes.revoke(&id).await? {
            let event = issuer.event(&request, "grant_revoked").client(&client.client_id);
            let event = event.account(grant.account_id.as_deref()).grant(Some(&id));
            issuer.audit(event.detail(&json!({ "by": "client" }))).await;
        }
    }
    Ok(HttpResponse::Ok().finish())
}
