//! Where the public keys of clients are found.

use crate::protocol::client::Client;
use crate::protocol::jwk::PublicJwk;
use crate::protocol::jws::Jws;

/// The public keys of clients.
#[derive(Debug, Default)]
pub(crate) struct ClientKeys {}

impl ClientKeys {
    /// The keys of a client that may have signed this.
    pub async fn find(&self, client: &Client, jws: &Jws<'_>) -> Vec<PublicJwk> {
        let Some(inline) = &client.jwks else { return Vec::new() };
        inline.candidates(jws.alg, jws.kid.as_deref()).cloned().collect()
    }
}
