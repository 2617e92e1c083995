//! The issuer's public keys (RFC 7517). Pure.

use std::collections::HashSet;

use serde_json::Value;

use super::report::Report;
use crate::secret;

const KEYS: &str = "keys";
/// Bits of an RSA key at least (RFC 7518 §3.3).
const RSA_BITS: usize = 2048;
/// Members that only private and symmetric keys have (RFC 7518 §6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// Checks a JWK set against the algorithms that the issuer lists.
pub fn check(report: &mut Report, set: &Value, algs: &[&str]) {
    let keys = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let signing: Vec<_> = keys.iter().filter(|key| key["use"] != "enc").collect();
    if signing.is_empty() {
        let fix = "Without keys no ID token can be verified: see to it that jwks_uri has them.";
        report.problem(KEYS, "There are no keys to verify signatures with.", fix);
        return;
    }
    let faults: Vec<_> = signing.iter().filter_map(|key| fault(key)).collect();
    for (text, fix) in &faults {
        report.problem(KEYS, text.clone(), *fix);
    }
    check_names(report, &signing);
    let usable = |alg: &&str| signing.iter().any(|key| fits(key, alg));
    match algs.iter().copied().filter(|alg| usable(alg)).collect::<Vec<_>>()[..] {
        [] => report.problem(
            KEYS,
            format!("No key is for one of the algorithms that are listed ({}).", algs.join(", ")),
            "List the algorithms that the keys are for.",
        ),
        ref found if faults.is_empty() => {
            report.ok(KEYS, format!("Signing keys: {}, for {}.", signing.len(), found.join(", ")));
        }
        _ => {}
    }
}

fn name(key: &Value) -> String {
    key["kid"].as_str().map_or_else(|| "without a kid".to_owned(), |kid| format!("{kid:?}"))
}

/// What is wrong with one key, and what to do.
fn fault(key: &Value) -> Option<(String, &'static str)> {
    let kid = name(key);
    if PRIVATE.iter().any(|member| key.get(member).is_some()) {
        let fix = "Everybody can sign in its issuer's name: withdraw it at once, and publish only the \
                   public part of the next.";
        return Some((format!("The key {kid} is published with its private part."), fix));
    }
    match key["kty"].as_str() {
        Some("RSA") => {
            let bits = bits(key["n"].as_str().unwrap_or_default());
            let fix = "Rotate to a key of 2048 bits or more: this one can be broken.";
            (bits < RSA_BITS).then(|| (format!("The RSA key {kid} has {bits} bits."), fix))
        }
        Some("EC" | "OKP") if key["crv"].is_string() && key["x"].is_string() => None,
        _ => {
            Some((format!("The key {kid} is malformed."), "Publish it in the form of RFC 7518 §6."))
        }
    }
}

fn bits(number: &str) -> usize {
    let bytes = secret::from_base64url(number).unwrap_or_default();
    let significant: Vec<_> = bytes.iter().skip_while(|byte| **byte == 0).collect();
    let first = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
    significant.len() * 8 - first
}

fn check_names(report: &mut Report, keys: &[&Value]) {
    let named: Vec<_> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
    let distinct: HashSet<_> = named.iter().collect();
    if keys.len() > 1 && named.len() < keys.len() {
        report.problem(
            KEYS,
            "There are several keys, and not each has a kid.",
            "Give each a kid: clients cannot tell which to use.",
        );
    }
    if distinct.len() < named.len() {
        report.problem(KEYS, "Two keys have the same kid.", "Give each a kid of its own.");
    }
}

/// Whether signatures by this algorithm can be made with this key.
fn fits(key: &Value, alg: &str) -> bool {
    let (kty, crv) = match alg {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => ("RSA", None),
        "ES256" => ("EC", Some("P-256")),
        "ES384" => ("EC", Some("P-384")),
        "ES512" => ("EC", Some("P-521")),
        "EdDSA" | "Ed25519" => ("OKP", None),
        _ => return false,
    };
    let stated = key["alg"].as_str().is_none_or(|stated| stated == alg);
    key["kty"] == kty && crv.is_none_or(|crv| key["crv"] == crv) && stated
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::report::State;
    use super::*;

    fn problems(keys: Value) -> Vec<String> {
        let mut report = Report::default();
        check(&mut report, &json!({ "keys": keys }), &["RS256", "ES256"]);
        let told = report.of(State::Problem).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told.is_empty(), report.of(State::Ok).len() == 1, "{report}");
        told
    }

    fn ec(kid: &str) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": kid, "use": "sig" })
    }

    fn rsa(bytes: usize) -> Value {
        json!({ "kty": "RSA", "n": secret::base64url(&vec![0xff; bytes]), "e": "AQAB", "kid": "r" })
    }

    #[test]
    fn good_keys_pass() {
        assert!(problems(json!([ec("a"), ec("b")])).is_empty());
        assert!(problems(json!([rsa(256)])).is_empty());
    }

    #[test]
    fn every_fault_of_a_key_is_told() {
        let with = |key: Value, name: &str, value: Value| {
            let mut key = key;
            key[name] = value;
            key
        };
        let nameless = with(ec("a"), "kid", Value::Null);
        for (keys, words) in [
            (json!([]), "no keys"),
            (json!([with(ec("a"), "use", json!("enc"))]), "no keys"),
            (json!([with(ec("a"), "d", json!("AQ"))]), "private part"),
            (json!([rsa(128)]), "has 1024 bits"),
            (json!([with(ec("a"), "x", Value::Null)]), "malformed"),
            (json!([with(ec("a"), "crv", json!("P-521"))]), "No key is for"),
            (json!([with(ec("a"), "alg", json!("ES512"))]), "No key is for"),
        ] {
            let told = problems(keys);
            assert!(told.len() == 1 && told[0].contains(words), "{words}: {told:?}");
        }
        let mut report = Report::default();
        check(&mut report, &json!({ "keys": [ec("a"), ec("a"), nameless] }), &["ES256"]);
        assert_eq!(report.of(State::Problem).len(), 2, "{report}");
    }
}
