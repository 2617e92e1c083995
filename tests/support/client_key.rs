//! A key of a client's own, and what the client signs with it.

use doorstep::protocol::client::{Client, ClientAuthMethod, SigningAlg};
use doorstep::protocol::jwk::JwkSet;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsSigner, PS256, RS256};
use serde_json::{Value, json};

use super::server::{self, Server};

/// The `client_assertion_type` of a JWT.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A private key.
#[derive(Clone)]
pub struct ClientKey {
    pub alg: SigningAlg,
    pub kid: &'static str,
    private: Jwk,
}

impl ClientKey {
    /// A fresh key.
    pub fn new(alg: SigningAlg, kid: &'static str) -> Self {
        let private = match alg {
            SigningAlg::RS256 | SigningAlg::PS256 => Jwk::generate_rsa_key(2048),
            SigningAlg::ES256 => Jwk::generate_ec_key(EcCurve::P256),
            SigningAlg::EdDSA => Jwk::generate_ed_key(EdCurve::Ed25519),
        };
        let mut private = private.expect("a key");
        private.set_algorithm(alg.as_str());
        Self { alg, kid, private }
    }

    /// The private key as JSON.
    pub fn private(&self) -> Value {
        let mut jwk = self.private.clone();
        jwk.set_key_id(self.kid);
        Value::Object(jwk.as_ref().clone())
    }

    /// The public key as JSON, without an id.
    pub fn public(&self) -> Value {
        let public = self.private.to_public_key().expect("a public key");
        Value::Object(public.as_ref().clone())
    }

    /// The public key as a set of one, with its id.
    pub fn set(&self) -> Value {
        let mut key = self.public();
        key["kid"] = self.kid.into();
        json!({ "keys": [key] })
    }

    /// Signs claims under a header to which `alg` is added.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signer: Box<dyn JwsSigner> = match self.alg {
            SigningAlg::RS256 => Box::new(RS256.signer_from_jwk(&self.private).expect("a signer")),
            SigningAlg::PS256 => Box::new(PS256.signer_from_jwk(&self.private).expect("a signer")),
            SigningAlg::ES256 => Box::new(ES256.signer_from_jwk(&self.private).expect("a signer")),
            SigningAlg::EdDSA => Box::new(EdDSA.signer_from_jwk(&self.private).expect("a signer")),
        };
        let mut header = header.clone();
        header["alg"] = self.alg.as_str().into();
        let part = |value: &Value| doorstep::secret::base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = signer.sign(message.as_bytes()).expect("a signature");
        format!("{message}.{}", doorstep::secret::base64url(&signature))
    }

    /// A client assertion with these claims.
    pub fn assertion(&self, claims: &Value) -> String {
        self.sign(&json!({ "typ": "JWT", "kid": self.kid }), claims)
    }

    /// A sound assertion that was not used yet.
    pub fn fresh_assertion(&self, server: &Server, client_id: &str) -> String {
        self.assertion(&assertion_claims(server, client_id))
    }
}

/// The claims of a sound assertion that was not used yet.
pub fn assertion_claims(server: &Server, client_id: &str) -> Value {
    json!({
        "iss": client_id, "sub": client_id, "aud": server.iss, "jti": doorstep::secret::random_id(),
        "iat": server.clock.now().0, "exp": server.clock.now().0 + 60,
    })
}

/// A trusted web client that authenticates with this key.
pub fn key_client(client_id: &str, key: &ClientKey) -> Client {
    Client {
        client_id: client_id.into(),
        client_secret: None,
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        jwks: Some(JwkSet::parse(&key.set()).expect("a key set")),
        ..server::clients().swap_remove(1)
    }
}
