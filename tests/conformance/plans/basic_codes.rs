//! The Basic and the Form Post certification plans: codes that come twice, and refresh tokens.

use super::plan::{CLIENT, Plan, SECOND_CLIENT};
use crate::kit::checks;
use crate::kit::jose;
use crate::kit::tokens::Tokens;

in_both_plans!(oidcc_codereuse, oidcc_codereuse_30seconds, oidcc_refresh_token);

async fn reuse(plan: &Plan, seconds: i64) {
    let (provider, request) = (&plan.provider, plan.request());
    let answer = plan.answer(&request).await;
    let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
    provider.clock.advance(seconds);
    checks::refused(&provider.redeem(&request, &answer).await, 400, "invalid_grant");
    let info = provider.userinfo(tokens.access()).await;
    assert!((400..500).contains(&info.status), "{info:?}");
}

async fn oidcc_codereuse(plan: Plan) {
    reuse(&plan, 0).await;
}

async fn oidcc_codereuse_30seconds(plan: Plan) {
    reuse(&plan, 30).await;
}

/// Tokens of a client that asks to stay signed in.
async fn offline(plan: &Plan, client: &str, nonce: &str) -> Tokens {
    let request = plan.request_of(client).but(&[
        ("scope", "openid offline_access"),
        ("prompt", "consent"),
        ("nonce", nonce),
    ]);
    plan.flow(&request).await
}

async fn oidcc_refresh_token(plan: Plan) {
    let provider = &plan.provider;
    assert!(provider.lists("scopes_supported", "offline_access"));
    assert!(provider.lists("grant_types_supported", "refresh_token"));
    let first = offline(&plan, CLIENT, "a-nonce-10").await;
    provider.clock.advance(1);
    let scope = [("scope", "openid offline_access")];
    let page = provider.refresh(CLIENT, first.refresh(), &scope).await;
    let second = provider.tokens(&page);
    let (before, after) = (first.claims(), second.claims());
    for claim in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(before.get(claim), after.get(claim), "{claim}");
    }
    assert_ne!(before["iat"], after["iat"]);
    jose::verify(second.id_token(), &provider.keys().await);
    assert_eq!(provider.userinfo(second.access()).await.status, 200);

    let nonce: String = "aZ9-._~".chars().cycle().take(43).collect();
    let foreign = offline(&plan, SECOND_CLIENT, &nonce).await;
    let page = provider.refresh(CLIENT, foreign.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}
