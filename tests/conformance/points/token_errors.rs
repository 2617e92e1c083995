//! Point 13: how the token endpoint says no (RFC 6749 §5.2).

use reqwest::Method;

use crate::kit::checks::{self, header};
use crate::kit::provider::{FORM, basic, encode};
use crate::kit::request::Request;
use crate::kit::tokens::redemption;
use crate::place::Place;
use crate::support::server::CLIENT_SECRET;

everywhere!(
    p13_errors_are_json_no_store_and_named,
    p13_401_and_www_authenticate_are_for_failed_client_authentication_alone,
    p13_another_clients_code_or_refresh_token_is_invalid_grant,
    p13_nothing_in_error_description_is_outside_the_allowed_characters,
    p13_only_a_form_in_the_body_is_read,
    p13_a_wrong_method_is_told_in_json,
);

async fn p13_errors_are_json_no_store_and_named(at: Place) {
    let provider = at.start().await;
    let (code, refresh) = (("grant_type", "authorization_code"), ("grant_type", "refresh_token"));
    for (fields, error) in [
        (&[][..], "invalid_request"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("grant_type", "urn:nobody:knows")], "unsupported_grant_type"),
        (&[("grant_type", "implicit")], "unsupported_grant_type"),
        (&[code], "invalid_request"),
        (&[code, ("code", "x")], "invalid_request"),
        (&[code, ("code", "x"), ("redirect_uri", "https://app.example/cb")], "invalid_grant"),
        (&[refresh], "invalid_request"),
        (&[refresh, ("refresh_token", "x")], "invalid_grant"),
        (&[refresh, refresh, ("refresh_token", "x")], "invalid_request"),
        (&[refresh, ("refresh_token", "x"), ("refresh_token", "x")], "invalid_request"),
    ] {
        let page = provider.post("token_endpoint", "web", fields).await;
        checks::refused(&page, 400, error);
    }
}

async fn p13_401_and_www_authenticate_are_for_failed_client_authentication_alone(at: Place) {
    let provider = at.start().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for endpoint in
        ["token_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"]
    {
        let wrong = basic("web", "wrong");
        let page = provider.post_with(endpoint, Some(&wrong), &fields).await;
        checks::refused(&page, 401, "invalid_client");
        assert!(header(&page, "www-authenticate").starts_with("Basic realm="), "{page:?}");
    }
    let page = provider.post("token_endpoint", "web", &fields).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p13_another_clients_code_or_refresh_token_is_invalid_grant(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("scope", "openid offline_access");
    let answer = request.answer(&provider, &browser).await;
    for thief in ["other", "post", "trusted-cli"] {
        let page = provider.redeem_as(thief, &redemption(&request, answer.code())).await;
        checks::refused(&page, 400, "invalid_grant");
    }
    let tokens = provider.login(&request, &browser).await;
    for thief in ["other", "post", "trusted-cli"] {
        let page = provider.refresh(thief, tokens.refresh(), &[]).await;
        checks::refused(&page, 400, "invalid_grant");
    }
    let page = provider.refresh("web", tokens.refresh(), &[]).await;
    assert_eq!(page.status, 200, "a thief without credentials costs nobody their sign-in");
}

async fn p13_nothing_in_error_description_is_outside_the_allowed_characters(at: Place) {
    let provider = at.start().await;
    let nasty = "\"\\\r\n\t\u{7f}ü☃<b>";
    let long = nasty.repeat(100);
    let mut refusals = 0;
    for endpoint in
        ["token_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"]
    {
        for value in [nasty, &long, "\0"] {
            for name in
                ["grant_type", "code", "scope", "client_id", "code_verifier", "token", nasty]
            {
                let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
                let fields = fields.iter().filter(|(known, _)| *known != name);
                let fields: Vec<_> = fields.copied().chain([(name, value)]).collect();
                let twice = [&fields[..], &[(name, value)]].concat();
                for fields in [fields, twice] {
                    let page = provider.post(endpoint, "web", &fields).await;
                    if page.status != 200 {
                        let error = page.json()["error"].as_str().expect("an error").to_owned();
                        checks::refused(&page, page.status, &error);
                        refusals += 1;
                    }
                }
            }
        }
        let credentials = basic(nasty, nasty);
        let page = provider.post_with(endpoint, Some(&credentials), &[("token", "x")]).await;
        checks::refused(&page, 401, "invalid_client");
    }
    assert!(refusals > 100, "{refusals}");
}

async fn p13_only_a_form_in_the_body_is_read(at: Place) {
    let provider = at.start().await;
    let url = provider.endpoint("token_endpoint");
    let credentials = basic("web", CLIENT_SECRET);
    let form = "grant_type=refresh_token&refresh_token=x";
    for (content_type, body, error) in [
        (FORM, form, "invalid_grant"),
        ("application/x-www-form-urlencoded;charset=UTF-8", form, "invalid_grant"),
        ("application/json", "{\"grant_type\":\"refresh_token\"}", "invalid_request"),
        ("text/plain", form, "invalid_request"),
        ("multipart/form-data; boundary=x", "--x--", "invalid_request"),
        ("", form, "invalid_request"),
    ] {
        let headers = [("authorization", credentials.as_str()), ("content-type", content_type)];
        let page = provider.send(Method::POST, url, &headers, body).await;
        checks::refused(&page, 400, error);
    }
    let request = Request::of(&provider, "web");
    let answer = request.answer(&provider, &provider.browser()).await;
    let query = encode(&redemption(&request, answer.code()));
    let headers = [("authorization", credentials.as_str()), ("content-type", FORM)];
    let page = provider.send(Method::POST, &format!("{url}?{query}"), &headers, "").await;
    checks::refused(&page, 400, "invalid_request");
}

async fn p13_a_wrong_method_is_told_in_json(at: Place) {
    let provider = at.start().await;
    for endpoint in
        ["token_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"]
    {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let page = provider.send(method, provider.endpoint(endpoint), &[], "").await;
            checks::refused(&page, 405, "invalid_request");
            assert!(header(&page, "allow").contains("POST"), "{page:?}");
        }
    }
}
