//! Statements of clients, verified with the keys that they registered or publish (OpenID Connect
//! Registration §2, `jwks` and `jwks_uri`).

use std::sync::Arc;

use serde_json::Value;

use super::Core;
use crate::keys::others;
use crate::outgoing;
use crate::protocol::client::Client;
use crate::protocol::jwk::JwkSet;
use crate::protocol::jws::{Jws, JwtClaims};

/// Bytes of a published set of keys.
const LARGEST: usize = 64 * 1024;

impl Core {
    /// What a statement says, if this client signed it. A published set in which nothing fits is fetched
    /// again, since the client may have changed its keys; the guard sees to it that this is not often.
    pub(crate) async fn signed_by<'a>(
        &self,
        client: &Client,
        jws: &'a Jws<'_>,
    ) -> Option<&'a JwtClaims> {
        let by = |keys: &JwkSet| others::verify(jws, keys.candidates(jws.alg, jws.kid.as_deref()));
        if let Some(keys) = &client.jwks {
            return by(keys);
        }
        let uri = client.jwks_uri.as_deref()?;
        let known = published(client, self.outgoing.json(uri, LARGEST).await);
        if let Some(claims) = known.and_then(|keys| by(&keys)) {
            return Some(claims);
        }
        let again = published(client, self.outgoing.json_again(uri, LARGEST).await);
        again.and_then(|keys| by(&keys))
    }
}

fn published(client: &Client, fetched: Result<Arc<Value>, outgoing::Error>) -> Option<JwkSet> {
    let keys = match fetched {
        Ok(document) => JwkSet::parse(&document).map_err(|reason| format!("the document {reason}")),
        Err(error) => Err(error.to_string()),
    };
    keys.inspect_err(|reason| {
        tracing::warn!(client = client.client_id, reason, "its jwks_uri gives no keys");
    })
    .ok()
}
