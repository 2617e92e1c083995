//! Point 16: the password grant (RFC 6749 §4.3), for a client that an admin opted in and nobody else.

use serde_json::json;

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::PASSWORD;

everywhere!(
    p16_a_password_gives_tokens_to_a_client_that_an_admin_named,
    p16_a_wrong_password_and_an_unknown_person_are_alike,
    p16_passwords_cannot_be_tried_out,
);

async fn sign_in(provider: &Provider, username: &str, password: &str) -> Page {
    let fields = [
        ("grant_type", "password"),
        ("username", username),
        ("password", password),
        ("scope", "openid email offline_access"),
    ];
    provider.post("token_endpoint", "legacy", &fields).await
}

async fn p16_a_password_gives_tokens_to_a_client_that_an_admin_named(at: Place) {
    let provider = at.start().await;
    assert!(provider.lists("grant_types_supported", "password"));
    let tokens = provider.tokens(&sign_in(&provider, "alice", PASSWORD).await);
    let (_, claims) = jose::verify(tokens.id_token(), &provider.keys().await);
    assert_eq!((&claims["aud"], &claims["amr"]), (&json!("legacy"), &json!(["pwd"])));
    assert_eq!(claims["auth_time"], provider.clock.now().0);
    let info = provider.userinfo(tokens.access()).await.json();
    assert_eq!((&info["sub"], &info["email"]), (&claims["sub"], &json!("alice@example.org")));
    provider.tokens(&provider.refresh("legacy", tokens.refresh(), &[]).await);
    let fields = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    for client in ["web", "cli", "robot"] {
        let page = provider.post("token_endpoint", client, &fields).await;
        checks::refused(&page, 400, "unauthorized_client");
    }
}

async fn p16_a_wrong_password_and_an_unknown_person_are_alike(at: Place) {
    let provider = at.start().await;
    let wrong = sign_in(&provider, "alice", "wrong").await;
    let unknown = sign_in(&provider, "nobody", PASSWORD).await;
    for page in [&wrong, &unknown] {
        checks::refused(page, 400, "invalid_grant");
    }
    assert_eq!(wrong.body, unknown.body);
}

async fn p16_passwords_cannot_be_tried_out(at: Place) {
    let provider = at.start().await;
    let mut tried = 0;
    while sign_in(&provider, "alice", "wrong").await.status == 400 {
        tried += 1;
        assert!(tried < 20, "{tried} wrong passwords were looked at");
    }
    let page = sign_in(&provider, "alice", PASSWORD).await;
    assert_eq!(page.status, 429, "{page:?}");
    let wait = checks::header(&page, "retry-after").parse().expect("seconds");
    provider.clock.advance(wait);
    provider.tokens(&sign_in(&provider, "alice", PASSWORD).await);
}
