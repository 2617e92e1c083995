//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::{Answer, TokenRequest, redemption};
use crate::web::failure::Failure;

/// Redeems a code for tokens.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let code = request.params.require("code").map_err(Failure::json)?;
    let redirect_uri = request.params.require("redirect_uri").map_err(Failure::json)?;
    redemption::redeem(request, "code", code, redirect_uri).await
}
