//! The app's own form: user name, password and code, where both sides have turned it on.

use serde_json::json;

use super::scene::{Scene, assert_trouble};
use crate::factor_kit;
use crate::kit::claims;
use crate::server::PASSWORD;

#[actix_web::test]
async fn a_password_signs_in_and_gives_what_a_page_needs() {
    let scene = Scene::set(|app| app.login = true).await;
    let browser = scene.app.stranger();
    let page = scene
        .app
        .post(&browser, "/login", json!({ "username": "alice", "password": PASSWORD }))
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    let tokens = page.json();
    assert_eq!(tokens["profile"]["preferred_username"], "alice");
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["aud"], "dash");
    assert_eq!(scene.app.profile(&browser).await.json()["groups"], json!(["staff", "builders"]));
    scene.app.clock.advance(60);
    assert_eq!(scene.app.refresh(&browser).await.status, 200);
}

#[actix_web::test]
async fn a_code_is_asked_for_where_one_is_needed() {
    let scene = Scene::with(|app| app.login = true, |client| client.require_mfa = true).await;
    let alice = scene.issuer.browser();
    factor_kit::sign_in(&scene.issuer, &alice, "alice").await;
    let (secret, _) = factor_kit::add_totp(&scene.issuer, &alice).await;
    let browser = scene.app.stranger();
    let login = async |totp: Option<String>| {
        let body = json!({ "username": "alice", "password": PASSWORD, "totp": totp });
        scene.app.post(&browser, "/login", body).await
    };
    assert_trouble(&login(None).await, 401, "totp_required");
    assert_trouble(&login(Some("000000".into())).await, 401, "invalid_grant");
    let page = login(Some(factor_kit::code_of(&scene.issuer, &secret))).await;
    assert_eq!(page.status, 200, "{page:?}");
}

#[actix_web::test]
async fn guesses_are_slowed_down_here_and_hear_the_same() {
    let scene = Scene::set(|app| app.login = true).await;
    let browser = scene.app.stranger();
    let guess = async |username: &str, password: &str| {
        let body = json!({ "username": username, "password": password });
        scene.app.post(&browser, "/login", body).await
    };
    let wrong = guess("alice", "wrong").await;
    let unknown = guess("nobody", "wrong").await;
    assert_trouble(&wrong, 401, "invalid_grant");
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    for _ in 0..4 {
        guess("alice", "wrong").await;
    }
    let page = guess("alice", PASSWORD).await;
    assert_trouble(&page, 429, "slow_down");
    scene.app.clock.advance(301);
    assert_eq!(guess("alice", PASSWORD).await.status, 200);
    assert_trouble(&guess("alice", &"x".repeat(2000)).await, 401, "invalid_grant");
    let request = json!({ "username": "alice" });
    let page = scene.app.post(&browser, "/login", request).await;
    assert_trouble(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn however_a_name_is_spelled_guesses_at_it_are_counted_together() {
    let scene = Scene::set(|app| app.login = true).await;
    let browser = scene.app.stranger();
    for name in ["alice", "Alice", " alice", "ALICE ", "\u{ff41}lice"] {
        let body = json!({ "username": name, "password": "wrong" });
        let page = scene.app.post(&browser, "/login", body).await;
        assert_trouble(&page, 401, "invalid_grant");
    }
    let body = json!({ "username": "alicE", "password": "wrong" });
    assert_trouble(&scene.app.post(&browser, "/login", body).await, 429, "slow_down");
}

#[actix_web::test]
async fn an_issuer_that_does_not_allow_it_is_named_as_the_cause() {
    let scene = Scene::with(
        |app| app.login = true,
        |client| client.grant_types.retain(|grant| grant.as_str() != "password"),
    );
    let scene = scene.await;
    let body = json!({ "username": "alice", "password": PASSWORD });
    let page = scene.app.post(&scene.app.stranger(), "/login", body).await;
    let words = assert_trouble(&page, 502, "misconfigured");
    assert!(words.contains("does not let the client dash sign people in this way"), "{words}");
}
