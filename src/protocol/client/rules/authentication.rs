//! Methods, secrets and keys that fit each other (OpenID Connect Registration §2, RFC 7523).

use super::{BadMetadata, is_web, refuse};
use crate::protocol::client::{Client, ClientAuthMethod};
use crate::protocol::jwk::JwkSet;

impl Client {
    pub(super) fn check_authentication(&self) -> Result<(), BadMetadata> {
        let method = self.token_endpoint_auth_method;
        let by_secret = method.uses_secret();
        if by_secret && self.client_secret.is_none() {
            return refuse(
                "client_secret",
                "is missing; for a program that cannot keep a secret, set token_endpoint_auth_method = \"none\"",
            );
        }
        if !by_secret && self.client_secret.is_some() {
            let method = method.as_str();
            return refuse(
                "client_secret",
                format!(
                    "contradicts token_endpoint_auth_method = \"{method}\": leave one of them out"
                ),
            );
        }
        if self.is_public() && !self.require_pkce {
            return refuse("require_pkce", "should be true for a client without a secret");
        }
        self.check_keys()
    }

    fn check_keys(&self) -> Result<(), BadMetadata> {
        let Self { jwks, jwks_uri, .. } = self;
        if jwks.as_ref().is_some_and(JwkSet::is_empty) {
            return refuse("jwks", "has no key for RS256, PS256, ES256 or EdDSA");
        }
        if jwks.is_some() && jwks_uri.is_some() {
            return refuse("jwks_uri", "contradicts jwks: leave one of them out");
        }
        if jwks_uri.as_deref().is_some_and(|uri| !is_web(uri)) {
            return refuse("jwks_uri", "should be a URL like https://app.example.org/jwks.json");
        }
        let signs = match self {
            _ if self.has_keys() => None,
            Self { token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt, .. } => {
                Some("token_endpoint_auth_method = \"private_key_jwt\"")
            }
            Self { require_signed_request_object: true, .. } => {
                Some("require_signed_request_object")
            }
            _ => None,
        };
        match signs {
            Some(setting) => refuse(
                "jwks",
                format!(
                    "is missing: {setting} needs the client's public keys, or their address as jwks_uri"
                ),
            ),
            None => Ok(()),
        }
    }
}
