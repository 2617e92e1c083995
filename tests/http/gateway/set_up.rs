//! The external-provider contract: what an issuer has to give an app, and what is said where it does not.

use std::process::Command;

use doorstep::protocol::client::claim_mapping::{ClaimRule, Place};
use doorstep::secret::Secret;
use serde_json::json;

use super::scene::{Scene, assert_trouble};
use crate::kit::claims;
use crate::person::Page;

/// What a page says to whoever set up the app.
#[track_caller]
fn assert_misconfigured(page: &Page, words: &str) {
    assert_eq!(page.status, 502, "{page:?}");
    assert!(page.body.contains(words), "{page:?}");
}

#[actix_web::test]
async fn application_with_an_external_oidc_provider() {
    let scene = Scene::with(
        |app| app.login = true,
        |client| client.claim_mapping = vec![ClaimRule::tell("groups", &[Place::AccessToken])],
    );
    let scene = scene.await;
    let browser = scene.alice().await;
    let tokens = scene.app.refresh(&browser).await.json();
    let access_token = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!(access_token["groups"], json!(["staff", "builders"]));
    assert_eq!(access_token["client_id"], "dash");
    let first = scene.app.profile(&browser).await.json();
    scene.app.clock.advance(60);
    assert_eq!(scene.app.refresh(&browser).await.status, 200, "a refresh token came along");
    let second = scene.app.profile(&browser).await.json();
    for name in ["sub", "preferred_username", "email", "groups", "iss"] {
        assert_eq!(first[name], second[name], "{name}");
    }
    let by_form = scene.app.stranger();
    let body = json!({ "username": "alice", "password": crate::server::PASSWORD });
    let page = scene.app.post(&by_form, "/login", body).await;
    assert_eq!(page.json()["profile"]["sub"], first["sub"]);
    scene.app.post(&browser, "/logout", json!({})).await;
    assert_trouble(&scene.app.refresh(&browser).await, 401, "login_required");
}

#[actix_web::test]
async fn a_scope_that_is_not_assigned_is_named() {
    let scene = Scene::with(
        |app| app.login = true,
        |client| client.scope = "openid profile email offline_access".into(),
    );
    let scene = scene.await;
    let browser = scene.app.stranger();
    let page = browser.get(&format!("{}/authorize", scene.app.auth)).await;
    let page = browser.visit(&page.location.unwrap()).await;
    let page = browser.get(&page.location.expect("back with an error")).await;
    assert_misconfigured(&page, "scope `groups` is not assigned to this client (dash)");
    let body = json!({ "username": "alice", "password": crate::server::PASSWORD });
    let page = scene.app.post(&browser, "/login", body).await;
    let words = assert_trouble(&page, 502, "misconfigured");
    assert_eq!(words, "scope `groups` is not assigned to this client (dash)");
}

#[actix_web::test]
async fn a_wrong_secret_is_named() {
    let scene = Scene::set(|app| app.client_secret = Some(Secret::new("another"))).await;
    let page = scene.come_back(&scene.app.stranger(), "").await;
    assert_misconfigured(
        &page,
        "the issuer does not know the client dash, or its client_secret is wrong",
    );
    assert!(!page.body.contains("another"));
}

#[actix_web::test]
async fn a_missing_claim_is_named() {
    let scene = Scene::set(|app| {
        app.scope = "openid profile email offline_access".into();
        app.required_groups = vec!["staff".into()];
    });
    let scene = scene.await;
    let page = scene.come_back(&scene.app.stranger(), "").await;
    assert_misconfigured(
        &page,
        "the issuer sends no claim groups: its scope is not assigned to the client dash",
    );
}

#[actix_web::test]
async fn a_refresh_token_that_does_not_come_is_named() {
    let scene = Scene::set(|app| app.scope = "openid profile email groups".into()).await;
    let browser = scene.alice().await;
    let words = assert_trouble(&scene.app.refresh(&browser).await, 401, "no_refresh_token");
    assert!(words.contains("offline_access is missing in scope"), "{words}");
    assert_eq!(browser.cookie("__Secure-doorstep-app-dash-refresh"), None);
    assert_eq!(scene.app.profile(&browser).await.status, 200);
}

#[actix_web::test]
async fn an_issuer_that_is_none_is_named() {
    let scene = Scene::set(|app| app.issuer = app.issuer.replace("/oidc", "/elsewhere")).await;
    let page = scene.app.stranger().get(&format!("{}/authorize", scene.app.auth)).await;
    assert_misconfigured(&page, "has an OpenID configuration that cannot be read");
}

#[actix_web::test]
async fn the_kubeconfig_has_a_token_or_signs_in_by_itself() {
    for client in ["", "doorstep-cli"] {
        let scene = Scene::set(|app| {
            app.kubeconfig_server = "https://k8s.example:6443".into();
            app.kubeconfig_cluster = "blue: \"quoted\"".into();
            app.kubeconfig_client_id = client.into();
        });
        let scene = scene.await;
        let nobody = scene.app.stranger().get(&format!("{}/kubeconfig", scene.app.auth)).await;
        assert_trouble(&nobody, 401, "login_required");
        let browser = scene.alice().await;
        let page = browser.get(&format!("{}/kubeconfig", scene.app.auth)).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(page.headers["content-disposition"], "attachment; filename=\"kubeconfig\"");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &page.body).unwrap();
        let mut kubectl = Command::new("kubectl");
        kubectl.arg("--kubeconfig").arg(file.path());
        let read = kubectl.args(["config", "view", "--raw", "--minify", "-o", "json"]).output();
        let read = read.expect("kubectl").stdout;
        let config: serde_json::Value = serde_json::from_slice(&read).expect("kubectl reads it");
        assert_eq!(config["clusters"][0]["cluster"]["server"], "https://k8s.example:6443");
        assert_eq!(config["current-context"], "blue: \"quoted\"");
        let user = &config["users"][0];
        assert_eq!(user["name"], "alice");
        match client {
            "" => assert_eq!(claims(user["user"]["token"].as_str().unwrap())["aud"], "dash"),
            _ => assert_eq!(user["user"]["exec"]["args"][3], "--client-id=doorstep-cli"),
        }
    }
}
