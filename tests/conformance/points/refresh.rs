//! Point 15: refresh tokens (RFC 6749 §6, RFC 9700 §4.14, OpenID Connect Core §12).

use std::collections::BTreeSet;

use doorstep::protocol::client::GrantType;

use crate::kit::checks;
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;

everywhere!(
    p15_a_refresh_rotates_the_token_and_keeps_who_and_when,
    p15_the_id_token_of_a_refresh_has_no_nonce,
    p15_reuse_revokes_the_family_with_its_access_tokens,
    p15_a_double_submit_within_ten_seconds_gets_the_same_successor,
    p15_a_token_before_the_last_is_no_double_submit,
    p15_scope_may_narrow_and_comes_back_whole,
    p15_a_wider_scope_is_invalid_scope_and_costs_nothing,
    p15_offline_access_decides_whether_there_is_a_refresh_token,
    p15_a_refresh_token_slides_for_30_days,
    p15_lifetimes_are_settings_of_the_client,
    p15_a_forged_refresh_token_is_refused,
);

const OFFLINE: &str = "openid email offline_access";

/// A provider and the tokens of a login with a refresh token.
async fn start(at: Place) -> (Provider, Tokens) {
    let provider = at.start().await;
    let tokens = login(&provider, "web").await;
    (provider, tokens)
}

async fn login(provider: &Provider, client: &str) -> Tokens {
    let request = Request::of(provider, client).with("scope", OFFLINE);
    provider.login(&request, &provider.browser()).await
}

async fn refreshed(provider: &Provider, tokens: &Tokens) -> Tokens {
    provider.tokens(&provider.refresh("web", tokens.refresh(), &[]).await)
}

