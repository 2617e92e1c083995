//! Opaque access tokens: sealed, without a row of their own, and as dead as any other once revoked.

use serde_json::Value;

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, Server, Setup};

async fn start() -> (Server, Value) {
    let server = server::start().await;
    let tokens =
        tokens(&server, &Person::new(), "opaque", "openid email groups offline_access").await;
    (server, tokens)
}

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().expect("an access token")
}

#[actix_web::test]
async fn an_opaque_token_tells_nothing_and_opens_userinfo() {
    let (server, tokens) = start().await;
    let token = access_token(&tokens);
    assert!(token.starts_with("dsa_"), "{token}");
    for part in token.trim_start_matches("dsa_").split('.') {
        let readable = String::from_utf8_lossy(&base64url(part)).into_owned();
        assert!(!readable.contains("alice") && !readable.contains("opaque"), "{readable}");
    }
    let claims = userinfo(&server, &tokens).await.json();
    assert_eq!(
        (&claims["sub"], &claims["email"]),
        (&"alice-id".into(), &"alice@example.org".into())
    );
    assert_eq!(id_token(&tokens)["at_hash"], at_hash(token));
}

#[actix_web::test]
async fn an_opaque_token_expires_and_is_revoked_like_any_other() {
    let (server, tokens) = start().await;
    let next = refresh(&server, "opaque", &tokens["refresh_token"]).await.json();
    assert_ne!(access_token(&tokens), access_token(&next));
    server.clock.advance(600);
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    let last = refresh(&server, "opaque", &next["refresh_token"]).await.json();
    let fields = [("token", access_token(&last))];
    assert_eq!(post(&server, "/revoke", Some(&basic("opaque")), &fields).await.status, 200);
    assert_error(&userinfo(&server, &last).await, 401, "invalid_token");
    let page = refresh(&server, "opaque", &last["refresh_token"]).await;
    assert_error(&page, 400, "invalid_grant");
}

#[actix_web::test]
async fn only_this_issuers_own_sealed_tokens_are_opened() {
    let (server, tokens) = start().await;
    let other = Setup::default().start().await;
    assert_error(&userinfo(&other, &tokens).await, 401, "invalid_token");
    let token = access_token(&tokens);
    let last = if token.ends_with('A') { "B" } else { "A" };
    for forged in
        [&token[4..], &format!("{}{last}", &token[..token.len() - 1]), "dsa_", "dsa_a.b.c.d.e"]
    {
        assert_error(&get_with(&server, "/userinfo", forged).await, 401, "invalid_token");
    }
}
