//! Point 5: `max_age`, `auth_time` and `id_token_hint` (OpenID Connect Core §3.1.2.1).

use serde_json::Value;

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::kit::request::{Request, asks_for_password, give_password, obey};
use crate::place::Place;
use crate::support::person::Person;
use crate::support::server::CLIENT_SECRET;

everywhere!(
    p05_max_age_forces_a_sign_in_when_it_is_exceeded,
    p05_max_age_that_is_exceeded_is_login_required_under_prompt_none,
    p05_max_age_always_puts_auth_time_into_the_id_token,
    p05_max_age_zero_asks_once_however_slow_the_way_is,
    p05_auth_time_lives_with_the_session,
    p05_id_token_hint_is_accepted_expired_or_not,
    p05_id_token_hint_of_somebody_else_asks_for_them,
    p05_id_token_hint_that_is_not_ours_is_refused,
);

/// A provider, a browser that alice has signed in with, and the claims of her ID token.
async fn signed_in(at: Place) -> (Provider, Person, Value) {
    let provider = at.start().await;
    let browser = provider.browser();
    let claims = provider.login(&Request::of(&provider, "web"), &browser).await.claims();
    (provider, browser, claims)
}

async fn p05_max_age_forces_a_sign_in_when_it_is_exceeded(at: Place) {
    let (provider, browser, first) = signed_in(at).await;
    provider.clock.advance(100);
    let request = Request::of(&provider, "web").with("max_age", "100");
    let same = provider.login_unasked(&request, &browser).await.claims();
    assert_eq!(same["auth_time"], first["auth_time"], "a hundred are not more than a hundred");
    let request = Request::of(&provider, "web").with("max_age", "99");
    assert!(asks_for_password(&request.open(&provider, &browser).await));
    let later = provider.login(&request, &browser).await.claims();
    let auth_time = |claims: &Value| claims["auth_time"].as_i64().expect("auth_time");
    assert!(auth_time(&later) >= auth_time(&first) + 100, "{later}");
    assert_eq!(later["sub"], first["sub"]);
    let request = Request::of(&provider, "web").with("max_age", "1");
    provider.login_unasked(&request, &browser).await;
    provider.clock.advance(3);
    assert!(asks_for_password(&request.open(&provider, &browser).await));
}

async fn p05_max_age_that_is_exceeded_is_login_required_under_prompt_none(at: Place) {
    let (provider, browser, _) = signed_in(at).await;
    provider.clock.advance(2);
    let request = Request::of(&provider, "web").but(&[("max_age", "1"), ("prompt", "none")]);
    let answer = request.answer_unasked(&provider, &browser).await;
    checks::error(&provider, &request, &answer);
    assert_eq!(answer.error(), "login_required");
}

async fn p05_max_age_always_puts_auth_time_into_the_id_token(at: Place) {
    let (provider, browser, first) = signed_in(at).await;
    for max_age in ["15000", "10000", "4294967295"] {
        let request = Request::of(&provider, "web").with("max_age", max_age);
        let claims = provider.login_unasked(&request, &browser).await.claims();
        assert!(claims["auth_time"].is_i64(), "{claims}");
        assert_eq!((&claims["auth_time"], &claims["sub"]), (&first["auth_time"], &first["sub"]));
    }
}

async fn p05_max_age_zero_asks_once_however_slow_the_way_is(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for _ in 0..2 {
        let request = Request::of(&provider, "web").with("max_age", "0");
        let page = request.open(&provider, &browser).await;
        assert!(asks_for_password(&page));
        provider.clock.advance(3);
        let values = [("username", "alice"), ("password", crate::support::server::PASSWORD)];
        let page = browser.submit(&page.form_to("/login"), None, &values).await;
        provider.clock.advance(3);
        let page = browser.follow(page).await;
        assert!(!asks_for_password(&page), "{page:?}");
        checks::success(&provider, &request, &obey("alice", &browser, page).await);
    }
}

async fn p05_auth_time_lives_with_the_session(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("scope", "openid offline_access");
    let first = provider.login(&request, &browser).await;
    provider.clock.advance(600);
    let other = provider.login(&Request::of(&provider, "other"), &browser).await;
    let silent = Request::of(&provider, "web").with("prompt", "none");
    let silent = provider.login_unasked(&silent, &browser).await;
    let refreshed = provider.refresh("web", first.refresh(), &[]).await;
    let refreshed = provider.tokens(&refreshed);
    provider.check_id_token(&request.without("nonce"), &refreshed).await;
    for tokens in [other, silent, refreshed] {
        assert_eq!(tokens.claims()["auth_time"], first.claims()["auth_time"]);
    }
}

async fn p05_id_token_hint_is_accepted_expired_or_not(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let tokens = provider.login(&Request::of(&provider, "web"), &browser).await;
    for pause in [0, 3600, 80_000] {
        provider.clock.advance(pause);
        let request = Request::of(&provider, "web")
            .but(&[("prompt", "none"), ("id_token_hint", tokens.id_token())]);
        let claims = provider.login_unasked(&request, &browser).await.claims();
        for claim in ["sub", "auth_time"] {
            assert_eq!(claims[claim], tokens.claims()[claim], "{claim} after {pause} s");
        }
    }
}

async fn p05_id_token_hint_of_somebody_else_asks_for_them(at: Place) {
    let provider = at.start().await;
    let (alice, bob) = (provider.browser(), provider.browser());
    let tokens = provider.login(&Request::of(&provider, "web"), &alice).await;
    Request::of(&provider, "web").answer_as("bob", &provider, &bob).await;
    let hint = ("id_token_hint", tokens.id_token());
    let request = Request::of(&provider, "web").but(&[hint, ("prompt", "none")]);
    assert_eq!(request.answer_unasked(&provider, &bob).await.error(), "login_required");
    for prompt in ["", "login"] {
        let request = Request::of(&provider, "web").but(&[hint, ("prompt", prompt)]);
        let page = request.open(&provider, &bob).await;
        assert!(asks_for_password(&page), "{page:?}");
        let page = give_password("alice", &bob, &page).await;
        let answer = obey("alice", &bob, page).await;
        let redeemed = provider.tokens(&provider.redeem(&request, &answer).await);
        assert_eq!(redeemed.claims()["sub"], tokens.claims()["sub"]);
        Request::of(&provider, "web")
            .with("prompt", "login")
            .answer_as("bob", &provider, &bob)
            .await;
    }
}

async fn p05_id_token_hint_that_is_not_ours_is_refused(at: Place) {
    let (provider, elsewhere) = (at.start().await, at.start().await);
    let browser = provider.browser();
    let own = provider.login(&Request::of(&provider, "web"), &browser).await;
    let request = Request::of(&elsewhere, "web");
    let foreign = elsewhere.login(&request, &elsewhere.browser()).await;
    let id_token = own.id_token();
    for forged in [
        foreign.id_token(),
        own.access(),
        &jose::unsigned(id_token),
        &jose::signed_with_secret(&own.claims(), CLIENT_SECRET),
        &id_token[..id_token.len() - 4],
        "x",
        "..",
    ] {
        for prompt in ["", "none"] {
            let request =
                Request::of(&provider, "web").but(&[("id_token_hint", forged), ("prompt", prompt)]);
            let answer = request.answer_unasked(&provider, &browser).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "invalid_request", "{forged}");
        }
    }
}
