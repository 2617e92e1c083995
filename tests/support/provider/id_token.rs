//! The ID tokens of the issuer, good and bad.

use doorstep::secret::{base64url, sha256};
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jws::{ES256, HS256, JwsHeader, JwsSigner, serialize_compact};
use serde_json::{Value, json};

use super::{IdTokens, Shared};

impl super::Issuer {
    /// A logout token for the client `dash`, with these claims put in place of the usual ones, signed by
    /// the issuer or by an impostor.
    pub fn logout_token(&self, changes: &Value, genuine: bool) -> String {
        let now = self.shared.character().clock.now().0;
        let mut claims = json!({
            "iss": self.url, "aud": "dash", "iat": now, "exp": now + 120,
            "jti": doorstep::secret::random_id(),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        overlay(&mut claims, changes);
        let key = if genuine { &self.shared.key } else { &self.shared.impostor };
        signed(&claims, &signer(key))
    }
}

impl Shared {
    pub(super) fn id_token(
        &self,
        client_id: &str,
        nonce: Option<&String>,
        access_token: &str,
    ) -> Option<String> {
        let kind = self.character().id_token;
        let claims = self.claims(client_id, nonce, access_token);
        match kind {
            IdTokens::Missing => None,
            IdTokens::AlgNone => {
                let part = |value: &Value| base64url(value.to_string().as_bytes());
                Some(format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims)))
            }
            IdTokens::AlgConfused => {
                let signer = HS256.signer_from_bytes(self.key.to_pem_public_key()).unwrap();
                Some(signed(&claims, &signer))
            }
            IdTokens::Forged => Some(signed(&claims, &signer(&self.impostor))),
            _ => Some(signed(&claims, &signer(&self.key))),
        }
    }

    fn claims(&self, client_id: &str, nonce: Option<&String>, access_token: &str) -> Value {
        let character = self.character();
        let now = character.clock.now().0;
        let wrong = |kind| character.id_token == kind;
        let mut claims = json!({
            "iss": if wrong(IdTokens::OtherIssuer) { "http://127.0.0.1:1".into() } else { self.url.lock().unwrap().clone() },
            "aud": if wrong(IdTokens::OtherAudience) { "another-client" } else { client_id },
            "sub": "7f3a", "preferred_username": "ada",
            "iat": if wrong(IdTokens::FromTheFuture) { now + 600 } else { now - 700 },
            "exp": if wrong(IdTokens::Expired) { now - 120 } else { now + character.lifetime },
            "at_hash": base64url(&sha256(if wrong(IdTokens::OtherAccessToken) { "another" } else { access_token })[..16]),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] =
                if wrong(IdTokens::OtherNonce) { "another".into() } else { nonce.as_str().into() };
        }
        overlay(&mut claims, &character.claims);
        claims
    }
}

/// Puts these members in place of what is there; null removes one.
pub(super) fn overlay(claims: &mut Value, changes: &Value) {
    let claims = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
}

fn signer(key: &EcKeyPair) -> impl JwsSigner {
    ES256.signer_from_jwk(&key.to_jwk_private_key()).unwrap()
}

fn signed(claims: &Value, signer: &dyn JwsSigner) -> String {
    let mut header = JwsHeader::new();
    header.set_key_id("k1");
    serialize_compact(claims.to_string().as_bytes(), &header, signer).unwrap()
}
