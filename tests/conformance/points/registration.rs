//! Point 24: programs that enter themselves (RFC 7591, RFC 7592, OpenID Connect Registration 1.0): they
//! work like any other, and are their own to look at, change and end.

use doorstep::issuer::{InitialToken, RegistrationMode};
use doorstep::protocol::client::SigningAlg;
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::checks::{self, header};
use crate::kit::registration::{
    self, manage, manage_with, metadata, open, register, registered, start,
};
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::client_key::ClientKey;
use crate::support::server::START;

everywhere!(
    p24_a_client_registers_itself_and_signs_people_in,
    p24_registration_needs_an_initial_token_by_setting,
    p24_a_client_looks_at_its_registration_changes_and_ends_it,
    p24_nobody_else_manages_a_registration,
);

const METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"];

async fn p24_a_client_registers_itself_and_signs_people_in(at: Place) {
    let mut provider = open(at).await;
    let key = ClientKey::new(SigningAlg::ES256, "one");
    provider.client_key = Some(key.clone());
    for method in METHODS {
        let mut said = metadata(&[("token_endpoint_auth_method", method.into())]);
        if method == "private_key_jwt" {
            said["jwks"] = key.set();
        }
        let answer = registered(&provider, &said).await;
        for (name, value) in said.as_object().expect("metadata") {
            assert_eq!(answer[name], *value, "{name}");
        }
        assert!(answer["client_id_issued_at"].is_i64(), "{answer}");
        let has_secret = method.starts_with("client_secret");
        assert_eq!(answer["client_secret"].is_string(), has_secret, "{answer}");
        assert_eq!(answer["client_secret_expires_at"].is_i64(), has_secret, "{answer}");
        let own = answer["registration_client_uri"].as_str().expect("an address");
        assert!(own.starts_with(&format!("{}/", provider.issuer)), "{own}");

        let secret = answer["client_secret"].as_str();
        let client = registration::client(&answer);
        let id = client.client_id.clone();
        provider.adopt(client, secret);
        let browser = provider.browser();
        provider.login(&Request::of(&provider, "web"), &browser).await;
        let request = Request::of(&provider, &id).with("scope", "openid offline_access");
        let silent = request.clone().with("prompt", "none");
        let asked = silent.answer_unasked(&provider, &browser).await;
        assert_eq!(asked.error(), "consent_required", "nobody trusts it yet");
        let tokens = provider.login(&request, &browser).await;
        provider.tokens(&provider.refresh(&id, tokens.refresh(), &[]).await);
    }
}

async fn p24_registration_needs_an_initial_token_by_setting(at: Place) {
    let root = RootKey::generate();
    let own = root.clone();
    let provider = start(at, RegistrationMode::Token, |setup| setup.root = own).await;
    let token = InitialToken::new(START.plus(600)).text(&root);
    let foreign = InitialToken::new(START.plus(600)).text(&RootKey::generate());
    for bad in [None, Some(""), Some("x"), Some(foreign.expose())] {
        let page = register(&provider, bad, &metadata(&[])).await;
        checks::refused(&page, 401, "invalid_token");
    }
    for _ in 0..2 {
        let page = register(&provider, Some(token.expose()), &metadata(&[])).await;
        assert_eq!(page.status, 201, "{page:?}");
    }
    provider.clock.advance(600);
    let page = register(&provider, Some(token.expose()), &metadata(&[])).await;
    checks::refused(&page, 401, "invalid_token");
}

async fn p24_a_client_looks_at_its_registration_changes_and_ends_it(at: Place) {
    let mut provider = open(at).await;
    let answer = registered(&provider, &metadata(&[("default_max_age", json!(60))])).await;
    let page = manage(&provider, Method::GET, &answer, None).await;
    assert_eq!((page.status, page.json()), (200, answer.clone()));
    assert_eq!(header(&page, "cache-control"), "no-store");

    let mut said = metadata(&[("client_name", "Renamed".into())]);
    said["client_id"] = answer["client_id"].clone();
    said["client_secret"] = answer["client_secret"].clone();
    let page = manage(&provider, Method::PUT, &answer, Some(&said)).await;
    assert_eq!((page.status, &page.json()["client_name"]), (200, &json!("Renamed")), "{page:?}");
    assert_eq!(page.json().get("default_max_age"), None, "what is left out is a default again");
    for (name, value) in [
        ("client_id", json!("web")),
        ("client_id", Value::Null),
        ("client_secret", json!("chosen")),
        ("redirect_uris", json!([])),
        ("grant_types", json!(["password"])),
    ] {
        let mut bad = said.clone();
        bad[name] = value;
        let refused = manage(&provider, Method::PUT, &answer, Some(&bad)).await;
        assert_eq!(refused.status, 400, "{name}: {refused:?}");
    }
    assert_eq!(manage(&provider, Method::GET, &answer, None).await.json(), page.json());

    provider.adopt(registration::client(&answer), answer["client_secret"].as_str());
    let id = answer["client_id"].as_str().expect("an id");
    let tokens = provider.login(&Request::of(&provider, id), &provider.browser()).await;
    let page = manage(&provider, Method::DELETE, &answer, None).await;
    assert_eq!((page.status, page.body.as_str()), (204, ""));
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let page = manage(&provider, method, &answer, Some(&said)).await;
        checks::refused(&page, 401, "invalid_token");
    }
    let page = Request::of(&provider, id).open(&provider, &provider.browser()).await;
    checks::told_to_the_person(&page, "not registered");
}

async fn p24_nobody_else_manages_a_registration(at: Place) {
    let provider = open(at).await;
    let answer = registered(&provider, &metadata(&[])).await;
    let other = registered(&provider, &metadata(&[])).await;
    let tokens = provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    for token in [
        None,
        Some("x"),
        answer["client_secret"].as_str(),
        other["registration_access_token"].as_str(),
        Some(tokens.access()),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let said = metadata(&[("client_id", answer["client_id"].clone())]);
            let page = manage_with(&provider, method, &answer, token, Some(&said)).await;
            checks::refused(&page, 401, "invalid_token");
        }
    }
    assert_eq!(manage(&provider, Method::GET, &answer, None).await.json(), answer);
}
