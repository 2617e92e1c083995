//! Tokens given back (RFC 7009).

use super::{Error, RelyingParty, Tokens};
use crate::secret::Secret;

impl RelyingParty {
    /// Gives `tokens` back (RFC 7009): the refresh token, with which all others of its family end, or
    /// the access token where there is none. `Ok(false)` when the issuer takes nothing back.
    ///
    /// # Errors
    /// When the issuer cannot be reached or refuses.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<bool, Error> {
        match &tokens.refresh_token {
            Some(token) => self.revoke_refresh_token(token).await,
            None => self.revoke_one(&tokens.access_token, "access_token").await,
        }
    }

    pub(super) async fn revoke_refresh_token(&self, token: &Secret) -> Result<bool, Error> {
        self.revoke_one(token, "refresh_token").await
    }

    async fn revoke_one(&self, token: &Secret, hint: &str) -> Result<bool, Error> {
        let Some(endpoint) = self.provider.revocation_endpoint() else { return Ok(false) };
        let form = vec![("token", token.expose().to_owned()), ("token_type_hint", hint.to_owned())];
        self.post(endpoint, form).await.map(|_| true)
    }
}
