//! Revocation (RFC 7009): whatever a client gives back is dead, with its family.

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server};

async fn start() -> (Server, serde_json::Value) {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    (server, tokens)
}

async fn revoke(server: &Server, client_id: &str, token: &str) -> Page {
    post(server, "/revoke", Some(&basic(client_id)), &[("token", token)]).await
}

#[actix_web::test]
async fn a_refresh_token_takes_its_family_with_it() {
    let (server, first) = start().await;
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    let page = revoke(&server, "web", second["refresh_token"].as_str().unwrap()).await;
    assert_eq!((page.status, page.body.as_str()), (200, ""), "{page:?}");
    for tokens in [&first, &second] {
        assert_error(&userinfo(&server, tokens).await, 401, "invalid_token");
        assert_error(
            &refresh(&server, "web", &tokens["refresh_token"]).await,
            400,
            "invalid_grant",
        );
    }
}

#[actix_web::test]
async fn an_access_token_is_dead_once_it_is_revoked() {
    let (server, tokens) = start().await;
    assert_eq!(revoke(&server, "web", tokens["access_token"].as_str().unwrap()).await.status, 200);
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
}

#[actix_web::test]
async fn an_unknown_token_is_no_error() {
    let (server, tokens) = start().await;
    for token in ["x", "dsr_x.0.y", "a.b.c", tokens["id_token"].as_str().unwrap()] {
        assert_eq!(revoke(&server, "web", token).await.status, 200, "{token}");
    }
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(userinfo(&server, &tokens).await.status, 200, "nothing else was revoked");
    for _ in 0..2 {
        assert_eq!(
            revoke(&server, "web", token).await.status,
            200,
            "nor is one that is dead already"
        );
    }
}

#[actix_web::test]
async fn another_clients_token_stays_alive() {
    let (server, tokens) = start().await;
    for name in ["refresh_token", "access_token"] {
        let page = revoke(&server, "other", tokens[name].as_str().unwrap()).await;
        assert!((200..=400).contains(&page.status), "{page:?}");
    }
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
    assert_eq!(refresh(&server, "web", &tokens["refresh_token"]).await.status, 200);
}

#[actix_web::test]
async fn the_hint_is_only_a_hint() {
    let (server, tokens) = start().await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let fields = [("token", token), ("token_type_hint", "access_token")];
    assert_eq!(post(&server, "/revoke", Some(&basic("web")), &fields).await.status, 200);
    assert_error(&refresh(&server, "web", &tokens["refresh_token"]).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn the_client_must_be_who_it_says() {
    let (server, tokens) = start().await;
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_error(&post(&server, "/revoke", None, &[("token", token)]).await, 401, "invalid_client");
    let as_public = [("token", token), ("client_id", "web")];
    assert_error(&post(&server, "/revoke", None, &as_public).await, 401, "invalid_client");
    assert_error(&post(&server, "/revoke", Some(&basic("web")), &[]).await, 400, "invalid_request");
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
}

#[actix_web::test]
async fn a_public_client_revokes_by_its_id() {
    let server = server::start().await;
    let page = ready(&server, &Person::new(), "cli", &[("scope", "openid offline_access")]).await;
    let tokens = redeem_public(&server, "cli", &code_on(&page)).await.json();
    let fields = [("client_id", "cli"), ("token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(post(&server, "/revoke", None, &fields).await.status, 200);
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
}
