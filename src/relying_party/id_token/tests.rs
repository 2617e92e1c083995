use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::{ES256, EdDSA, HS256, JwsHeader, JwsSigner, PS256, RS256};
use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000);
const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";

struct World {
    key: EcKeyPair,
    listed: Vec<CoreJwsSigningAlgorithm>,
    published: Vec<Jwk>,
}

impl World {
    fn new() -> Self {
        let key = EcKeyPair::generate(EcCurve::P256).unwrap();
        let listed = vec![CoreJwsSigningAlgorithm::EcdsaP256Sha256];
        Self { published: vec![key.to_jwk_public_key()], key, listed }
    }

    fn sign(&self, claims: &Value) -> String {
        signed(claims, &ES256.signer_from_jwk(&self.key.to_jwk_private_key()).unwrap())
    }

    fn judge(&self, token: &str) -> Result<Claims, IdTokenFault> {
        self.judge_with(token, Some("n-1"))
    }

    fn judge_with(&self, token: &str, nonce: Option<&str>) -> Result<Claims, IdTokenFault> {
        let keys: Vec<_> =
            self.published.iter().map(|key| Value::from(key.as_ref().clone())).collect();
        let expected = Expected {
            issuer: &IssuerUrl::new("https://id.example".into()).unwrap(),
            client_id: "cli",
            listed: &self.listed,
            keys: &serde_json::from_value(json!({"keys": keys})).unwrap(),
            nonce,
            access_token: &AccessToken::new(ACCESS_TOKEN.into()),
            now: NOW,
        };
        match token.parse() {
            Ok(token) => verify(&token, &expected),
            Err(_) => Err(IdTokenFault::Malformed),
        }
    }
}

fn signed(claims: &Value, signer: &dyn JwsSigner) -> String {
    josekit::jws::serialize_compact(claims.to_string().as_bytes(), &JwsHeader::new(), signer)
        .unwrap()
}

/// Good claims with some changed; null removes one.
fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": "https://id.example", "aud": "cli", "sub": "7f3a", "nonce": "n-1",
        "iat": NOW.0, "exp": NOW.0 + 600,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    claims
}

#[test]
fn a_good_token_yields_its_claims() {
    let world = World::new();
    let found = world.judge(&world.sign(&claims(json!({"groups": ["staff"]})))).unwrap();
    assert_eq!((found.subject(), found.expires_at()), ("7f3a", NOW.plus(600)));
    assert_eq!(found.all()["groups"], json!(["staff"]));
}

#[test]
fn each_claim_must_agree() {
    let world = World::new();
    for (changes, fault) in [
        (json!({"iss": "https://evil.example"}), IdTokenFault::Issuer),
        (json!({"iss": "https://id.example/"}), IdTokenFault::Issuer),
        (json!({"iss": null}), IdTokenFault::Malformed),
        (json!({"aud": "other"}), IdTokenFault::Audience),
        (json!({"aud": ["cli", "other"]}), IdTokenFault::Audience),
        (json!({"aud": ["cli", "other"], "azp": "other"}), IdTokenFault::Audience),
        (json!({"azp": "other"}), IdTokenFault::Audience),
        (json!({"aud": null}), IdTokenFault::Audience),
        (json!({"exp": NOW.0 - LEEWAY}), IdTokenFault::Expired),
        (json!({"exp": null}), IdTokenFault::Malformed),
        (json!({"iat": NOW.0 + LEEWAY + 1}), IdTokenFault::NotYet),
        (json!({"nbf": NOW.0 + LEEWAY + 1}), IdTokenFault::NotYet),
        (json!({"nonce": "n-2"}), IdTokenFault::Nonce),
        (json!({"nonce": null}), IdTokenFault::Nonce),
        (json!({"at_hash": "77QmUPtjPfzWtF2AnpK9RR"}), IdTokenFault::AccessToken),
        (json!({"sub": null}), IdTokenFault::Malformed),
        (json!({"sub": ""}), IdTokenFault::Malformed),
    ] {
        assert_eq!(world.judge(&world.sign(&claims(changes.clone()))), Err(fault), "{changes}");
    }
}

#[test]
fn what_is_within_bounds_is_accepted() {
    let world = World::new();
    for changes in [
        json!({"aud": ["cli"]}),
        json!({"aud": ["other", "cli"], "azp": "cli"}),
        json!({"exp": NOW.0 - LEEWAY + 1}),
        json!({"iat": NOW.0 + LEEWAY, "nbf": NOW.0 + LEEWAY}),
        // OpenID Connect Core, appendix A.3.
        json!({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}),
    ] {
        assert!(world.judge(&world.sign(&claims(changes.clone()))).is_ok(), "{changes}");
    }
    assert!(world.judge_with(&world.sign(&claims(json!({"nonce": null}))), None).is_ok());
}

#[test]
fn only_the_issuers_key_signs_and_only_by_a_listed_algorithm() {
    let mut world = World::new();
    let good = world.sign(&claims(json!({})));
    let forged = World::new().sign(&claims(json!({})));
    assert_eq!(world.judge(&forged), Err(IdTokenFault::Signature));
    let (head, signature) = good.rsplit_once('.').unwrap();
    assert_eq!(world.judge(&format!("{head}.")), Err(IdTokenFault::Signature));
    let (_, payload) = head.split_once('.').unwrap();
    for alg in ["none", "HS256", "RS256", "EdDSA"] {
        let header = secret::base64url(json!({"alg": alg}).to_string().as_bytes());
        for tail in ["", signature] {
            assert_eq!(
                world.judge(&format!("{header}.{payload}.{tail}")),
                Err(IdTokenFault::Algorithm),
                "{alg}"
            );
        }
    }
    world.published.clear();
    assert_eq!(world.judge(&good), Err(IdTokenFault::UnknownKey));
    world.listed.clear();
    assert_eq!(world.judge(&good), Err(IdTokenFault::Algorithm));
}

/// The public key as an HMAC secret is the oldest confusion (RFC 8725 §2.1).
#[test]
fn symmetric_and_unlisted_algorithms_are_refused_even_if_the_issuer_lists_them() {
    let mut world = World::new();
    let rsa = RsaKeyPair::generate(2048).unwrap();
    world.published.push(rsa.to_jwk_public_key());
    world.listed = vec![
        CoreJwsSigningAlgorithm::None,
        CoreJwsSigningAlgorithm::HmacSha256,
        CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    ];
    let public = world.published[0].to_string();
    let hmac = HS256.signer_from_bytes(public.as_bytes()).unwrap();
    let pss = PS256.signer_from_jwk(&rsa.to_jwk_private_key()).unwrap();
    for signer in [&hmac as &dyn JwsSigner, &pss] {
        assert_eq!(world.judge(&signed(&claims(json!({})), signer)), Err(IdTokenFault::Algorithm));
    }
}

#[test]
fn rsa_and_edwards_keys_serve_too() {
    let mut world = World::new();
    world.listed =
        vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EdDsa];
    let (rsa, ed) =
        (RsaKeyPair::generate(2048).unwrap(), EdKeyPair::generate(EdCurve::Ed25519).unwrap());
    world.published = vec![rsa.to_jwk_public_key(), ed.to_jwk_public_key()];
    let rsa = RS256.signer_from_jwk(&rsa.to_jwk_private_key()).unwrap();
    let ed = EdDSA.signer_from_jwk(&ed.to_jwk_private_key()).unwrap();
    for signer in [&rsa as &dyn JwsSigner, &ed] {
        assert!(world.judge(&signed(&claims(json!({})), signer)).is_ok());
    }
}
