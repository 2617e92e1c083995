//! `id_token_hint`: an ID token of ours that says whom a request is about, expired or not (OpenID Connect
//! Core §3.1.2.1, RP-Initiated Logout §2).

use std::sync::Arc;

use super::failure::Failure;
use crate::accounts::Account;
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::token::{ID_TOKEN_TYPE, IdTokenHint};

/// A hint that was checked.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The client that the ID token was issued to.
    pub client: Arc<Client>,
    sub: String,
}

impl Hint {
    /// Reads a hint; `None` when it is no ID token of ours, or its client is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(issuer: &Core, token: &str) -> Result<Option<Self>, Failure> {
        issuer.keys.look_for_key_of(token).await;
        let token = issuer.keys.verify::<IdTokenHint>(ID_TOKEN_TYPE, token);
        let Some(token) = token.filter(|token| *token.iss == *issuer.site.issuer) else {
            return Ok(None);
        };
        let client = issuer.clients.find(&token.aud).await?;
        Ok(client.map(|client| Self { client, sub: token.sub }))
    }

    /// Whether this is the person that the hint is about, whom its client may know by a name of its own.
    pub fn names(&self, issuer: &Core, account: &Account) -> bool {
        issuer.subject(&self.client, &account.id) == self.sub
    }
}
