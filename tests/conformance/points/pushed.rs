//! Point 6: pushed authorization requests (RFC 9126), the only ones that a request may refer to.

use crate::kit::answer::Answer;
use crate::kit::checks::{self, header};
use crate::kit::provider::{Provider, encode};
use crate::kit::pushed::{beside, link};
use crate::kit::request::{Request, obey};
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::Setup;

everywhere!(
    p06_request_uri_comes_from_par_alone,
    p06_a_pushed_request_ends_in_a_code,
    p06_a_reference_is_its_clients_and_not_for_ever,
    p06_what_stands_beside_a_reference_does_not_count,
    p06_a_bad_request_is_refused_when_it_is_pushed,
    p06_a_push_is_authenticated_like_a_token_request,
    p06_par_is_required_by_client_setting,
);

async fn p06_request_uri_comes_from_par_alone(at: Place) {
    let provider = at.start().await;
    assert_ne!(provider.metadata["request_uri_parameter_supported"], true);
    for uri in ["https://app.example/request.jwt", "http://127.0.0.1:1/", "data:,x", "urn:x"] {
        let request = Request::of(&provider, "web").with("request_uri", uri);
        let answer = request.answer_unasked(&provider, &provider.browser()).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), "request_uri_not_supported", "{uri}");
    }
}

async fn push(provider: &Provider, request: &Request) -> Page {
    let client = request.client_id();
    provider.post("pushed_authorization_request_endpoint", client, &beside(request)).await
}

async fn p06_a_pushed_request_ends_in_a_code(at: Place) {
    let provider = at.start().await;
    for client in ["web", "post", "stranger", "cli"] {
        for mode in ["query", "fragment", "form_post"] {
            let request = Request::of(&provider, client)
                .but(&[("response_mode", mode), ("state", "\"<&+%20 >'")]);
            let pushed = push(&provider, &request).await;
            assert_eq!((pushed.status, header(&pushed, "cache-control")), (201, "no-store"));
            let json = pushed.json();
            let prefix = "urn:ietf:params:oauth:request_uri:";
            assert!(json["request_uri"].as_str().is_some_and(|uri| uri.starts_with(prefix)));
            assert!(json["expires_in"].as_i64().is_some_and(|seconds| seconds > 0), "{json}");
            let browser = provider.browser();
            let page = browser.visit(&link(&provider, client, &pushed)).await;
            let answer = obey("alice", &browser, page).await;
            if client != "cli" {
                checks::success(&provider, &request, &answer);
            }
            let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
            provider.check_id_token(&request, &tokens).await;
        }
    }
}

async fn p06_a_reference_is_its_clients_and_not_for_ever(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let pushed = push(&provider, &Request::of(&provider, "web")).await;
    let page = browser.visit(&link(&provider, "other", &pushed)).await;
    checks::told_to_the_person(&page, "expired");
    provider.clock.advance(pushed.json()["expires_in"].as_i64().unwrap() + 1);
    let page = browser.visit(&link(&provider, "web", &pushed)).await;
    checks::told_to_the_person(&page, "expired");
}

async fn p06_what_stands_beside_a_reference_does_not_count(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web");
    let pushed = push(&provider, &request).await;
    let bent =
        encode(&[("scope", "openid email"), ("state", "bent"), ("response_mode", "fragment")]);
    let page = browser.visit(&format!("{}&{bent}", link(&provider, "web", &pushed))).await;
    let answer = obey("alice", &browser, page).await;
    checks::success(&provider, &request, &answer);
    let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
    assert_eq!(tokens.json["scope"], "openid");
}

async fn p06_a_bad_request_is_refused_when_it_is_pushed(at: Place) {
    let provider = at.start().await;
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("redirect_uri", "https://evil.example/", "invalid_request"),
        ("scope", "openid nonsense", "invalid_scope"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let pushed = push(&provider, &Request::of(&provider, "web").but(&[(name, value)])).await;
        checks::refused(&pushed, 400, error);
    }
}

async fn p06_a_push_is_authenticated_like_a_token_request(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web");
    let endpoint = "pushed_authorization_request_endpoint";
    for authorization in [None, Some("Basic d2ViOndyb25n"), Some("Bearer x")] {
        let pushed = provider.post_with(endpoint, authorization, &request.params()).await;
        checks::refused(&pushed, 401, "invalid_client");
    }
    let page = provider.browser().get(&request.url(&provider)).await;
    assert!(Answer::on(&page).is_none(), "without a push it goes on as usual: {page:?}");
}

async fn p06_par_is_required_by_client_setting(at: Place) {
    let set = |setup: &mut Setup| setup.clients[0].require_pushed_authorization_requests = true;
    let provider = at.start_with(set).await;
    for mode in ["query", "form_post"] {
        let request = Request::of(&provider, "web").with("response_mode", mode);
        let answer = request.answer_unasked(&provider, &provider.browser()).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), "invalid_request");
        let pushed = push(&provider, &request).await;
        let browser = provider.browser();
        let page = browser.visit(&link(&provider, "web", &pushed)).await;
        checks::success(&provider, &request, &obey("alice", &browser, page).await);
    }
}
