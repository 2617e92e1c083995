//! Signing in by user name and password (RFC 6749 §4.3): for programs that can show nothing but their own
//! form, at an issuer that lets the client do so. There is no browser, hence no `state`, no `nonce` and no
//! PKCE; the ID token is verified all the same.

use openidconnect::core::CoreTokenResponse;

use super::request::refusal;
use super::tokens::no_token_endpoint;
use super::{Error, IdTokenFault, RelyingParty, Tokens};
use crate::clock::Timestamp;
use crate::secret::Secret;

/// What a person entered.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The user name.
    pub username: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// The code of a second factor, if there is one.
    pub totp: Option<&'a Secret>,
}

impl RelyingParty {
    /// Gets tokens for what a person entered. The code travels in `totp`, as Doorstep's issuer takes it.
    ///
    /// # Errors
    /// When the issuer cannot be reached, refuses, or sends an ID token that proves nothing.
    pub async fn by_password(
        &self,
        credentials: &Credentials<'_>,
        scope: &str,
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let endpoint = self.provider.token_endpoint().ok_or_else(no_token_endpoint)?;
        let mut form = vec![
            ("grant_type", "password".to_owned()),
            ("username", credentials.username.to_owned()),
            ("password", credentials.password.expose().to_owned()),
            ("scope", scope.to_owned()),
        ];
        form.extend(credentials.totp.map(|code| ("totp", code.expose().to_owned())));
        let response = self.send_form(endpoint, form).await?;
        if !response.status().is_success() {
            return Err(refusal(&response));
        }
        let answer: CoreTokenResponse = serde_json::from_slice(response.body())
            .map_err(|_| Error::IdToken(IdTokenFault::Malformed))?;
        self.accept(&answer, now).await
    }
}
