//! How to use the endpoints that discovery lists, and to authenticate there.

use super::clients::Walk;
use crate::kit::checks;
use crate::kit::dpop::Prover;
use crate::kit::provider::encode;
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::support::client_key::JWT_BEARER;
use crate::support::person::Page;

async fn offline(walk: &Walk, client_id: &str) -> Tokens {
    walk.login(walk.request(client_id).with("scope", "openid offline_access")).await
}

async fn post(walk: &Walk, endpoint: &str, client_id: &str, token: &str) -> Page {
    walk.provider.post(endpoint, client_id, &[("token", token)]).await
}

pub async fn userinfo(walk: &Walk) {
    let tokens = walk.login(walk.request("web")).await;
    let info = walk.provider.userinfo(tokens.access()).await.json();
    assert_eq!(info["sub"], tokens.claims()["sub"]);
}

pub async fn revocation(walk: &Walk) {
    let tokens = offline(walk, "web").await;
    let page = post(walk, "revocation_endpoint", "web", tokens.refresh()).await;
    assert_eq!(page.status, 200, "{page:?}");
    let page = walk.provider.refresh("web", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}

pub async fn introspection(walk: &Walk) {
    let tokens = offline(walk, "web").await;
    for token in [tokens.access(), tokens.refresh()] {
        let page = post(walk, "introspection_endpoint", "web", token).await;
        assert_eq!(page.json()["active"], true);
    }
}

pub async fn end_session(walk: &Walk) {
    let browser = walk.provider.browser();
    let tokens = walk.provider.login(&walk.request("web"), &browser).await;
    let query = encode(&[
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", "https://app.example/bye"),
    ]);
    let url = format!("{}?{query}", walk.provider.endpoint("end_session_endpoint"));
    let page = browser.get(&url).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye"));
    let silent = walk.request("web").with("prompt", "none");
    let answer = silent.answer_unasked(&walk.provider, &browser).await;
    assert_eq!(answer.error(), "login_required");
}

pub async fn push(walk: &Walk) {
    let request = walk.request("web");
    let fields = request.params();
    let endpoint = "pushed_authorization_request_endpoint";
    let page = walk.provider.post(endpoint, "web", &fields[1..]).await;
    assert_eq!(page.status, 201, "{page:?}");
    let pushed = page.json()["request_uri"].as_str().expect("a reference").to_owned();
    let reference = request.but(&[("request_uri", &pushed), ("scope", ""), ("redirect_uri", "")]);
    let answer = reference.answer(&walk.provider, &walk.browser).await;
    assert!(!answer.code().is_empty());
}

pub async fn backchannel_logout(walk: &Walk, on: bool) {
    let before = walk.elsewhere.asked("/told").len();
    let browser = walk.provider.browser();
    let tokens = walk.provider.login(&walk.request("told"), &browser).await;
    let query = encode(&[("id_token_hint", tokens.id_token())]);
    browser.get(&format!("{}?{query}", walk.provider.endpoint("end_session_endpoint"))).await;
    assert!(on, "nobody knows what it means that clients are not told");
    let asked = walk.elsewhere.await_asked("/told", before + 1).await;
    let token = asked.last().and_then(|asked| asked.body.strip_prefix("logout_token="));
    let (_, told) = crate::kit::jose::peek(token.expect("a token"));
    assert_eq!(told["sid"], tokens.claims()["sid"]);
}

/// A grant ends in tokens.
pub async fn grant(walk: &Walk, value: &str) {
    let provider = &walk.provider;
    match value {
        "authorization_code" => drop(walk.login(walk.request("web")).await),
        "refresh_token" => {
            let tokens = offline(walk, "web").await;
            provider.tokens(&provider.refresh("web", tokens.refresh(), &[]).await);
        }
        "client_credentials" => {
            let fields = [("grant_type", value)];
            provider.tokens(&provider.post("token_endpoint", "robot", &fields).await);
        }
        _ => panic!("nobody knows how to use {value}"),
    }
}

/// Tokens are bound to a key for this algorithm.
pub async fn dpop_alg(walk: &Walk, value: &str) {
    let program = Prover::by(&walk.provider, walk.key(value).alg);
    let request = walk.request("web");
    let answer = request.answer(&walk.provider, &walk.browser).await;
    let page = program.redeem(&request, &answer, &program.for_post("token_endpoint")).await;
    assert_eq!(page.json()["token_type"], "DPoP", "{page:?}");
}

/// Whoever authenticates in this way hears of the token, not of the client.
pub async fn authenticate(walk: &Walk, endpoint: &str, method: &str) {
    let client = walk.client_by(method);
    if method == "private_key_jwt" {
        return authenticate_with(walk, endpoint, &client.client_id).await;
    }
    let page = post(walk, endpoint, &client.client_id, "x").await;
    assert_heard(endpoint, &page);
}

/// The same for an assertion that is signed by this algorithm.
pub async fn authenticate_with(walk: &Walk, endpoint: &str, alg: &str) {
    let assertion = walk.key(alg).fresh_assertion(&walk.provider.server, alg);
    let fields = [
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
        ("token", "x"),
    ];
    assert_heard(endpoint, &walk.provider.post_with(endpoint, None, &fields).await);
}

fn assert_heard(endpoint: &str, page: &Page) {
    match endpoint {
        // It lacks a grant_type.
        "token_endpoint" => checks::refused(page, 400, "invalid_request"),
        _ => assert_eq!(page.status, 200, "{page:?}"),
    }
}

/// Nothing of ours is at a path of ours; at the root of a host it is the host's to answer.
pub async fn is_nowhere(walk: &Walk, path: &str) {
    let url = format!("{}{path}", walk.provider.issuer);
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        let page = walk.provider.send(method, &url, &[], "").await;
        assert!(page.status == 404 || page.body.starts_with("the host's own"), "{page:?}");
    }
}

/// A request of the usual client with a change.
pub fn changed(walk: &Walk, name: &str, value: &str) -> Request {
    walk.request("web").with(name, value)
}
