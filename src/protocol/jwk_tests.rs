use super::*;

const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn rsa(bytes: usize, e: &str) -> Value {
    json!({ "kty": "RSA", "n": secret::base64url(&vec![0xc5; bytes]), "e": e })
}

fn ec() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y })
}

fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

#[test]
fn keys_of_our_algorithms_are_read_and_written_alike() {
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "one", "alg": "EdDSA" });
    for (jwk, algs) in [
        (rsa(256, "AQAB"), vec![SigningAlg::RS256, SigningAlg::PS256]),
        (with(rsa(512, "Aw"), "alg", json!("PS256")), vec![SigningAlg::PS256]),
        (ec(), vec![SigningAlg::ES256]),
        (ed, vec![SigningAlg::EdDSA]),
    ] {
        let key = PublicJwk::parse(&jwk).unwrap();
        assert_eq!(Value::Object(key.to_json()), jwk);
        for alg in SigningAlg::ALL {
            assert_eq!(key.suits(alg), algs.contains(&alg), "{alg:?} {jwk}");
        }
    }
}

#[test]
fn what_is_no_key_for_signatures_is_said() {
    use NotAKey::{Malformed, Private, Unsuitable};
    let long_x = secret::base64url(&[7; 33]);
    for (jwk, reason) in [
        (json!("key"), Malformed("kty")),
        (json!({}), Malformed("kty")),
        (json!({ "kty": 1 }), Malformed("kty")),
        (json!({ "kty": "oct", "k": "c2VjcmV0" }), Private),
        (with(ec(), "d", json!(X)), Private),
        (with(rsa(256, "AQAB"), "qi", json!("AQ")), Private),
        (with(ec(), "k", json!(null)), Private),
        (json!({ "kty": "AKP", "pub": "x" }), Unsuitable),
        (json!({ "kty": "EC", "crv": "P-384", "x": X, "y": Y }), Unsuitable),
        (json!({ "kty": "OKP", "crv": "X25519", "x": X }), Unsuitable),
        (with(ec(), "use", json!("enc")), Unsuitable),
        (with(ec(), "alg", json!("RS256")), Unsuitable),
        (with(ec(), "alg", json!("ECDH-ES")), Unsuitable),
        (with(ec(), "key_ops", json!(["encrypt"])), Unsuitable),
        (with(ec(), "use", json!(["sig"])), Malformed("use")),
        (with(ec(), "x", json!(long_x)), Malformed("x")),
        (with(ec(), "y", json!("a+b/")), Malformed("y")),
        (json!({ "kty": "EC", "crv": "P-256", "x": X }), Malformed("y")),
        (rsa(255, "AQAB"), Malformed("n")),
        (rsa(513, "AQAB"), Malformed("n")),
        (rsa(256, "AQ"), Malformed("e")),
        (rsa(256, "Ag"), Malformed("e")),
        (rsa(256, ""), Malformed("e")),
        (rsa(256, "AQABAQE"), Malformed("e")),
    ] {
        assert_eq!(PublicJwk::parse(&jwk), Err(reason), "{jwk}");
    }
}

#[test]
fn a_thumbprint_is_of_the_key_alone() {
    // The key and the thumbprint of RFC 7638 §3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let jwk = json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
    let key = PublicJwk::parse(&jwk).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn a_set_keeps_what_it_can_use() {
    let two = json!({ "keys": [with(ec(), "kid", json!("a")), { "kty": "AKP" }, ec()] });
    let set = JwkSet::parse(&two).unwrap();
    let count = |kid| set.candidates(SigningAlg::ES256, kid).count();
    assert_eq!((count(None), count(Some("a")), count(Some("b"))), (2, 2, 1));
    assert_eq!(set.candidates(SigningAlg::EdDSA, None).count(), 0);
    let again: JwkSet = serde_json::from_value(serde_json::to_value(&set).unwrap()).unwrap();
    assert_eq!(again, set);
    assert!(JwkSet::parse(&json!({ "keys": [] })).unwrap().is_empty());
    for (wrong, word) in [
        (json!([]), "keys"),
        (json!({ "keys": {} }), "keys"),
        (json!({ "keys": vec![ec(); 51] }), "at most 50"),
        (json!({ "keys": [ec(), with(ec(), "d", json!("x"))] }), "number 2"),
    ] {
        assert!(JwkSet::parse(&wrong).unwrap_err().contains(word), "{wrong}");
    }
}
