//! Point 24: what nobody gets by registering (RFC 7591 §5): what cannot be, what only an admin gives, a place
//! among too many, or requests to the inside of a network.

use doorstep::issuer::RegistrationMode;
use reqwest::Method;
use serde_json::json;

use crate::kit::checks;
use crate::kit::registration::{manage, metadata, open, register, registered, start};
use crate::kit::request::WEB_URI;
use crate::place::Place;
use crate::support::server::Setup;

everywhere!(
    p24_metadata_that_cannot_be_is_named,
    p24_what_only_an_admin_gives_cannot_be_registered,
    p24_open_registration_has_limits,
    p24_addresses_that_are_registered_pass_the_ssrf_guard,
);

async fn p24_metadata_that_cannot_be_is_named(at: Place) {
    let provider = open(at).await;
    let (address, rest) = ("invalid_redirect_uri", "invalid_client_metadata");
    for (name, value, error) in [
        ("redirect_uris", json!([]), address),
        ("redirect_uris", json!(WEB_URI), address),
        ("redirect_uris", json!(["http://app.example/cb"]), address),
        ("redirect_uris", json!(["https://app.example/cb#a"]), address),
        ("redirect_uris", json!(["javascript:alert(1)"]), address),
        ("response_types", json!(["code id_token"]), rest),
        ("grant_types", json!(["implicit"]), rest),
        ("token_endpoint_auth_method", json!("client_secret_jwt"), rest),
        ("token_endpoint_auth_method", json!("private_key_jwt"), rest),
        ("id_token_signed_response_alg", json!("none"), rest),
        ("subject_type", json!("mine"), rest),
        ("initiate_login_uri", json!("http://app.example/"), rest),
        ("client_name", json!("two\nlines"), rest),
    ] {
        let page = register(&provider, None, &metadata(&[(name, value.clone())])).await;
        checks::refused(&page, 400, error);
        let words = page.json()["error_description"].as_str().expect("words").to_owned();
        let named = if value == "private_key_jwt" { "jwks" } else { name };
        assert!(words.contains(named), "{name}: {words}");
    }
}

async fn p24_what_only_an_admin_gives_cannot_be_registered(at: Place) {
    let provider = open(at).await;
    for (name, value) in [
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!(["password"])),
        ("scope", json!("openid backup")),
        ("redirect_uris", json!(["urn:ietf:wg:oauth:2.0:oob"])),
    ] {
        let page = register(&provider, None, &metadata(&[(name, value)])).await;
        assert_eq!(page.status, 400, "{name}: {page:?}");
    }
    for (name, value) in [
        ("client_id", json!("web")),
        ("client_secret", json!("a secret of the client's choice")),
        ("trusted", json!(true)),
        ("paste", json!(true)),
        ("require_pkce", json!(false)),
        ("code_lifetime", json!(600)),
        ("serves", json!(["https://api.example"])),
        ("claim_mapping", json!([])),
        ("software_statement", json!("a.b.c")),
    ] {
        let answer = registered(&provider, &metadata(&[(name, value.clone())])).await;
        assert_ne!(answer.get(name), Some(&value), "{answer}");
        let id = answer["client_id"].as_str().expect("an id");
        let stored = provider.server.db.find_client(id).await.expect("a store").expect("a client");
        assert!(!stored.trusted && !stored.paste && stored.require_pkce, "{name}: {stored:?}");
        assert!(stored.code_lifetime.is_none() && stored.serves.is_empty(), "{name}: {stored:?}");
    }
}

async fn p24_open_registration_has_limits(at: Place) {
    let few = |setup: &mut Setup| setup.registration.most_clients = 2;
    let provider = start(at, RegistrationMode::Open, few).await;
    let answer = registered(&provider, &metadata(&[])).await;
    registered(&provider, &metadata(&[])).await;
    let page = register(&provider, None, &metadata(&[])).await;
    checks::refused(&page, 503, "temporarily_unavailable");
    assert_eq!(manage(&provider, Method::DELETE, &answer, None).await.status, 204);
    registered(&provider, &metadata(&[])).await;

    let slow = |setup: &mut Setup| setup.limits.registrations = 2;
    let provider = start(at, RegistrationMode::Open, slow).await;
    for _ in 0..2 {
        registered(&provider, &metadata(&[])).await;
    }
    let page = register(&provider, None, &metadata(&[])).await;
    checks::refused(&page, 429, "slow_down");
    assert!(page.headers.contains_key("retry-after"));
    provider.clock.advance(60);
    registered(&provider, &metadata(&[])).await;
}

async fn p24_addresses_that_are_registered_pass_the_ssrf_guard(at: Place) {
    let provider = open(at).await;
    for inside in ["https://127.0.0.1/x", "https://169.254.169.254/x", "https://[fd00::1]/x"] {
        for name in ["jwks_uri", "backchannel_logout_uri", "sector_identifier_uri"] {
            let page = register(&provider, None, &metadata(&[(name, inside.into())])).await;
            checks::refused(&page, 400, "invalid_client_metadata");
            let words = page.json()["error_description"].as_str().expect("words").to_owned();
            assert!(words.contains(name) && !words.contains("network"), "{words}");
        }
    }
}
