use super::*;
use serde_json::{Value, json};

const TOKEN_URL: &str = "https://id.example/oidc/token";

fn key() -> PublicJwk {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    PublicJwk::parse(&json!({ "kty": "OKP", "crv": "Ed25519", "x": x })).unwrap()
}

fn check(change: &[(&str, Value)]) -> Result<Proof, ProtocolError> {
    check_for(None, change)
}

fn check_for(access_token: Option<&str>, change: &[(&str, Value)]) -> Result<Proof, ProtocolError> {
    let mut claims = json!({ "htm": "POST", "htu": TOKEN_URL, "iat": 1000, "jti": "j" });
    for (name, value) in change {
        claims[*name] = value.clone();
    }
    let mut claims = claims.as_object().unwrap().clone();
    claims.retain(|_, value| !value.is_null());
    let expected = Expected { htm: "POST", htu: TOKEN_URL, access_token, now: Timestamp(1000) };
    Proof::check(&JwtClaims(claims), &key(), expected)
}

#[test]
fn sound_proofs_pass() {
    let proof = check(&[("nonce", json!("n"))]).unwrap();
    let sound = Proof {
        jkt: key().thumbprint(),
        jti: "j".into(),
        expires_at: Timestamp(1301),
        nonce: Some("n".into()),
    };
    assert_eq!(proof, sound);
    for change in [
        ("htu", json!("HTTPS://ID.example:443/oidc/token?a=1#b")),
        ("htu", json!("https://id.example/x/../oidc/token")),
        ("iat", json!(700)),
        ("iat", json!(1060)),
        ("iat", json!(1000.5)),
        ("exp", json!(1001)),
        ("nbf", json!(1060)),
        ("ath", json!("of no interest")),
        ("more", json!({})),
    ] {
        assert!(check(std::slice::from_ref(&change)).is_ok(), "{change:?}");
    }
}

#[test]
fn what_is_wrong_is_an_invalid_proof() {
    for change in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htm", json!(null)),
        ("htu", json!("https://id.example/token")),
        ("htu", json!("http://id.example/oidc/token")),
        ("htu", json!("https://id.example:8443/oidc/token")),
        ("htu", json!("https://evil.example/oidc/token")),
        ("htu", json!("/oidc/token")),
        ("htu", json!(null)),
        ("iat", json!(699)),
        ("iat", json!(1061)),
        ("iat", json!("1000")),
        ("iat", json!(null)),
        ("exp", json!(1000)),
        ("nbf", json!(1061)),
        ("jti", json!(null)),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", json!("j".repeat(513))),
    ] {
        let error = check(std::slice::from_ref(&change)).unwrap_err();
        assert_eq!(error.code, "invalid_dpop_proof", "{change:?}");
    }
}

#[test]
fn a_proof_goes_with_its_access_token() {
    // The token and its digest of RFC 9449 §7.1.
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let ath = ("ath", json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"));
    assert!(check_for(Some(token), std::slice::from_ref(&ath)).is_ok());
    assert!(check_for(Some("another"), std::slice::from_ref(&ath)).is_err());
    assert!(check_for(Some(token), &[]).is_err());
}

#[test]
fn a_proof_brings_its_public_key() {
    let proof = |header: Value| {
        let part = |value: &Value| secret::base64url(value.to_string().as_bytes());
        format!("{}.{}.AA", part(&header), part(&json!({})))
    };
    let jwk = Value::Object(key().to_json());
    let with = |member: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[member] = value;
        jwk
    };
    let text = proof(json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": jwk }));
    assert_eq!(parse(&text).unwrap().1, key());
    for header in [
        json!({ "alg": "EdDSA", "typ": "JWT", "jwk": jwk }),
        json!({ "alg": "EdDSA", "jwk": jwk }),
        json!({ "alg": "none", "typ": "dpop+jwt", "jwk": jwk }),
        json!({ "alg": "HS256", "typ": "dpop+jwt", "jwk": { "kty": "oct", "k": "AA" } }),
        json!({ "alg": "EdDSA", "typ": "dpop+jwt" }),
        json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": with("d", json!("AA")) }),
        json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": with("x", json!("AA")) }),
        json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": "x" }),
    ] {
        let text = proof(header);
        assert_eq!(parse(&text).unwrap_err().code, "invalid_dpop_proof", "{text}");
    }
    assert_eq!(parse("rubbish").unwrap_err().code, "invalid_dpop_proof");
}

#[test]
fn a_thumbprint_parameter_is_a_thumbprint() {
    let thumbprint = key().thumbprint();
    assert_eq!(jkt(Some(&thumbprint)).unwrap(), thumbprint);
    assert_eq!(jkt(None).unwrap(), "");
    for wrong in ["short", &thumbprint[1..], &format!("{thumbprint}=")] {
        assert_eq!(jkt(Some(wrong)).unwrap_err().code, "invalid_request");
    }
}
