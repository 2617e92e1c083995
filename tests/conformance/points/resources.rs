//! Point 10: `resource` narrows the audience of access tokens (RFC 8707). Point 19: tokens may be opaque.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::{Provider, encode};
use crate::kit::request::{Request, obey};
use crate::kit::tokens::redemption;
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::{API, FILES};

everywhere!(
    p10_a_token_is_for_the_resource_that_was_asked_for,
    p10_the_token_endpoint_narrows_and_never_widens,
    p10_a_resource_that_is_not_the_clients_is_invalid_target,
    p10_userinfo_takes_only_tokens_for_the_issuer,
    p19_opaque_access_tokens_are_a_setting_of_the_client,
);

fn aud(provider: &Provider, page: &Page) -> Value {
    jose::peek(provider.tokens(page).access()).1["aud"].clone()
}

/// Redeems a code of `reader`, which was issued for this resource, for that one.
async fn redeem_for(provider: &Provider, asked: &str, redeemed: &str) -> Page {
    let request = Request::of(provider, "reader")
        .but(&[("scope", "openid offline_access"), ("resource", asked)]);
    let answer = request.answer(provider, &provider.browser()).await;
    checks::success(provider, &request, &answer);
    let mut fields = redemption(&request, answer.code());
    if !redeemed.is_empty() {
        fields.push(("resource", redeemed));
    }
    provider.redeem_as("reader", &fields).await
}

async fn p10_a_token_is_for_the_resource_that_was_asked_for(at: Place) {
    let provider = at.start().await;
    for (resource, expected) in [("", json!(provider.issuer)), (API, json!(API))] {
        let page = redeem_for(&provider, resource, "").await;
        assert_eq!(aud(&provider, &page), expected);
        assert_eq!(provider.tokens(&page).claims()["aud"], "reader");
    }
    // This parameter alone may be repeated.
    let request = Request::of(&provider, "reader");
    let both = encode(&[("resource", API), ("resource", FILES)]);
    let browser = provider.browser();
    let page = browser.visit(&format!("{}&{both}", request.url(&provider))).await;
    let answer = obey("alice", &browser, page).await;
    let page = provider.redeem(&request, &answer).await;
    assert_eq!(aud(&provider, &page), json!([API, FILES]));
}

async fn p10_the_token_endpoint_narrows_and_never_widens(at: Place) {
    let provider = at.start().await;
    checks::refused(&redeem_for(&provider, API, FILES).await, 400, "invalid_target");
    checks::refused(&redeem_for(&provider, "", API).await, 400, "invalid_target");
    let page = redeem_for(&provider, API, API).await;
    assert_eq!(aud(&provider, &page), API);
    let token = provider.tokens(&page);
    let page = provider.refresh("reader", token.refresh(), &[("resource", FILES)]).await;
    checks::refused(&page, 400, "invalid_target");
    let page = provider.refresh("reader", token.refresh(), &[]).await;
    assert_eq!(aud(&provider, &page), API);
}

async fn p10_a_resource_that_is_not_the_clients_is_invalid_target(at: Place) {
    let provider = at.start().await;
    for (client, resource) in
        [("reader", "https://other.example"), ("reader", "x"), ("web", API), ("stranger", API)]
    {
        for mode in ["query", "form_post"] {
            let request = Request::of(&provider, client)
                .but(&[("resource", resource), ("response_mode", mode)]);
            let answer = request.answer_unasked(&provider, &provider.browser()).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "invalid_target", "{client} {resource}");
        }
    }
}

async fn p10_userinfo_takes_only_tokens_for_the_issuer(at: Place) {
    let provider = at.start().await;
    let tokens = provider.tokens(&redeem_for(&provider, API, "").await);
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    let tokens = provider.tokens(&redeem_for(&provider, "", "").await);
    assert_eq!(provider.userinfo(tokens.access()).await.status, 200);
}

async fn p19_opaque_access_tokens_are_a_setting_of_the_client(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "opaque").with("scope", "openid email");
    let tokens = provider.login(&request, &provider.browser()).await;
    for part in tokens.access().trim_start_matches("dsa_").split('.') {
        let readable = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let readable = String::from_utf8_lossy(&readable).into_owned();
        assert!(!readable.contains("alice") && !readable.contains("email"), "{readable}");
    }
    let info = provider.userinfo(tokens.access()).await.json();
    assert_eq!(
        (&info["sub"], &info["email"]),
        (&tokens.claims()["sub"], &json!("alice@example.org"))
    );
}
