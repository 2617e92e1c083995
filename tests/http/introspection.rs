//! Introspection (RFC 7662): whom a token concerns learns whether it is good; nobody else learns anything.

use serde_json::{Value, json};

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, API, FILES, Server};

/// Tokens of `reader` for these resources.
async fn tokens_for(server: &Server, resource: &str, scope: &str) -> Value {
    let more = [("scope", scope), ("resource", resource)];
    let response = web_response(server, &Person::new(), "reader", &more).await;
    redeem(server, "reader", &response["code"]).await.json()
}

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("an access token")
}

async fn is_active(server: &Server, client_id: &str, token: &str) -> bool {
    let page = introspect(server, client_id, token).await;
    assert_eq!(page.status, 200, "{page:?}");
    let active = page.json()["active"].as_bool().expect("a boolean");
    if !active {
        assert_eq!(page.json(), json!({"active": false}), "nothing else is told");
    }
    active
}

#[actix_web::test]
async fn a_resource_server_reads_what_is_for_it() {
    let server = server::start().await;
    let tokens = tokens_for(&server, API, "openid profile email").await;
    let page = introspect(&server, "api", access_token(&tokens)).await;
    assert_eq!(header(&page, "content-type"), "application/json");
    assert_eq!(header(&page, "cache-control"), "no-store");
    let told = page.json();
    let signed = claims(access_token(&tokens));
    for (name, value) in signed.as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!((&told["username"], &told["aud"]), (&json!("alice"), &json!(API)));
}

#[actix_web::test]
async fn everybody_else_sees_nothing() {
    let server = server::start().await;
    let for_files = tokens_for(&server, FILES, "openid").await;
    let for_issuer = tokens(&server, &Person::new(), "web", "openid").await;
    for tokens in [&for_files, &for_issuer] {
        assert!(!is_active(&server, "api", access_token(tokens)).await, "it is not for the API");
        assert!(!is_active(&server, "other", access_token(tokens)).await);
    }
    assert!(is_active(&server, "reader", access_token(&for_files)).await, "its own");
    assert!(!is_active(&server, "web", access_token(&for_files)).await);
    assert!(is_active(&server, "web", access_token(&for_issuer)).await, "its own");
}

#[actix_web::test]
async fn naming_a_resource_is_not_serving_it() {
    let server = server::start().await;
    let fields = [("grant_type", "client_credentials"), ("resource", API)];
    let robots = token(&server, "robot", &fields).await.json();
    assert!(is_active(&server, "api", access_token(&robots)).await);
    assert!(!is_active(&server, "reader", access_token(&robots)).await, "it may name the API too");
}

#[actix_web::test]
async fn an_opaque_token_is_described_like_a_signed_one() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "opaque", "openid groups").await;
    let told = introspect(&server, "opaque", access_token(&tokens)).await.json();
    assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("alice-id")));
    assert_eq!(told["groups"], json!(["staff", "builders"]), "as the client's settings say");
    assert!(told.get("username").is_none(), "nobody asked for the profile");
}

#[actix_web::test]
async fn a_replayed_code_kills_its_tokens_here_too() {
    let server = server::start().await;
    for (client_id, wait) in [("web", 0), ("web", 30), ("web", 59), ("opaque", 0), ("opaque", 59)] {
        let more = [("scope", "openid offline_access")];
        let response = web_response(&server, &Person::new(), client_id, &more).await;
        let tokens = redeem(&server, client_id, &response["code"]).await.json();
        let both = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap());
        for token in both {
            assert!(is_active(&server, client_id, token).await, "{client_id} {wait}");
        }
        server.clock.advance(wait);
        let replay = redeem(&server, client_id, &response["code"]).await;
        assert_error(&replay, 400, "invalid_grant");
        for token in both {
            assert!(!is_active(&server, client_id, token).await, "{client_id} {wait}");
        }
    }
}

#[actix_web::test]
async fn a_refresh_token_is_shown_to_its_client_alone() {
    let server = server::start().await;
    let tokens = tokens_for(&server, API, "openid offline_access").await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let told = introspect(&server, "reader", token).await.json();
    let expected = json!({
        "active": true, "iss": server.iss, "client_id": "reader", "sub": "alice-id",
        "scope": "offline_access openid", "exp": server.clock.now().plus(30 * 86_400),
    });
    assert_eq!(told, expected);
    for other in ["api", "web"] {
        assert!(!is_active(&server, other, token).await, "{other}");
    }
    let next = refresh(&server, "reader", &tokens["refresh_token"]).await.json();
    assert!(!is_active(&server, "reader", token).await, "it was replaced");
    assert!(is_active(&server, "reader", next["refresh_token"].as_str().unwrap()).await);
}

#[actix_web::test]
async fn tokens_end_with_their_time_and_their_person() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    let both = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap());
    server.clock.advance(599);
    assert!(is_active(&server, "web", both[0]).await);
    server.clock.advance(1);
    assert!(!is_active(&server, "web", both[0]).await, "it has expired");
    assert!(is_active(&server, "web", both[1]).await);
    server.clock.advance(30 * 86_400 - 600);
    assert!(!is_active(&server, "web", both[1]).await, "it has expired");

    let tokens = self::tokens(&server, &Person::new(), "web", "openid offline_access").await;
    server.db.set_account_disabled("alice-id", true, server.clock.now()).await.unwrap();
    for name in ["access_token", "refresh_token"] {
        assert!(!is_active(&server, "web", tokens[name].as_str().unwrap()).await, "{name}");
    }
}

#[actix_web::test]
async fn what_is_no_token_is_inactive() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid").await;
    let id_token = tokens["id_token"].as_str().unwrap();
    for text in ["x", "a.b.c", "dsa_x", "dsr_x.0.y", id_token] {
        assert!(!is_active(&server, "web", text).await, "{text}");
    }
}

#[actix_web::test]
async fn nobody_asks_without_saying_who_they_are() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid").await;
    let field = ("token", access_token(&tokens));
    assert_error(&post(&server, "/introspect", None, &[field]).await, 401, "invalid_client");
    for public in ["cli", "web", "nobody"] {
        let fields = [field, ("client_id", public)];
        assert_error(&post(&server, "/introspect", None, &fields).await, 401, "invalid_client");
    }
    let page = post(&server, "/introspect", Some(&basic("web")), &[]).await;
    assert_error(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn the_hint_is_only_a_hint() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().unwrap();
        for hint in ["access_token", "refresh_token", "unheard-of"] {
            let fields = [("token", token), ("token_type_hint", hint)];
            let page = post(&server, "/introspect", Some(&basic("web")), &fields).await;
            assert_eq!(page.json()["active"], true, "{name} {hint}");
        }
    }
}
