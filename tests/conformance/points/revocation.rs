//! Point 21: revocation (RFC 7009): whatever a client gives back is dead, with its family.

use crate::kit::checks;
use crate::kit::provider::{Provider, basic};
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::person::Page;

everywhere!(
    p21_revoking_a_refresh_token_kills_its_family,
    p21_revoking_an_access_token_kills_it,
    p21_an_unknown_token_is_200,
    p21_the_hint_is_only_a_hint,
    p21_another_clients_token_stays_alive,
    p21_revocation_is_authenticated,
);

async fn start(at: Place, client: &str) -> (Provider, Tokens) {
    let provider = at.start().await;
    let request = Request::of(&provider, client).with("scope", "openid offline_access");
    let tokens = provider.login(&request, &provider.browser()).await;
    (provider, tokens)
}

async fn revoke(provider: &Provider, client: &str, token: &str) -> Page {
    provider.post("revocation_endpoint", client, &[("token", token)]).await
}

async fn assert_dead(provider: &Provider, client: &str, tokens: &Tokens) {
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    let page = provider.refresh(client, tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p21_revoking_a_refresh_token_kills_its_family(at: Place) {
    for client in ["web", "post", "trusted-cli", "opaque"] {
        let (provider, first) = start(at, client).await;
        let second = provider.tokens(&provider.refresh(client, first.refresh(), &[]).await);
        let page = revoke(&provider, client, second.refresh()).await;
        assert_eq!((page.status, page.body.as_str()), (200, ""), "{page:?}");
        for tokens in [&first, &second] {
            assert_dead(&provider, client, tokens).await;
        }
    }
}

async fn p21_revoking_an_access_token_kills_it(at: Place) {
    for client in ["web", "opaque"] {
        let (provider, tokens) = start(at, client).await;
        assert_eq!(revoke(&provider, client, tokens.access()).await.status, 200);
        checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    }
}

async fn p21_an_unknown_token_is_200(at: Place) {
    let (provider, tokens) = start(at, "web").await;
    for token in ["x", "dsr_x.0.y", "dsa_x", "a.b.c", tokens.id_token()] {
        assert_eq!(revoke(&provider, "web", token).await.status, 200, "{token}");
    }
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200, "nothing was revoked");
    for _ in 0..2 {
        assert_eq!(revoke(&provider, "web", tokens.refresh()).await.status, 200);
    }
}

async fn p21_the_hint_is_only_a_hint(at: Place) {
    let (provider, tokens) = start(at, "web").await;
    for hint in ["access_token", "horse_token"] {
        let fields = [("token", tokens.refresh()), ("token_type_hint", hint)];
        let page = provider.post("revocation_endpoint", "web", &fields).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    assert_dead(&provider, "web", &tokens).await;
}

async fn p21_another_clients_token_stays_alive(at: Place) {
    let (provider, tokens) = start(at, "web").await;
    for token in [tokens.refresh(), tokens.access()] {
        let page = revoke(&provider, "other", token).await;
        assert!([200, 400].contains(&page.status), "{page:?}");
    }
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
    provider.tokens(&provider.refresh("web", tokens.refresh(), &[]).await);
}

async fn p21_revocation_is_authenticated(at: Place) {
    let (provider, tokens) = start(at, "web").await;
    let token = ("token", tokens.refresh());
    let endpoint = "revocation_endpoint";
    for (authorization, fields) in [
        (None, &[token][..]),
        (None, &[token, ("client_id", "web")]),
        (Some(basic("web", "wrong")), &[token]),
    ] {
        let page = provider.post_with(endpoint, authorization.as_deref(), fields).await;
        checks::refused(&page, 401, "invalid_client");
    }
    checks::refused(&provider.post(endpoint, "web", &[]).await, 400, "invalid_request");
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
}
