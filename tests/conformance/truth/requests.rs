//! How to use what discovery says of requests, their answers and the tokens that come of them.

use serde_json::{Value, json};
use url::Url;

use super::clients::Walk;
use crate::kit::answer::Answer;
use crate::kit::checks::{self, header};
use crate::kit::jose;
use crate::kit::request::{asks_for_consent, asks_for_password};
use crate::support::authenticator::{Authenticator, options_on};
use crate::support::server::PASSWORD;

pub async fn response_type(walk: &Walk, value: &str) {
    walk.login(walk.request("web").with("response_type", value)).await;
}

pub async fn response_mode(walk: &Walk, value: &str) {
    walk.login(walk.request("web").with("response_mode", value)).await;
}

pub async fn scope(walk: &Walk, value: &str) {
    let tokens = walk.login(walk.request("web").with("scope", format!("openid {value}"))).await;
    let granted = tokens.json["scope"].as_str().expect("a scope");
    assert!(granted.split(' ').any(|scope| scope == value), "{value} is not in {granted}");
}

/// A claim is in the ID token or at userinfo, when everything is asked for.
pub async fn claim(walk: &Walk, value: &str) {
    let scope = walk.provider.metadata["scopes_supported"].as_array().expect("scopes");
    let scope: Vec<_> = scope.iter().map(|scope| scope.as_str().expect("a text")).collect();
    let tokens = walk.login(walk.request("web").with("scope", scope.join(" "))).await;
    let info = walk.provider.userinfo(tokens.access()).await.json();
    let told = tokens.claims().get(value).is_some() || info.get(value).is_some();
    assert!(told, "{value} is nowhere");
}

pub async fn claim_type(walk: &Walk, value: &str) {
    assert_eq!(value, "normal", "nobody knows how to use {value}");
    let tokens = walk.login(walk.request("web").with("scope", "openid email")).await;
    let info = walk.provider.userinfo(tokens.access()).await.json();
    assert!(info["email"].is_string() && info.get("_claim_names").is_none(), "{info}");
}

pub async fn claims_parameter(walk: &Walk, on: bool) {
    let claims = json!({"id_token": {"email": {"essential": true}}}).to_string();
    let tokens = walk.login(walk.request("web").with("claims", claims)).await;
    assert_eq!(tokens.claims().get("email").is_some(), on);
}

/// Whoever has not enough to sign in by adds a passkey, which is enough for any class.
pub async fn acr(walk: &Walk, value: &str) {
    let (provider, browser) = (&walk.provider, &walk.bobs_browser);
    let wish = json!({"id_token": {"acr": {"essential": true, "value": value}}}).to_string();
    let request = walk.request("web").with("claims", wish);
    let mut page = request.open(provider, browser).await;
    if asks_for_password(&page) {
        let bob = [("username", "bob"), ("password", PASSWORD)];
        page = browser.submit(&page.form_to("/login"), None, &bob).await;
        page = browser.follow(page).await;
    }
    if let Some(link) = page.link_to("/login/new-passkey") {
        let origin = Url::parse(&provider.issuer).expect("a URL").origin();
        let page = browser.get(&link).await;
        let mut device = Authenticator::at(&origin.ascii_serialization());
        let key = device.create(&options_on(&page));
        browser.submit(&page.form_to("/login/new-passkey"), None, &[("credential", &key)]).await;
    }
    for request in [request, walk.request("web").with("acr_values", value)] {
        assert_eq!(provider.login(&request, browser).await.claims()["acr"], value);
    }
}

pub async fn ui_locale(walk: &Walk, value: &str) {
    let request = walk.request("web").with("ui_locales", value);
    let page = request.open(&walk.provider, &walk.provider.browser()).await;
    assert!(page.body.contains(&format!("lang=\"{value}\"")), "{page:?}");
}

pub async fn challenge_method(walk: &Walk, value: &str) {
    let request = walk.request("web").with("code_challenge_method", value);
    let tokens = walk.login(request.clone()).await;
    assert!(!tokens.access().is_empty());
    let answer = request.answer(&walk.provider, &walk.browser).await;
    let mut stolen = request;
    stolen.verifier = "y".repeat(43);
    let page = walk.provider.redeem(&stolen, &answer).await;
    checks::refused(&page, 400, "invalid_grant");
}

