use serde_json::json;

use super::super::report::State;
use super::*;

fn good() -> Value {
    json!({
        "issuer": "https://id.example", "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/jwks",
        "userinfo_endpoint": "https://id.example/userinfo", "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"], "scopes_supported": ["openid", "email"],
        "claims_supported": ["sub", "groups"], "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    })
}

fn examine(document: &Value) -> Report {
    let mut report = Report::default();
    let wishes = Wishes {
        issuer: "https://id.example",
        scope: "openid email",
        groups_claim: Some("groups"),
        has_secret: true,
        allow_http: false,
    };
    check(&mut report, document, &wishes);
    report
}

#[test]
fn a_good_issuer_has_nothing_to_fix() {
    let report = examine(&good());
    assert!(
        report.of(State::Problem).is_empty() && report.of(State::Warning).is_empty(),
        "{report}"
    );
}

#[test]
fn every_fault_is_told() {
    use State::{Problem, Warning};
    for (name, value, state, words) in [
        ("issuer", json!("https://id.example/"), Problem, "calls itself https://id.example/"),
        ("issuer", json!(null), Problem, "has no issuer"),
        ("token_endpoint", json!(null), Problem, "has no token_endpoint"),
        (
            "token_endpoint",
            json!("http://id.example/token"),
            Problem,
            "Plain http in the document: token_endpoint",
        ),
        ("userinfo_endpoint", json!(null), Warning, "no userinfo_endpoint"),
        ("response_types_supported", json!(["id_token"]), Problem, "response type code"),
        (
            "id_token_signing_alg_values_supported",
            json!(["HS256", "none"]),
            Problem,
            "No algorithm",
        ),
        ("id_token_signing_alg_values_supported", json!(["ES256"]), Warning, "not by RS256"),
        ("scopes_supported", json!(["openid"]), Problem, "does not offer the scope email"),
        ("scopes_supported", json!(null), Warning, "does not list its scopes"),
        ("claims_supported", json!(["sub"]), Warning, "does not list the claim groups"),
        ("code_challenge_methods_supported", json!(["plain"]), Problem, "not with S256"),
        (
            "code_challenge_methods_supported",
            json!(null),
            Warning,
            "does not say that it knows PKCE",
        ),
        (
            "authorization_response_iss_parameter_supported",
            json!(false),
            Warning,
            "do not name the issuer",
        ),
        ("response_modes_supported", json!(["query"]), Warning, "form_post is not offered"),
        (
            "grant_types_supported",
            json!(["implicit"]),
            Problem,
            "authorization_code is not offered",
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
            Problem,
            "not by a secret",
        ),
    ] {
        let mut document = good();
        document[name] = value.clone();
        let report = examine(&document);
        let told = report.of(state);
        assert!(told.iter().any(|text| text.contains(words)), "{name} {value}: {report}");
        let others = report.of(Problem).len() + report.of(Warning).len();
        assert_eq!(others, 1, "{name} {value} is one fault: {report}");
    }
}
