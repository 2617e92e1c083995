//! Point 24: programs that enter themselves (RFC 7591, RFC 7592, OpenID Connect Registration 1.0): within
//! limits or with an admin's token, and never with what only an admin can give.

use doorstep::issuer::{InitialToken, RegistrationMode};
use doorstep::protocol::client::SigningAlg;
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::checks::{self, header};
use crate::kit::provider::Provider;
use crate::kit::registration::{self, manage, manage_with, register};
use crate::kit::request::{Request, WEB_URI};
use crate::place::Place;
use crate::support::client_key::ClientKey;
use crate::support::server::{START, Setup};

everywhere!(
    p24_a_client_registers_itself_and_signs_people_in,
    p24_registration_needs_an_initial_token_by_setting,
    p24_a_client_looks_at_its_registration_changes_and_ends_it,
    p24_nobody_else_manages_a_registration,
    p24_metadata_that_cannot_be_is_named,
    p24_what_only_an_admin_gives_cannot_be_registered,
    p24_open_registration_has_limits,
    p24_addresses_that_are_registered_pass_the_ssrf_guard,
);

const METHODS: [&str; 4] = ["client_secret_basic", "client_secret_post", "none", "private_key_jwt"];

async fn start(at: Place, mode: RegistrationMode, change: impl FnOnce(&mut Setup)) -> Provider {
    at.start_with(|setup| {
        setup.registration.mode = mode;
        setup.limits.registrations = 0;
        change(setup);
    })
    .await
}

async fn open(at: Place) -> Provider {
    start(at, RegistrationMode::Open, |_| ()).await
}

/// What a usual program says of itself, with changes.
fn metadata(changes: &[(&str, Value)]) -> Value {
    let mut said = json!({
        "redirect_uris": [WEB_URI], "client_name": "Invented Notes",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    for (name, value) in changes {
        said[*name] = value.clone();
    }
    said
}

/// Registers a program, and gives the answer.
async fn registered(provider: &Provider, said: &Value) -> Value {
    let page = register(provider, None, said).await;
    assert_eq!((page.status, header(&page, "content-type")), (201, "application/json"), "{page:?}");
    assert_eq!(header(&page, "cache-control"), "no-store");
    page.json()
}

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
    for (name, value) in [("client_id", "web"), ("client_secret", "chosen")] {
        let mut bad = said.clone();
        bad[name] = value.into();
        let refused = manage(&provider, Method::PUT, &answer, Some(&bad)).await;
        checks::refused(&refused, 400, "invalid_client_metadata");
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
