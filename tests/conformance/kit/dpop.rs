//! A program that proves that it has a key (DPoP, RFC 9449).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorstep::protocol::client::SigningAlg;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::provider::Provider;
use super::request::{Request, fresh};
use super::tokens::redemption;
use crate::support::client_key::ClientKey;
use crate::support::person::Page;

/// The program.
pub struct Prover<'a> {
    provider: &'a Provider,
    key: ClientKey,
}

impl<'a> Prover<'a> {
    /// A program with a key of its own.
    pub fn new(provider: &'a Provider) -> Self {
        Self::by(provider, SigningAlg::ES256)
    }

    /// A program with a key for this algorithm.
    pub fn by(provider: &'a Provider, alg: SigningAlg) -> Self {
        Self { provider, key: ClientKey::new(alg, "not said") }
    }

    /// The thumbprint of its key (RFC 7638): a digest of the members that it takes to use it, in order.
    pub fn thumbprint(&self) -> String {
        let key = self.key.public();
        let needed: &[&str] = match key["kty"].as_str().expect("kty") {
            "RSA" => &["e", "kty", "n"],
            "EC" => &["crv", "kty", "x", "y"],
            "OKP" => &["crv", "kty", "x"],
            other => panic!("nobody knows the members of {other}"),
        };
        let members = needed.iter().map(|name| format!("\"{name}\":{}", key[*name]));
        let json = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        URL_SAFE_NO_PAD.encode(Sha256::digest(json))
    }

    /// A proof for a request to this endpoint, that was not used yet, with changes; null removes a claim.
    pub fn proof(&self, method: &Method, endpoint: &str, changes: &[(&str, Value)]) -> String {
        let mut claims = json!({
            "htm": method.as_str(), "htu": self.provider.endpoint(endpoint),
            "iat": self.provider.clock.now().0, "jti": fresh("proof"),
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
        self.key.sign(&json!({"typ": "dpop+jwt", "jwk": self.key.public()}), &claims)
    }

    /// A proof for a POST to this endpoint.
    pub fn for_post(&self, endpoint: &str) -> String {
        self.proof(&Method::POST, endpoint, &[])
    }

    /// POSTs a form as a client, with this proof.
    pub async fn post(
        &self,
        endpoint: &str,
        client_id: &str,
        fields: &[(&str, &str)],
        proof: &str,
    ) -> Page {
        self.provider.post_more(endpoint, client_id, fields, &[("dpop", proof)]).await
    }

    /// Redeems the code of an answer with this proof.
    pub async fn redeem(&self, request: &Request, answer: &Answer, proof: &str) -> Page {
        let fields = redemption(request, answer.code());
        self.post("token_endpoint", request.client_id(), &fields, proof).await
    }

    /// Refreshes with a fresh proof.
    pub async fn refresh(&self, client_id: &str, token: &str) -> Page {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let proof = self.for_post("token_endpoint");
        self.post("token_endpoint", client_id, &fields, &proof).await
    }

    /// A proof for a GET of userinfo with this access token.
    pub fn for_userinfo(&self, access_token: &str, changes: &[(&str, Value)]) -> String {
        let ath = URL_SAFE_NO_PAD.encode(Sha256::digest(access_token));
        let changes = [&[("ath", json!(ath))], changes].concat();
        self.proof(&Method::GET, "userinfo_endpoint", &changes)
    }

    /// GETs userinfo with this proof.
    pub async fn userinfo(&self, access_token: &str, proof: &str) -> Page {
        let authorization = format!("DPoP {access_token}");
        let headers = [("authorization", authorization.as_str()), ("dpop", proof)];
        let url = self.provider.endpoint("userinfo_endpoint");
        self.provider.send(Method::GET, url, &headers, "").await
    }
}
