//! The claims of tokens: ID token (OpenID Connect Core §2) and JWT access token (RFC 9068).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::{self, Claims};
use super::client::claim_mapping::{self, Place};
use super::client::{Client, SigningAlg};
use super::grant::Grant;
use super::resource::Audience;
use super::scope::Scope;
use crate::clock::Timestamp;
use crate::secret;

/// The `typ` of an access token.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `typ` of an ID token, and of a userinfo response: libraries know no other for it.
pub const ID_TOKEN_TYPE: &str = "JWT";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The issuer.
    pub iss: String,
    /// The subject.
    pub sub: String,
    /// Whom the token is for; the issuer itself (userinfo) unless something else was asked.
    pub aud: Audience,
    /// The client it was issued to.
    pub client_id: String,
    /// When.
    pub iat: Timestamp,
    /// Until when.
    pub exp: Timestamp,
    /// The grant's id, a dot, and what makes the token unique.
    pub jti: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The public id of the session, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The key that whoever presents the token must prove to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Claims that the client's settings put in.
    #[serde(flatten)]
    pub more: Claims,
}

/// What a token is bound to (RFC 7800 §3, RFC 9449 §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of a key.
    pub jkt: String,
}

impl AccessToken {
    /// The thumbprint of the key that the token is bound to.
    pub fn jkt(&self) -> Option<&str> {
        self.cnf.as_ref().map(|cnf| cnf.jkt.as_str())
    }

    /// The kind of token (RFC 6749 §7.1).
    pub fn token_type(&self) -> &'static str {
        if self.cnf.is_some() { "DPoP" } else { "Bearer" }
    }

    /// The id of the grant that the token came of.
    pub fn grant_id(&self) -> &str {
        self.jti.split('.').next().unwrap_or_default()
    }

    /// Whether the client is one of those that the token is for.
    pub fn is_for(&self, client: &Client) -> bool {
        let names = client.serves.iter().chain(std::iter::once(&client.client_id));
        names.into_iter().any(|name| self.aud.contains(name))
    }
}

/// The claims of an ID token that a hint must have.
#[derive(Clone, Debug, Deserialize)]
pub struct IdTokenHint {
    /// The issuer.
    pub iss: String,
    /// The subject.
    pub sub: String,
    /// The client it was issued to.
    pub aud: String,
    /// Until when it was valid. A hint may be older; what has no such time is no ID token.
    pub exp: Timestamp,
    /// The session's public id.
    pub sid: Option<String>,
}

/// What the tokens of one response, and the userinfo response, are made of.
#[derive(Clone, Copy, Debug)]
pub struct Issuance<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The client they are for.
    pub client: &'a Client,
    /// The grant they come of.
    pub grant: &'a Grant,
    /// The scopes of this response, which a refresh may have narrowed.
    pub scope: &'a Scope,
    /// The resources that its access token is for.
    pub resource: &'a [String],
    /// The key that its access token is bound to.
    pub jkt: Option<&'a str>,
    /// The name that this client knows the person by.
    pub sub: &'a str,
    /// Everything that is known about the person.
    pub claims: &'a Claims,
    /// Now.
    pub now: Timestamp,
}

impl Issuance<'_> {
    /// The claims of the access token with this `jti`.
    pub fn access_token(&self, jti: String) -> AccessToken {
        AccessToken {
            iss: self.iss.to_owned(),
            sub: self.sub.to_owned(),
            aud: Audience::of(self.resource, self.iss),
            client_id: self.client.client_id.clone(),
            iat: self.now,
            exp: self.now.plus(self.client.access_token_lifetime),
            jti,
            scope: self.scope.clone(),
            sid: self.grant.sid.clone(),
            cnf: self.jkt.map(|jkt| Confirmation { jkt: jkt.to_owned() }),
            more: self.mapped(Place::AccessToken, Claims::new()),
        }
    }

    /// What the userinfo response tells: what the scopes cover and what was asked for by name.
    pub fn userinfo(&self) -> Claims {
        let mut told = claims::covered_by(self.scope, self.claims);
        told.extend(claims::named(&self.grant.claims.userinfo, self.claims));
        let mut told = self.mapped(Place::Userinfo, told);
        told.insert("sub".into(), self.sub.into());
        told
    }

    /// `told` after the client's rules for this place, which take from what the scopes cover.
    fn mapped(&self, place: Place, mut told: Claims) -> Claims {
        let rules = &self.client.claim_mapping;
        if !rules.is_empty() {
            let covered = claims::covered_by(self.scope, self.claims);
            claim_mapping::apply(rules, place, &covered, &mut told);
        }
        told
    }

    /// The claims of the ID token that goes with this access token. Claims of scopes belong to
    /// userinfo and are here only if the request asked for them by name or the client's settings say so.
    pub fn id_token(&self, access_token: &str) -> Map<String, Value> {
        let asked = claims::named(&self.grant.claims.id_token, self.claims);
        let mut token = self.mapped(Place::IdToken, asked);
        let mut set = |name: &str, value: Value| token.insert(name.to_owned(), value);
        set("iss", self.iss.into());
        set("sub", self.sub.into());
        set("aud", self.client.client_id.as_str().into());
        set("iat", self.now.0.into());
        set("exp", self.now.plus(self.client.id_token_lifetime).0.into());
        if self.client.require_auth_time || self.grant.claims.wants_auth_time() {
            set("auth_time", self.grant.auth_time.0.into());
        }
        if let Some(acr) = self.grant.acr {
            set("acr", acr.as_str().into());
        }
        set("amr", self.grant.amr.clone().into());
        set("at_hash", at_hash(self.client.id_token_signed_response_alg, access_token).into());
        if let Some(sid) = &self.grant.sid {
            set("sid", sid.as_str().into());
        }
        if let Some(nonce) = &self.grant.nonce {
            set("nonce", nonce.as_str().into());
        }
        token
    }
}

/// The left half of the access token's digest, by the hash of the ID token's own signature (OpenID Connect
/// Core §3.1.3.6). Ed25519 hashes with SHA-512.
fn at_hash(alg: SigningAlg, access_token: &str) -> String {
    match alg {
        SigningAlg::EdDSA => secret::base64url(&secret::sha512(access_token)[..32]),
        SigningAlg::RS256 | SigningAlg::ES256 | SigningAlg::PS256 => {
            secret::base64url(&secret::sha256(access_token)[..16])
        }
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
