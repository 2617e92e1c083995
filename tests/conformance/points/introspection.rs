//! Point 21: introspection (RFC 7662): whom a token concerns learns whether it is good, nobody else learns
//! anything.

use serde_json::json;

use crate::kit::checks;
use crate::kit::jose::{self, object};
use crate::kit::provider::{Provider, basic};
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::server::{API, FILES};

everywhere!(
    p21_a_resource_server_sees_only_its_audiences,
    p21_a_client_sees_its_own_tokens_and_no_others,
    p21_what_is_dead_or_no_token_is_inactive_and_nothing_else,
    p21_introspection_is_authenticated,
    p12_reuse_of_a_code_makes_its_tokens_inactive,
);

async fn login(provider: &Provider, client: &str, resource: &str) -> Tokens {
    let request = Request::of(provider, client)
        .but(&[("scope", "openid offline_access"), ("resource", resource)]);
    provider.login(&request, &provider.browser()).await
}

/// Whether this client is told that the token is good.
async fn is_active(provider: &Provider, client: &str, token: &str) -> bool {
    let page = provider.post("introspection_endpoint", client, &[("token", token)]).await;
    assert_eq!((page.status, checks::header(&page, "cache-control")), (200, "no-store"));
    assert_eq!(checks::header(&page, "content-type"), "application/json");
    let json = page.json();
    if json["active"] == false {
        assert_eq!(json, json!({"active": false}), "nothing else is told");
    }
    json["active"].as_bool().expect("a boolean")
}

async fn p21_a_resource_server_sees_only_its_audiences(at: Place) {
    let provider = at.start().await;
    let ours = login(&provider, "reader", API).await;
    let page = provider.post("introspection_endpoint", "api", &[("token", ours.access())]).await;
    let json = page.json();
    assert_eq!((&json["active"], &json["token_type"]), (&json!(true), &json!("Bearer")));
    for (name, value) in object(&jose::peek(ours.access()).1) {
        assert_eq!(json[name], *value, "{name}");
    }
    for foreign in [login(&provider, "reader", FILES).await, login(&provider, "web", "").await] {
        assert!(!is_active(&provider, "api", foreign.access()).await);
        assert!(!is_active(&provider, "api", foreign.refresh()).await);
    }
}

async fn p21_a_client_sees_its_own_tokens_and_no_others(at: Place) {
    let provider = at.start().await;
    for client in ["web", "post", "opaque"] {
        let tokens = login(&provider, client, "").await;
        for token in [tokens.access(), tokens.refresh()] {
            assert!(is_active(&provider, client, token).await, "{client}");
            assert!(!is_active(&provider, "other", token).await, "{client}");
        }
    }
}

async fn p21_what_is_dead_or_no_token_is_inactive_and_nothing_else(at: Place) {
    let provider = at.start().await;
    for client in ["web", "opaque"] {
        let tokens = login(&provider, client, "").await;
        for text in ["x", "a.b.c", "dsa_x", "dsr_x.0.y", tokens.id_token()] {
            assert!(!is_active(&provider, client, text).await, "{text}");
        }
        provider.clock.advance(600);
        assert!(!is_active(&provider, client, tokens.access()).await, "it has expired");
        let next = provider.tokens(&provider.refresh(client, tokens.refresh(), &[]).await);
        assert!(!is_active(&provider, client, tokens.refresh()).await, "it was replaced");
        let revoked = [("token", next.refresh())];
        provider.post("revocation_endpoint", client, &revoked).await;
        for token in [next.access(), next.refresh()] {
            assert!(!is_active(&provider, client, token).await, "it was revoked");
        }
    }
}

async fn p21_introspection_is_authenticated(at: Place) {
    let provider = at.start().await;
    let tokens = login(&provider, "web", "").await;
    let (endpoint, token) = ("introspection_endpoint", ("token", tokens.access()));
    for (authorization, fields) in [
        (None, &[token][..]),
        (None, &[token, ("client_id", "web")]),
        (None, &[token, ("client_id", "cli")]),
        (Some(basic("web", "wrong")), &[token]),
        (Some(format!("Bearer {}", tokens.access())), &[token]),
    ] {
        let page = provider.post_with(endpoint, authorization.as_deref(), fields).await;
        checks::refused(&page, 401, "invalid_client");
    }
    checks::refused(&provider.post(endpoint, "web", &[]).await, 400, "invalid_request");
}

async fn p12_reuse_of_a_code_makes_its_tokens_inactive(at: Place) {
    let provider = at.start().await;
    for client in ["web", "opaque"] {
        for seconds in [0, 30, 59] {
            let request = Request::of(&provider, client).with("scope", "openid offline_access");
            let answer = request.answer(&provider, &provider.browser()).await;
            let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
            for token in [tokens.access(), tokens.refresh()] {
                assert!(is_active(&provider, client, token).await);
            }
            provider.clock.advance(seconds);
            checks::refused(&provider.redeem(&request, &answer).await, 400, "invalid_grant");
            for token in [tokens.access(), tokens.refresh()] {
                assert!(!is_active(&provider, client, token).await, "{client} after {seconds} s");
            }
        }
    }
}
