//! Access tokens as text: the one place that writes and reads them, a JWT (RFC 9068) or sealed.
//!
//! Neither has a row of its own. What is revoked is the grant that a token came of, so whoever accepts a
//! token here looks at its grant too, whatever the token itself says.

use std::sync::Arc;

use super::Core;
use super::issuance::Living;
use crate::protocol::client::{AccessTokenFormat, Client, SigningAlg};
use crate::protocol::token::{ACCESS_TOKEN_TYPE, AccessToken};
use crate::web::failure::Failure;

const PREFIX: &str = "dsa_";
const SEAL: &str = "access token";

/// An access token that is good now, the client that it was issued to, and the grant that it came of.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub token: AccessToken,
    pub client: Arc<Client>,
    pub living: Living,
}

impl Core {
    /// Writes a token in the spelling that the client's settings ask for.
    pub(crate) async fn write_access_token(
        &self,
        client: &Client,
        token: &AccessToken,
    ) -> Result<String, Failure> {
        match client.access_token_format {
            AccessTokenFormat::Jwt => {
                self.sign_access_token(client.access_token_signed_response_alg, token).await
            }
            AccessTokenFormat::Opaque => {
                let plain = serde_json::to_vec(token).unwrap_or_default();
                let sealed = self.site.root.seal(SEAL, &plain);
                let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
                Ok(format!("{PREFIX}{sealed}"))
            }
        }
    }

    /// Writes a token that others are to read.
    pub(crate) async fn sign_access_token(
        &self,
        alg: SigningAlg,
        token: &AccessToken,
    ) -> Result<String, Failure> {
        Ok(self.keys.sign(alg, ACCESS_TOKEN_TYPE, token).await?)
    }

    /// What a token of this issuer says, expired or not, revoked or not.
    pub(crate) fn read_access_token(&self, text: &str) -> Option<AccessToken> {
        let token: AccessToken = match text.strip_prefix(PREFIX) {
            Some(sealed) => {
                serde_json::from_slice(&self.site.root.open(SEAL, sealed).ok()?).ok()?
            }
            None => self.keys.verify(ACCESS_TOKEN_TYPE, text)?,
        };
        (*token.iss == *self.site.issuer).then_some(token)
    }

    /// A token that is good now: ours, not expired, of a client that is still known, of a grant that was
    /// not revoked, and of a person who still has an account.
    pub(crate) async fn accept_access_token(
        &self,
        text: &str,
    ) -> Result<Option<Accepted>, Failure> {
        self.keys.look_for_key_of(text).await;
        let Some(token) = self.read_access_token(text).filter(|token| token.exp > self.now())
        else {
            return Ok(None);
        };
        let Some(client) = self.clients.find(&token.client_id).await? else { return Ok(None) };
        let Some(stored) = self.handoff.codes().living(token.grant_id()).await? else {
            return Ok(None);
        };
        let living = self.living(&stored).await?;
        Ok(living.map(|living| Accepted { token, client, living }))
    }
}
