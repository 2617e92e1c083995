//! The Basic and the Form Post certification plans: what a request may say.

use reqwest::Method;
use serde_json::{Map, Value};
use url::Url;

use super::plan::Plan;
use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::FORM;
use crate::kit::request::{Request, asks_for_password, obey};

in_both_plans!(
    oidcc_response_type_missing,
    oidcc_display_page,
    oidcc_display_popup,
    oidcc_ensure_request_with_unknown_parameter_succeeds,
    oidcc_login_hint,
    oidcc_ui_locales,
    oidcc_claims_locales,
    oidcc_ensure_request_with_acr_values_succeeds,
    oidcc_ensure_registered_redirect_uri,
    oidcc_ensure_post_request_succeeds,
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    oidcc_ensure_request_object_with_redirect_uri,
);

async fn oidcc_response_type_missing(plan: Plan) {
    let request = plan.request().without("response_type");
    let answer = plan.answer_unasked(&request).await;
    checks::error(&plan.provider, &request, &answer);
    assert_eq!(answer.error(), "invalid_request");
}

async fn oidcc_display_page(plan: Plan) {
    plan.flow(&plan.request().with("display", "page")).await;
}

async fn oidcc_display_popup(plan: Plan) {
    plan.flow(&plan.request().with("display", "popup")).await;
}

async fn oidcc_ensure_request_with_unknown_parameter_succeeds(plan: Plan) {
    plan.flow(&plan.request().with("extra", "foobar")).await;
}

async fn oidcc_login_hint(plan: Plan) {
    let host = Url::parse(&plan.provider.issuer).expect("a URL");
    let hint = format!("buffy@{}", host.host_str().expect("a host"));
    plan.flow(&plan.request().with("login_hint", hint)).await;
}

async fn oidcc_ui_locales(plan: Plan) {
    plan.flow(&plan.request().with("ui_locales", "se")).await;
}

async fn oidcc_claims_locales(plan: Plan) {
    plan.flow(&plan.request().with("claims_locales", "se")).await;
}

async fn oidcc_ensure_request_with_acr_values_succeeds(plan: Plan) {
    let supported = plan.provider.metadata["acr_values_supported"].as_array().expect("a list");
    let supported: Vec<_> = supported.iter().map(|acr| acr.as_str().expect("a name")).collect();
    let tokens = plan.flow(&plan.request().with("acr_values", supported.join(" "))).await;
    assert!(supported.iter().any(|acr| tokens.claims()["acr"] == *acr), "{}", tokens.claims());
}

async fn oidcc_ensure_registered_redirect_uri(plan: Plan) {
    let registered = plan.request().get("redirect_uri").expect("an address").to_owned();
    let request = plan.request().with("redirect_uri", format!("{registered}/x7Gk2"));
    let page = request.open(&plan.provider, &plan.browser).await;
    checks::told_to_the_person(&page, "redirect_uri");
}

async fn oidcc_ensure_post_request_succeeds(plan: Plan) {
    let request = plan.request();
    let post = plan
        .browser
        .request(Method::POST, plan.provider.endpoint("authorization_endpoint"))
        .header("content-type", FORM)
        .header("sec-fetch-site", "cross-site")
        .body(request.encoded());
    let page = plan.browser.follow(plan.browser.send(post).await).await;
    assert!(asks_for_password(&page), "{page:?}");
    let answer = obey("alice", &plan.browser, page).await;
    checks::success(&plan.provider, &request, &answer);
    let tokens = plan.provider.tokens(&plan.provider.redeem(&request, &answer).await);
    plan.provider.check_id_token(&request, &tokens).await;
}

async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(plan: Plan) {
    assert_eq!(plan.provider.metadata["request_uri_parameter_supported"], false);
    let request = plan.request().with("request_uri", "https://app.example/request.jwt");
    let answer = plan.answer_unasked(&request).await;
    checks::error(&plan.provider, &request, &answer);
    assert_eq!(answer.error(), "request_uri_not_supported");
}

/// A request object that nobody has signed.
fn unsigned(claims: &Request) -> String {
    let claims: Map<String, Value> =
        claims.params().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    jose::unsigned_claims(&claims.into())
}

async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(plan: Plan) {
    let algs = "request_object_signing_alg_values_supported";
    assert!(plan.provider.metadata[algs].is_array() && !plan.provider.lists(algs, "none"));
    // State, nonce and response mode are inside alone; what OAuth needs is outside too.
    let inside = plan.request();
    let outside = plan.request().without("state").without("nonce").without("response_mode");
    let answer = plan.answer_unasked(&outside.with("request", unsigned(&inside))).await;
    checks::error(&plan.provider, &inside, &answer);
    assert_eq!(answer.error(), "invalid_request_object");
}

async fn oidcc_ensure_request_object_with_redirect_uri(plan: Plan) {
    let inside = plan.request();
    let invalid = format!("{}_invalid", inside.get("redirect_uri").expect("an address"));
    let request = plan.request().with("redirect_uri", invalid).with("request", unsigned(&inside));
    let page = request.open(&plan.provider, &plan.browser).await;
    checks::told_to_the_person(&page, "redirect_uri");
}
