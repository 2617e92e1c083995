//! Refresh tokens (RFC 6749 §6): rotated at each use, and a stolen one gives itself away (RFC 9700 §4.14).

use doorstep::protocol::client::GrantType;

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, START, Server, Setup, clients};

const OFFLINE: &str = "openid email offline_access";

async fn start() -> (Server, serde_json::Value) {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", OFFLINE).await;
    (server, tokens)
}

#[actix_web::test]
async fn a_refresh_keeps_who_and_when_and_renews_the_rest() {
    let (server, first) = start().await;
    server.clock.advance(100);
    let page = refresh(&server, "web", &first["refresh_token"]).await;
    assert_eq!((page.status, header(&page, "cache-control")), (200, "no-store"));
    let second = page.json();
    assert_eq!(second["token_type"], "Bearer");
    assert!(second["expires_in"].is_u64());
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_ne!(second["access_token"], first["access_token"]);
    let (before, after) = (id_token(&first), id_token(&second));
    for claim in ["iss", "sub", "aud", "auth_time", "sid", "amr"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_eq!(after["iat"], START.0 + 100);
    assert_eq!(userinfo(&server, &second).await.status, 200);
}

#[actix_web::test]
async fn offline_access_decides_whether_there_is_a_refresh_token() {
    let server = server::start().await;
    let person = Person::new();
    assert!(tokens(&server, &person, "web", "openid").await.get("refresh_token").is_none());
    assert!(tokens(&server, &person, "web", OFFLINE).await["refresh_token"].is_string());
}

#[actix_web::test]
async fn a_client_without_the_grant_gets_no_refresh_token() {
    let mut clients = clients();
    clients[0].grant_types = vec![GrantType::AuthorizationCode];
    let server = Setup { clients, ..Setup::default() }.start().await;
    let tokens = tokens(&server, &Person::new(), "web", OFFLINE).await;
    assert!(tokens.get("refresh_token").is_none());
    assert!(!tokens["scope"].as_str().unwrap().contains("offline_access"));
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "dsr_x")];
    assert_error(&token(&server, "web", &fields).await, 400, "unauthorized_client");
}

#[actix_web::test]
async fn a_double_submit_gets_the_same_successor() {
    let (server, first) = start().await;
    let pages = futures_util::future::join_all(
        (0..8).map(|_| refresh(&server, "web", &first["refresh_token"])),
    )
    .await;
    let successors: Vec<_> =
        pages.iter().map(|page| page.json()["refresh_token"].clone()).collect();
    assert!(
        successors.iter().all(|token| token.is_string() && *token == successors[0]),
        "{successors:?}"
    );
    server.clock.advance(10);
    let again = refresh(&server, "web", &first["refresh_token"]).await;
    assert_eq!(again.json()["refresh_token"], successors[0], "ten seconds of grace");
}

#[actix_web::test]
async fn reuse_kills_the_family_with_its_access_tokens() {
    let (server, first) = start().await;
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    server.clock.advance(11);
    assert_error(&refresh(&server, "web", &first["refresh_token"]).await, 400, "invalid_grant");
    assert_error(&refresh(&server, "web", &second["refresh_token"]).await, 400, "invalid_grant");
    for tokens in [&first, &second] {
        assert_error(&userinfo(&server, tokens).await, 401, "invalid_token");
    }
}

#[actix_web::test]
async fn a_grandparent_is_no_double_submit() {
    let (server, first) = start().await;
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    let third = refresh(&server, "web", &second["refresh_token"]).await.json();
    assert_error(&refresh(&server, "web", &first["refresh_token"]).await, 400, "invalid_grant");
    assert_error(&refresh(&server, "web", &third["refresh_token"]).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn another_clients_refresh_token_is_refused_and_stays_good() {
    let (server, first) = start().await;
    assert_error(&refresh(&server, "other", &first["refresh_token"]).await, 400, "invalid_grant");
    assert_eq!(refresh(&server, "web", &first["refresh_token"]).await.status, 200);
}

#[actix_web::test]
async fn a_forged_refresh_token_is_refused() {
    let (server, first) = start().await;
    let good = first["refresh_token"].as_str().unwrap();
    let (id, tag) = (good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
    for forged in [
        format!("{id}.1.{tag}"),
        format!("{id}.-1.{tag}"),
        format!("{id}.00.{tag}"),
        format!("{id}.0.{}", tag.to_lowercase()),
        format!("{good}="),
        good.trim_start_matches("dsr_").to_owned(),
        "dsr_".to_owned(),
        first["access_token"].as_str().unwrap().to_owned(),
    ] {
        let page = refresh(&server, "web", &forged.into()).await;
        assert_error(&page, 400, "invalid_grant");
    }
    assert_eq!(refresh(&server, "web", &first["refresh_token"]).await.status, 200);
}

#[actix_web::test]
async fn a_refresh_token_slides_for_thirty_days() {
    let (server, first) = start().await;
    server.clock.advance(30 * 86_400 - 1);
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    server.clock.advance(30 * 86_400 - 1);
    let third = refresh(&server, "web", &second["refresh_token"]).await.json();
    server.clock.advance(30 * 86_400);
    assert_error(&refresh(&server, "web", &third["refresh_token"]).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn a_disabled_person_has_no_tokens() {
    let (server, tokens) = start().await;
    server.db.set_account_disabled("alice-id", true, START).await.unwrap();
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    assert_error(&refresh(&server, "web", &tokens["refresh_token"]).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn a_removed_person_has_no_tokens() {
    let (server, tokens) = start().await;
    server.db.delete_account("alice-id").await.unwrap();
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    assert_error(&refresh(&server, "web", &tokens["refresh_token"]).await, 400, "invalid_grant");
}

async fn refresh_for(
    server: &Server,
    tokens: &serde_json::Value,
    scope: &str,
) -> crate::person::Page {
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)];
    token(server, "web", &fields).await
}

#[actix_web::test]
async fn scope_may_narrow_and_comes_back_whole() {
    let (server, first) = start().await;
    let narrow = refresh_for(&server, &first, "openid").await.json();
    assert_eq!(narrow["scope"], "openid");
    assert_eq!(userinfo(&server, &narrow).await.json().get("email"), None);
    let whole = refresh(&server, "web", &narrow["refresh_token"]).await.json();
    assert_eq!(whole["scope"], "email offline_access openid");
    assert_eq!(userinfo(&server, &whole).await.json()["email"], "alice@example.org");
}

#[actix_web::test]
async fn a_wider_scope_is_refused_and_costs_nothing() {
    let (server, first) = start().await;
    let page = refresh_for(&server, &first, "openid profile").await;
    assert_error(&page, 400, "invalid_scope");
    assert!(page.json()["error_description"].as_str().unwrap().contains("profile"));
    server.clock.advance(60);
    let page = refresh(&server, "web", &first["refresh_token"]).await;
    assert_eq!(page.status, 200, "the token was not used up: {page:?}");
}

#[actix_web::test]
async fn the_scopes_of_the_login_may_be_repeated_as_msal_does() {
    let (server, first) = start().await;
    let second = refresh_for(&server, &first, OFFLINE).await;
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(second.json()["scope"], "email offline_access openid");
}
