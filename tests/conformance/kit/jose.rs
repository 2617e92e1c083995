//! Signed tokens, read by josekit alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::{Jwk, JwkSet};
use josekit::jws::alg::hmac::HmacJwsAlgorithm::Hs256;
use josekit::jws::{self, ES256, EdDSA, JwsHeader, JwsVerifier, PS256, RS256};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};

/// The header and the claims of a token, neither of them verified.
#[track_caller]
pub fn peek(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap_or_else(|_| panic!("no JWT: {token}"));
        serde_json::from_slice(&json)
    });
    let mut next = || parts.next().expect("three parts").expect("JSON");
    (next(), next())
}

/// The header and the claims of a token that one of these keys has signed.
#[track_caller]
pub fn verify(token: &str, keys: &JwkSet) -> (Value, Value) {
    let (header, _) = peek(token);
    let kid = header["kid"].as_str().expect("a kid");
    let [key] = keys.get(kid)[..] else { panic!("not one key with the kid {kid}") };
    assert_eq!(key.algorithm(), header["alg"].as_str(), "the key is for its algorithm");
    let verifier = verifier(key, header["alg"].as_str().expect("an alg"));
    let (payload, _) = jws::deserialize_compact(token, &*verifier).expect("a good signature");
    (header, serde_json::from_slice(&payload).expect("JSON"))
}

fn verifier(key: &Jwk, alg: &str) -> Box<dyn JwsVerifier> {
    match alg {
        "RS256" => Box::new(RS256.verifier_from_jwk(key).expect("an RSA key")),
        "PS256" => Box::new(PS256.verifier_from_jwk(key).expect("an RSA key")),
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(key).expect("an Ed25519 key")),
        "ES256" => Box::new(ES256.verifier_from_jwk(key).expect("a P-256 key")),
        other => panic!("signed with {other}"),
    }
}

/// The same claims without a signature.
pub fn unsigned(token: &str) -> String {
    unsigned_claims(&peek(token).1)
}

/// These claims without a signature.
pub fn unsigned_claims(claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), part(&claims.to_string()))
}

/// These claims, signed with HS256 and a client's secret.
pub fn signed_with_secret(claims: &Value, secret: &str) -> String {
    let signer = Hs256.signer_from_bytes(secret).expect("a key");
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    jws::serialize_compact(claims.to_string().as_bytes(), &header, &signer).expect("a token")
}

/// The left half of the access token's hash (OpenID Connect Core §3.1.3.6), by the hash function of the ID
/// token's signature.
pub fn at_hash(alg: &str, access_token: &str) -> String {
    match alg {
        "RS256" | "PS256" | "ES256" => URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16]),
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        "EdDSA" => URL_SAFE_NO_PAD.encode(&Sha512::digest(access_token)[..32]),
        other => panic!("nobody knows the hash function of {other}"),
    }
}

/// The claims by name.
#[track_caller]
pub fn object(claims: &Value) -> &Map<String, Value> {
    claims.as_object().unwrap_or_else(|| panic!("no object: {claims}"))
}
