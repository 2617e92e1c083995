//! Point 16: token exchange (RFC 8693): an access token for a narrower audience's.

use serde_json::json;

use crate::kit::checks;
use crate::kit::dpop::Prover;
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::{API, FILES};

everywhere!(
    p16_a_token_is_exchanged_for_one_that_is_good_in_one_place,
    p16_an_exchange_never_widens,
    p16_an_exchanged_token_dies_with_the_one_it_came_of,
    p16_only_whose_or_for_whom_a_token_is_may_exchange_it,
    p16_an_exchanged_token_stays_bound_to_its_key,
);

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The fields of an exchange.
pub fn fields<'a>(token: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let own =
        [("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    [&own, more].concat()
}

async fn exchange(provider: &Provider, client: &str, token: &str, more: &[(&str, &str)]) -> Page {
    provider.post("token_endpoint", client, &fields(token, more)).await
}

async fn login(provider: &Provider) -> Tokens {
    let request = Request::of(provider, "hub").with("scope", "openid email groups offline_access");
    provider.login(&request, &provider.browser()).await
}

async fn is_active(provider: &Provider, token: &str) -> bool {
    let page = provider.post("introspection_endpoint", "hub", &[("token", token)]).await;
    page.json()["active"] == true
}

async fn p16_a_token_is_exchanged_for_one_that_is_good_in_one_place(at: Place) {
    let provider = at.start().await;
    assert!(provider.lists("grant_types_supported", EXCHANGE));
    let tokens = login(&provider).await;
    for (name, audience) in [("audience", "cluster-blue"), ("resource", API)] {
        for asked in [None, Some(ACCESS_TOKEN), Some(JWT)] {
            let kind = asked.map(|asked| ("requested_token_type", asked));
            let more: Vec<_> = [(name, audience)].into_iter().chain(kind).collect();
            let narrow = provider.tokens(&exchange(&provider, "hub", tokens.access(), &more).await);
            let json = &narrow.json;
            assert_eq!(json["issued_token_type"], asked.unwrap_or(ACCESS_TOKEN));
            assert_eq!((json.get("refresh_token"), json.get("id_token")), (None, None));
            let (header, claims) = jose::verify(narrow.access(), &provider.keys().await);
            assert_eq!((&header["typ"], &claims["aud"]), (&json!("at+jwt"), &json!(audience)));
            assert_eq!(claims["sub"], tokens.claims()["sub"]);
            assert_eq!((&claims["client_id"], claims.get("act")), (&json!("hub"), None));
            let page = provider.userinfo(narrow.access()).await;
            checks::refused(&page, 401, "invalid_token");
        }
    }
}

async fn p16_an_exchange_never_widens(at: Place) {
    let provider = at.start().await;
    let tokens = login(&provider).await;
    let blue = ("audience", "cluster-blue");
    let page = exchange(&provider, "hub", tokens.access(), &[blue, ("scope", "groups")]).await;
    let narrow = provider.tokens(&page);
    assert_eq!(jose::peek(narrow.access()).1["scope"], "groups");
    for (token, more, error) in [
        (tokens.access(), &[("audience", "cluster-red")][..], "invalid_target"),
        (tokens.access(), &[blue, ("resource", FILES)], "invalid_target"),
        (tokens.access(), &[], "invalid_request"),
        (tokens.access(), &[blue, ("scope", "groups phone")], "invalid_scope"),
        (narrow.access(), &[blue, ("scope", "groups email")], "invalid_scope"),
        (tokens.access(), &[blue, ("actor_token", tokens.access())], "invalid_request"),
        (tokens.access(), &[blue, ("requested_token_type", "urn:x")], "invalid_request"),
        (tokens.id_token(), &[blue], "invalid_request"),
        (tokens.refresh(), &[blue], "invalid_request"),
        ("x", &[blue], "invalid_request"),
    ] {
        checks::refused(&exchange(&provider, "hub", token, more).await, 400, error);
    }
}

async fn p16_an_exchanged_token_dies_with_the_one_it_came_of(at: Place) {
    let provider = at.start().await;
    let tokens = login(&provider).await;
    let blue = [("audience", "cluster-blue")];
    provider.clock.advance(100);
    let narrow = provider.tokens(&exchange(&provider, "hub", tokens.access(), &blue).await);
    let left = tokens.json["expires_in"].as_i64().expect("a number") - 100;
    assert_eq!(narrow.json["expires_in"], left, "it lives no longer");
    assert!(is_active(&provider, narrow.access()).await);
    provider.post("revocation_endpoint", "hub", &[("token", tokens.refresh())]).await;
    assert!(!is_active(&provider, narrow.access()).await);
    let page = exchange(&provider, "hub", tokens.access(), &blue).await;
    checks::refused(&page, 400, "invalid_request");
}

async fn p16_only_whose_or_for_whom_a_token_is_may_exchange_it(at: Place) {
    let provider = at.start().await;
    let tokens = login(&provider).await;
    let more = [("audience", API)];
    let for_api = provider.tokens(&exchange(&provider, "hub", tokens.access(), &more).await);
    let more = [("audience", FILES)];
    for (client, token, fits) in [
        ("backend", for_api.access(), true),
        ("backend", tokens.access(), false),
        ("blue-cli", for_api.access(), false),
        ("blue-cli", tokens.access(), false),
    ] {
        let page = exchange(&provider, client, token, &more).await;
        match fits {
            true => assert_eq!(jose::peek(provider.tokens(&page).access()).1["client_id"], client),
            false => checks::refused(&page, 400, "invalid_request"),
        }
    }
    let page = exchange(&provider, "web", tokens.access(), &more).await;
    checks::refused(&page, 400, "unauthorized_client");
}

async fn p16_an_exchanged_token_stays_bound_to_its_key(at: Place) {
    let provider = at.start().await;
    let (program, thief) = (Prover::new(&provider), Prover::new(&provider));
    let request = Request::of(&provider, "hub");
    let answer = request.answer(&provider, &provider.browser()).await;
    let endpoint = "token_endpoint";
    let page = program.redeem(&request, &answer, &program.for_post(endpoint)).await;
    let bound = page.json()["access_token"].as_str().expect("a token").to_owned();
    let more = [("audience", "cluster-blue")];
    let page = exchange(&provider, "hub", &bound, &more).await;
    checks::refused(&page, 400, "invalid_request");
    let fields = fields(&bound, &more);
    let page = thief.post(endpoint, "hub", &fields, &thief.for_post(endpoint)).await;
    checks::refused(&page, 400, "invalid_request");
    let page = program.post(endpoint, "hub", &fields, &program.for_post(endpoint)).await;
    let json = page.json();
    assert_eq!(json["token_type"], "DPoP", "{page:?}");
    let (_, claims) = jose::peek(json["access_token"].as_str().expect("a token"));
    assert_eq!(claims["cnf"]["jkt"], program.thumbprint());
}
