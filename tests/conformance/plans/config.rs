//! The Config certification plan: one module that reads discovery and the key set.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::kit::checks::header;
use crate::kit::jose::object;
use crate::kit::provider::Provider;
use crate::place::Place;

everywhere!(oidcc_discovery_endpoint_verification);

/// Members of the registry "OAuth Authorization Server Metadata" that are lists; others are not published.
const LISTS: [&str; 27] = [
    "acr_values_supported",
    "authorization_signing_alg_values_supported",
    "claim_types_supported",
    "claims_locales_supported",
    "claims_supported",
    "code_challenge_methods_supported",
    "display_values_supported",
    "dpop_signing_alg_values_supported",
    "grant_types_supported",
    "id_token_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
    "prompt_values_supported",
    "protected_resources",
    "request_object_signing_alg_values_supported",
    "response_modes_supported",
    "response_types_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "scopes_supported",
    "subject_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "ui_locales_supported",
    "userinfo_signing_alg_values_supported",
    "backchannel_authentication_request_signing_alg_values_supported",
];

const URLS: [&str; 14] = [
    "authorization_endpoint",
    "check_session_iframe",
    "device_authorization_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "op_policy_uri",
    "op_tos_uri",
    "pushed_authorization_request_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "service_documentation",
    "token_endpoint",
    "userinfo_endpoint",
];

const BOOLEANS: [&str; 10] = [
    "authorization_response_iss_parameter_supported",
    "backchannel_logout_session_supported",
    "backchannel_logout_supported",
    "claims_parameter_supported",
    "client_id_metadata_document_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_pushed_authorization_requests",
    "require_request_uri_registration",
    "require_signed_request_object",
];

async fn oidcc_discovery_endpoint_verification(at: Place) {
    let provider = at.start().await;
    let url = format!("{}/.well-known/openid-configuration", provider.issuer);
    let page = provider.get(&url).await;
    assert_eq!((page.status, header(&page, "content-type")), (200, "application/json"));
    assert_eq!(page.json()["issuer"], url.trim_end_matches("/.well-known/openid-configuration"));
    check_issuer(&provider.issuer);
    for (name, value) in object(&provider.metadata) {
        check_member(name, value);
    }
    for (list, value) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("grant_types_supported", "authorization_code"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("code_challenge_methods_supported", "S256"),
        ("token_endpoint_auth_methods_supported", "client_secret_basic"),
        ("token_endpoint_auth_methods_supported", "client_secret_post"),
    ] {
        assert!(provider.lists(list, value), "{value} is not in {list}");
    }
    if provider.metadata.get("request_object_signing_alg_values_supported").is_some() {
        assert!(provider.lists("request_object_signing_alg_values_supported", "RS256"));
    }
    assert!(provider.metadata["userinfo_endpoint"].is_string());
    check_scopes(&provider);
    check_keys(&provider).await;
}

fn check_issuer(issuer: &str) {
    let url = Url::parse(issuer).expect("a URL");
    assert_eq!((url.scheme(), url.query(), url.fragment()), ("https", None, None));
    assert_eq!((url.username(), url.password()), ("", None));
}

/// Each member is a known one, of its type.
fn check_member(name: &str, value: &Value) {
    if name == "issuer" {
        return;
    }
    if LISTS.contains(&name) {
        let values = value.as_array().unwrap_or_else(|| panic!("{name} is {value}"));
        let texts: BTreeSet<_> = values.iter().filter_map(Value::as_str).collect();
        assert!(!texts.is_empty() && texts.len() == values.len(), "{name} is {value}");
        if name.ends_with("_locales_supported") {
            assert!(texts.iter().all(|tag| tag.len() >= 2 && tag.is_ascii()), "{name} is {value}");
        }
    } else if BOOLEANS.contains(&name) {
        assert!(value.is_boolean(), "{name} is {value}");
    } else {
        assert!(URLS.contains(&name), "{name} is not a member of the registry");
        let url = Url::parse(value.as_str().expect("a text")).expect("a URL");
        assert_eq!(url.scheme(), "https", "{name}");
    }
}

/// RFC 6749 §3.3: a scope has neither spaces nor quotes.
fn check_scopes(provider: &Provider) {
    let scopes = provider.metadata["scopes_supported"].as_array().expect("a list");
    for scope in scopes.iter().map(|scope| scope.as_str().expect("a text")) {
        let legal = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(!scope.is_empty() && scope.bytes().all(legal), "{scope}");
    }
}

/// Every key can be read and used, has an id of its own, and tells nothing private.
async fn check_keys(provider: &Provider) {
    let json = provider.get(provider.endpoint("jwks_uri")).await.json();
    let mut kids = BTreeSet::new();
    for key in json["keys"].as_array().expect("keys") {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(key.get(private), None, "{private}");
        }
        let known = [
            ("RSA", None, &["RS256", "PS256"][..]),
            ("EC", Some("P-256"), &["ES256"]),
            ("OKP", Some("Ed25519"), &["EdDSA"]),
        ];
        let fits = known.iter().any(|(kty, crv, algs)| {
            key["kty"] == *kty
                && key.get("crv").and_then(Value::as_str) == *crv
                && algs.iter().any(|alg| key["alg"] == *alg)
        });
        assert!(fits, "{key}");
        assert!(kids.insert(key["kid"].as_str().expect("a kid")), "{key}");
    }
    assert_eq!(provider.keys().await.keys().len(), kids.len(), "a library reads them all");
}
