//! The verification chain in its order, each link against a provider that breaks it.

use std::time::{Duration, Instant};

use doorstep::outgoing::OutgoingSettings;
use serde_json::{Value, json};

use super::scene::*;
use crate::kit::*;
use crate::server::Setup;
use crate::support::provider::{Character, IdTokens};

/// Signs in with a provider of this character, which must come to nothing.
async fn refused(character: Character) -> Scene {
    let scene = Scene::of(character).await;
    let (person, page) = scene.sign_in().await;
    assert_failed(&person, &page, 400, "failed");
    scene
}

async fn refused_token(id_token: IdTokens) {
    let scene = refused(Character { id_token, ..Character::default() }).await;
    assert_eq!(scene.provider.codes(), (1, 0), "{id_token:?}: the exchange was made");
}

async fn refused_claims(claims: Value) {
    refused(Character { claims, ..Character::default() }).await;
}

#[actix_web::test]
async fn a_good_sign_in_comes_back_to_its_request() {
    let scene = Scene::of(Character::default()).await;
    let (person, page) = scene.sign_in().await;
    let response = response(&page);
    assert_eq!(response["state"], "st-1");
    let tokens = redeem(&scene.server, "web", &response["code"]).await;
    let claims = id_token(&tokens.json());
    assert_eq!(claims["amr"], json!(["fed"]));
    assert!(person.cookie("doorstep-session").is_some());
    assert_eq!(scene.provider.codes(), (1, 0));
}

#[actix_web::test]
async fn t01_forged_signature() {
    refused_token(IdTokens::Forged).await;
}

#[actix_web::test]
async fn t02_wrong_issuer() {
    refused_token(IdTokens::OtherIssuer).await;
    // Of the response: who asked one provider must not answer to another (mix-up).
    for iss in ["https://evil.example", ""] {
        let scene = Scene::of(Character::default()).await;
        let person = scene.server.browser();
        let mut back = scene.leave(&person).await;
        back.set("iss", iss);
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "failed");
        assert_eq!(scene.provider.codes(), (0, 0), "no code went to the token endpoint");
    }
}

#[actix_web::test]
async fn t03_wrong_audience() {
    refused_token(IdTokens::OtherAudience).await;
    refused_claims(json!({"aud": ["doorstep", "another"]})).await;
    refused_claims(json!({"azp": "another"})).await;
    let claims = json!({"aud": ["doorstep", "another"], "azp": "doorstep"});
    let scene = Scene::of(Character { claims, ..Character::default() }).await;
    let (_, page) = scene.sign_in().await;
    assert!(response(&page).contains_key("code"));
}

#[actix_web::test]
async fn t04_expired_or_from_the_future() {
    refused_token(IdTokens::Expired).await;
    refused_token(IdTokens::FromTheFuture).await;
    refused_claims(json!({"nbf": crate::server::START.0 + 600})).await;
    refused_claims(json!({"exp": null})).await;
}

#[actix_web::test]
async fn t04_nonce_mismatch() {
    refused_token(IdTokens::OtherNonce).await;
    refused_claims(json!({"nonce": null})).await;
    refused_claims(json!({"nonce": ""})).await;
}

#[actix_web::test]
async fn t04_algorithm_none_or_confused() {
    refused_token(IdTokens::AlgNone).await;
    refused_token(IdTokens::AlgConfused).await;
}

#[actix_web::test]
async fn t04_the_access_token_of_another() {
    refused_token(IdTokens::OtherAccessToken).await;
    refused(Character { id_token: IdTokens::Missing, ..Character::default() }).await;
}

#[actix_web::test]
async fn t07_nonces_unique() {
    let scene = Scene::of(Character::default()).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let request = scene.leave(&scene.server.browser()).await.request;
        for name in ["nonce", "state", "code_challenge"] {
            let value = &request[name];
            assert_eq!(value.len(), 43, "256 bits: {name}");
            assert!(seen.insert(value.clone()), "{name} came before");
        }
    }
}