async fn assert_dead(provider: &Provider, tokens: &Tokens) {
    let page = provider.refresh("web", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
}

async fn p15_a_refresh_rotates_the_token_and_keeps_who_and_when(at: Place) {
    let (provider, first) = start(at).await;
    provider.clock.advance(100);
    let second = refreshed(&provider, &first).await;
    assert_ne!(second.refresh(), first.refresh());
    assert_ne!(second.access(), first.access());
    let (before, after) = (first.claims(), second.claims());
    for claim in ["iss", "sub", "aud", "auth_time", "sid", "amr"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_eq!(after["iat"].as_i64(), before["iat"].as_i64().map(|iat| iat + 100));
    assert_eq!(provider.userinfo(second.access()).await.status, 200);
    let refreshed = provider.refresh("post", login(&provider, "post").await.refresh(), &[]).await;
    provider.tokens(&refreshed);
}

async fn p15_the_id_token_of_a_refresh_has_no_nonce(at: Place) {
    let (provider, first) = start(at).await;
    assert!(first.claims()["nonce"].is_string());
    let second = refreshed(&provider, &first).await;
    let without = Request::of(&provider, "web").without("nonce");
    provider.check_id_token(&without, &second).await;
}

async fn p15_reuse_revokes_the_family_with_its_access_tokens(at: Place) {
    let (provider, first) = start(at).await;
    let second = refreshed(&provider, &first).await;
    provider.clock.advance(11);
    for tokens in [&first, &second, &first] {
        assert_dead(&provider, tokens).await;
    }
}

async fn p15_a_double_submit_within_ten_seconds_gets_the_same_successor(at: Place) {
    let (provider, first) = start(at).await;
    let submits = (0..8).map(|_| refreshed(&provider, &first));
    let successors = futures_util::future::join_all(submits).await;
    let distinct: BTreeSet<_> = successors.iter().map(Tokens::refresh).collect();
    assert_eq!(distinct.len(), 1, "{distinct:?}");
    provider.clock.advance(10);
    let late = refreshed(&provider, &first).await;
    assert_eq!(late.refresh(), successors[0].refresh());
    assert_eq!(provider.userinfo(successors[0].access()).await.status, 200);
}

async fn p15_a_token_before_the_last_is_no_double_submit(at: Place) {
    let (provider, first) = start(at).await;
    let second = refreshed(&provider, &first).await;
    let third = refreshed(&provider, &second).await;
    for tokens in [first, third] {
        assert_dead(&provider, &tokens).await;
    }
}

async fn p15_scope_may_narrow_and_comes_back_whole(at: Place) {
    let (provider, first) = start(at).await;
    let page = provider.refresh("web", first.refresh(), &[("scope", "openid")]).await;
    let narrow = provider.tokens(&page);
    assert_eq!(narrow.json["scope"], "openid");
    assert_eq!(provider.userinfo(narrow.access()).await.json().get("email"), None);
    let whole = refreshed(&provider, &narrow).await;
    let scope: BTreeSet<_> = whole.json["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(scope, OFFLINE.split(' ').collect());
    assert_eq!(provider.userinfo(whole.access()).await.json()["email"], "alice@example.org");
}

async fn p15_a_wider_scope_is_invalid_scope_and_costs_nothing(at: Place) {
    let (provider, first) = start(at).await;
    let page = provider.refresh("web", first.refresh(), &[("scope", "openid profile")]).await;
    checks::refused(&page, 400, "invalid_scope");
    assert!(page.body.contains("profile"), "{page:?}");
    provider.clock.advance(60);
    refreshed(&provider, &first).await;
}

async fn p15_offline_access_decides_whether_there_is_a_refresh_token(at: Place) {
    let set = |setup: &mut crate::support::server::Setup| {
        setup.clients[1].grant_types = vec![GrantType::AuthorizationCode];
    };
    let provider = at.start_with(set).await;
    let browser = provider.browser();
    let online = provider.login(&Request::of(&provider, "web"), &browser).await;
    assert_eq!(online.json.get("refresh_token"), None);
    let without_grant = login(&provider, "other").await;
    assert_eq!(without_grant.json.get("refresh_token"), None);
    assert!(!without_grant.json["scope"].as_str().unwrap().contains("offline_access"));
    let page = provider.refresh("other", "dsr_x", &[]).await;
    checks::refused(&page, 400, "unauthorized_client");
    assert!(login(&provider, "web").await.json["refresh_token"].is_string());
}

async fn p15_a_refresh_token_slides_for_30_days(at: Place) {
    let (provider, mut tokens) = start(at).await;
    for _ in 0..3 {
        provider.clock.advance(30 * 86_400 - 1);
        tokens = refreshed(&provider, &tokens).await;
    }
    provider.clock.advance(30 * 86_400);
    let page = provider.refresh("web", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p15_lifetimes_are_settings_of_the_client(at: Place) {
    let set = |setup: &mut crate::support::server::Setup| {
        setup.clients[0].refresh_token_lifetime = 100;
        setup.clients[0].code_lifetime = Some(5);
    };
    let provider = at.start_with(set).await;
    let tokens = login(&provider, "web").await;
    provider.clock.advance(99);
    let tokens = refreshed(&provider, &tokens).await;
    provider.clock.advance(100);
    let page = provider.refresh("web", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
    let request = Request::of(&provider, "web");
    let answer = request.answer(&provider, &provider.browser()).await;
    provider.clock.advance(5);
    checks::refused(&provider.redeem(&request, &answer).await, 400, "invalid_grant");
}

async fn p15_a_forged_refresh_token_is_refused(at: Place) {
    let (provider, first) = start(at).await;
    let good = first.refresh();
    let (id, tag) = (good.split('.').next().unwrap(), good.rsplit('.').next().unwrap());
    for forged in [
        &format!("{id}.1.{tag}"),
        &format!("{id}.-1.{tag}"),
        &format!("{id}.00.{tag}"),
        &format!("{id}.0.{}", tag.to_lowercase()),
        &format!("{good}="),
        good.trim_start_matches("dsr_"),
        "dsr_",
        first.access(),
    ] {
        let page = provider.refresh("web", forged, &[]).await;
        checks::refused(&page, 400, "invalid_grant");
    }
    refreshed(&provider, &first).await;
}
