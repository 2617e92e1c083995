//! The claims of tokens: ID token (OpenID Connect Core §2) and JWT access token (RFC 9068).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::{self, Claims};
use super::client::{Client, SigningAlg};
use super::grant::{Grant, Share};
use super::resource::Audience;
use super::scope::Scope;
use crate::clock::Timestamp;
use crate::secret;

/// The `typ` of an access token.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `typ` of an ID token.
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
    /// Claims that the client's settings put in.
    #[serde(flatten)]
    pub more: Claims,
}

impl AccessToken {
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
    /// The session's public id.
    pub sid: Option<String>,
}

/// What both tokens of one response are made of.
#[derive(Clone, Copy, Debug)]
pub struct Issuance<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The client they are for.
    pub client: &'a Client,
    /// The grant they come of.
    pub grant: &'a Grant,
    /// What this response gives of it.
    pub share: &'a Share,
    /// The person's claims that the scope covers.
    pub covered: &'a Claims,
    /// Now.
    pub now: Timestamp,
}

impl Issuance<'_> {
    /// The claims of the access token with this `jti`.
    pub fn access_token(&self, jti: String) -> AccessToken {
        AccessToken {
            iss: self.iss.to_owned(),
            sub: self.grant.sub.clone(),
            aud: Audience::of(&self.share.resource, self.iss),
            client_id: self.client.client_id.clone(),
            iat: self.now,
            exp: self.now.plus(self.client.access_token_lifetime),
            jti,
            scope: self.share.scope.clone(),
            sid: self.grant.sid.clone(),
            more: claims::chosen(self.covered, &self.client.access_token_claims),
        }
    }

    /// The claims of the ID token that goes with this access token. Claims of scopes belong to
    /// userinfo and are here only if the client's settings say so.
    pub fn id_token(&self, access_token: &str) -> Map<String, Value> {
        let mut token = claims::chosen(self.covered, &self.client.id_token_claims);
        let mut set = |name: &str, value: Value| token.insert(name.to_owned(), value);
        set("iss", self.iss.into());
        set("sub", self.grant.sub.as_str().into());
        set("aud", self.client.client_id.as_str().into());
        set("iat", self.now.0.into());
        set("exp", self.now.plus(self.client.id_token_lifetime).0.into());
        set("auth_time", self.grant.auth_time.0.into());
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
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_id_token_holds_nothing_that_nobody_asked_for() {
        let grant = Grant {
            sub: "a1".into(),
            for_itself: false,
            resource: Vec::new(),
            scope: Scope::parse("openid email"),
            nonce: None,
            auth_time: Timestamp(90),
            amr: vec!["pwd".into()],
            sid: Some("s1".into()),
        };
        let covered: Claims =
            [("email".to_owned(), json!("ada@example.org"))].into_iter().collect();
        let mut client = Client { client_id: "app".into(), ..Client::default() };
        let names = |client: &Client, grant: &Grant| {
            let issuance = Issuance {
                iss: "https://id.example",
                client,
                grant,
                share: &grant.whole(),
                covered: &covered,
                now: Timestamp(100),
            };
            let mut names: Vec<_> = issuance.id_token("x").keys().cloned().collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(names(&client, &grant), "amr at_hash aud auth_time exp iat iss sid sub");
        client.id_token_claims = vec!["email".into(), "groups".into()];
        let grant = Grant { nonce: Some("n".into()), ..grant };
        assert_eq!(
            names(&client, &grant),
            "amr at_hash aud auth_time email exp iat iss nonce sid sub"
        );
    }

    #[test]
    fn at_hash_is_half_a_digest() {
        // The access token of OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        for alg in [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::PS256] {
            assert_eq!(at_hash(alg, token), "77QmUPtjPfzWtF2AnpK9RQ");
        }
        assert_eq!(
            at_hash(SigningAlg::EdDSA, token),
            "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"
        );
    }
}