#[actix_web::test]
async fn t10_pkce_verifier_missing() {
    // At the start: a provider that knows no S256 is not used.
    let scene = Scene::of(Character { challenges: Some(&["plain"]), ..Character::default() }).await;
    let person = scene.server.browser();
    let page = person.visit(&format!("{}/upstream/corp", scene.server.url)).await;
    assert_failed(&person, &page, 400, "failed");
    // At the callback: a state without a verifier is none.
    let root = doorstep::secret::RootKey::generate();
    let setup = Setup { root: root.clone(), ..Setup::default() };
    let scene = Scene::set_up(Character::default(), |_| {}, setup).await;
    let person = scene.server.browser();
    let page = person.visit(&format!("{}/upstream/corp", scene.server.url)).await;
    let (name, back) = (state_cookie(&page).unwrap(), scene.consent(&page));
    let purpose = "login state for upstream corp";
    let plain = root.open(purpose, &person.cookie(&name).unwrap()).unwrap();
    let whole: Value = serde_json::from_slice(&plain).unwrap();
    for verifier in [Value::Null, "".into(), "short".into()] {
        let mut state = whole.clone();
        state["attempt"]["verifier"] = verifier;
        person.set_cookie(&name, &root.seal(purpose, state.to_string().as_bytes()).unwrap());
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "over");
    }
    assert_eq!(scene.provider.codes(), (0, 0));
    person.set_cookie(&name, &root.seal(purpose, &plain).unwrap());
    assert_eq!(scene.arrive(&person, &back).await.status, 200, "with it all is well");
}

#[actix_web::test]
async fn an_error_of_the_provider_is_logged_and_never_shown() {
    for (error, status, problem) in [
        ("access_denied", 403, "declined"),
        ("server_error", 503, "down"),
        ("temporarily_unavailable", 503, "down"),
        ("invalid_scope", 400, "failed"),
    ] {
        let scene = Scene::of(Character::default()).await;
        let person = scene.server.browser();
        let mut back = scene.leave(&person).await;
        back.set("error", error);
        back.set("error_description", "call 555-0100 and tell them your password");
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, status, problem);
        assert!(!page.body.contains("555-0100"), "{error}");
        // The code that came with it is not used.
        assert_eq!(scene.provider.codes(), (0, 0), "{error}");
    }
}

#[actix_web::test]
async fn a_response_without_a_code_is_none() {
    for code in ["", " "] {
        let scene = Scene::of(Character::default()).await;
        let person = scene.server.browser();
        let mut back = scene.leave(&person).await;
        back.set("code", code);
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "failed");
    }
}

#[actix_web::test]
async fn a_slow_provider_cannot_hold_a_handler() {
    let slow = Duration::from_secs(20);
    let scene = Scene::with(Character { token_delay: slow, ..Character::default() }, |settings| {
        settings.timeout = 1;
    })
    .await;
    let started = Instant::now();
    let (person, page) = scene.sign_in().await;
    assert_failed(&person, &page, 503, "down");
    assert_eq!(header(&page, "retry-after"), "5");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());

    let hanging = Character { discovery_delay: slow, ..Character::default() };
    let scene = Scene::with(hanging, |settings| settings.timeout = 1).await;
    let person = scene.server.browser();
    let page = person.visit(&format!("{}/upstream/corp", scene.server.url)).await;
    assert_failed(&person, &page, 503, "down");
}

#[actix_web::test]
async fn userinfo_about_somebody_else_is_not_believed() {
    let userinfo = Some(json!({"sub": "another"}));
    refused(Character { userinfo, ..Character::default() }).await;
    let userinfo = Some(json!({"sub": null}));
    refused(Character { userinfo, ..Character::default() }).await;
}

#[actix_web::test]
async fn a_token_endpoint_out_of_order_is_said_to_be() {
    let scene = Scene::of(Character { broken: true, ..Character::default() }).await;
    let (person, page) = scene.sign_in().await;
    assert_failed(&person, &page, 503, "down");
}

#[actix_web::test]
async fn an_issuer_cannot_send_us_where_only_this_machine_reaches() {
    for (token_host, allowed, status) in
        [("localhost", false, 503), ("127.0.0.2", false, 400), ("localhost", true, 200)]
    {
        let networks = if allowed { vec!["127.0.0.0/8".parse().unwrap()] } else { Vec::new() };
        let outgoing =
            OutgoingSettings { allowed_networks: networks, ..OutgoingSettings::default() };
        let setup = Setup { outgoing, ..Setup::default() };
        let character = Character { token_host, ..Character::default() };
        let scene = Scene::set_up(character, |_| {}, setup).await;
        let (person, page) = scene.sign_in().await;
        match status {
            200 => assert!(response(&page).contains_key("code"), "{page:?}"),
            400 => assert_failed(&person, &page, 400, "failed"),
            status => assert_failed(&person, &page, status, "down"),
        }
        assert_eq!(scene.provider.codes().0, usize::from(allowed), "{token_host}");
    }
}