pub async fn subject_type(walk: &Walk, value: &str) {
    let usual = walk.login(walk.request("web")).await.claims()["sub"].clone();
    let sub = walk.login(walk.request(value)).await.claims()["sub"].clone();
    assert_eq!(sub == usual, value == "public", "{value}: {sub} and {usual}");
}

pub async fn prompt(walk: &Walk, value: &str) {
    walk.login(walk.request("web")).await;
    let request = walk.request("web").with("prompt", value);
    let page = request.open(&walk.provider, &walk.browser).await;
    match value {
        "none" => assert!(Answer::on(&page).is_some(), "{page:?}"),
        "login" => assert!(asks_for_password(&page), "{page:?}"),
        "consent" => assert!(asks_for_consent(&page), "{page:?}"),
        "select_account" => assert!(page.body.contains("value=\"switch\""), "{page:?}"),
        _ => panic!("nobody knows what prompt={value} does"),
    }
    walk.login(request).await;
}

pub async fn names_issuer(walk: &Walk, on: bool) {
    for change in [("extra", "1"), ("response_type", "")] {
        let request = walk.request("web").but(&[change]);
        let answer = request.answer(&walk.provider, &walk.browser).await;
        assert_eq!(answer.get("iss") == Some(walk.provider.issuer.as_str()), on);
    }
}

pub async fn needs_no_push(walk: &Walk, on: bool) {
    let request = walk.request("web");
    let answer = request.answer(&walk.provider, &walk.browser).await;
    assert_eq!(answer.get("code").is_some(), on);
}

pub async fn needs_no_signature(walk: &Walk, on: bool) {
    needs_no_push(walk, on).await;
}

/// An object that the client has not signed is refused either way, by another error.
pub async fn request_parameter(walk: &Walk, on: bool) {
    let unsigned = jose::unsigned(walk.login(walk.request("web")).await.id_token());
    let request = walk.request("web").with("request", unsigned);
    let answer = request.answer_unasked(&walk.provider, &walk.browser).await;
    checks::error(&walk.provider, &request, &answer);
    let refused = if on { "invalid_request_object" } else { "request_not_supported" };
    assert_eq!(answer.error(), refused);
}

pub async fn request_object_alg(walk: &Walk, value: &str) {
    let request = walk.request(value).with("response_mode", "form_post");
    let signed = request.signed(&walk.provider, walk.key(value));
    let answer = signed.answer(&walk.provider, &walk.browser).await;
    checks::success(&walk.provider, &request, &answer);
}

pub async fn request_uri_parameter(walk: &Walk, on: bool) {
    assert!(!on, "nobody has used a reference yet");
    let request = walk.request("web").with("request_uri", "https://app.example/request.jwt");
    let answer = request.answer_unasked(&walk.provider, &walk.browser).await;
    checks::error(&walk.provider, &request, &answer);
    assert_eq!(answer.error(), "request_uri_not_supported");
}

pub async fn id_token_alg(walk: &Walk, value: &str) {
    let tokens = walk.login(walk.request(&format!("id-token-{value}"))).await;
    assert_eq!(jose::peek(tokens.id_token()).0["alg"], value);
}

pub async fn userinfo_alg(walk: &Walk, value: &str) {
    let tokens = walk.login(walk.request(&format!("userinfo-{value}"))).await;
    let page = walk.provider.userinfo(tokens.access()).await;
    assert_eq!(header(&page, "content-type"), "application/jwt");
    let (header, claims) = jose::verify(&page.body, &walk.provider.keys().await);
    assert_eq!((&header["alg"], &claims["sub"]), (&json!(value), &tokens.claims()["sub"]));
}

pub async fn signed_answer(walk: &Walk, value: &str) {
    let request = walk.request(&format!("answer-{value}")).with("response_mode", "query.jwt");
    walk.login(request.clone()).await;
    let page = request.open(&walk.provider, &walk.browser).await;
    let answer = Answer::on(&page).expect("an answer");
    let (header, _): (Value, Value) = jose::peek(answer.get("response").expect("a token"));
    assert_eq!(header["alg"], value);
}
