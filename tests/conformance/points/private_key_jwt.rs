//! Point 11: `private_key_jwt` (RFC 7523, OpenID Connect Core §9): signed by the client, to us, now, once.

use doorstep::protocol::client::SigningAlg;
use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::kit::tokens::redemption;
use crate::place::Place;
use crate::support::client_key::{ClientKey, JWT_BEARER, assertion_claims, key_client};
use crate::support::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::support::person::Page;
use crate::support::server::CLIENT_SECRET;

everywhere!(
    p11_private_key_jwt_works_with_every_algorithm_that_discovery_lists,
    p11_an_assertion_is_for_the_issuer_or_the_endpoint_called,
    p11_an_assertion_counts_once,
    p11_an_assertion_that_proves_nothing_costs_nothing,
    p11_keys_may_be_at_the_clients_jwks_uri,
);

const ID: &str = "signer";

/// A provider with a client that has this key.
async fn with(at: Place, key: ClientKey) -> Provider {
    let client = key_client(ID, &key);
    let mut provider = at.start_with(|setup| setup.clients.push(client)).await;
    provider.client_key = Some(key);
    provider
}

/// Presents an assertion with a refresh token that is none: who gets in hears of the token.
async fn present(provider: &Provider, endpoint: &str, assertion: &str) -> Page {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    provider.post_with(endpoint, None, &fields).await
}

async fn p11_private_key_jwt_works_with_every_algorithm_that_discovery_lists(at: Place) {
    for alg in SigningAlg::ALL {
        let provider = with(at, ClientKey::new(alg, "one")).await;
        assert!(provider.lists("token_endpoint_auth_methods_supported", "private_key_jwt"));
        let listed = "token_endpoint_auth_signing_alg_values_supported";
        assert!(provider.lists(listed, alg.as_str()));
        let request = Request::of(&provider, ID).with("scope", "openid offline_access");
        let tokens = provider.login(&request, &provider.browser()).await;
        provider.tokens(&provider.refresh(ID, tokens.refresh(), &[]).await);
    }
}

async fn p11_an_assertion_is_for_the_issuer_or_the_endpoint_called(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let provider = with(at, key.clone()).await;
    let (token, push) = ("token_endpoint", "pushed_authorization_request_endpoint");
    for (endpoint, aud, gets_in) in [
        (token, json!(provider.issuer), true),
        (token, json!([provider.issuer]), true),
        (token, json!(provider.endpoint(token)), true),
        (push, json!(provider.endpoint(push)), true),
        (push, json!(provider.endpoint(token)), true),
        (push, json!(provider.issuer), true),
        (push, json!(provider.endpoint("revocation_endpoint")), false),
        (token, json!(format!("{}/", provider.issuer)), false),
        (token, json!("https://else.example"), false),
        (token, json!([provider.issuer, "https://else.example"]), false),
        (token, Value::Null, false),
    ] {
        let mut claims = assertion_claims(&provider.server, ID);
        claims["aud"] = aud;
        let page = present(&provider, endpoint, &key.assertion(&claims)).await;
        assert_eq!(page.status, if gets_in { 400 } else { 401 }, "{endpoint} {claims} {page:?}");
    }
}

async fn p11_an_assertion_counts_once(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let provider = with(at, key.clone()).await;
    let assertion = key.fresh_assertion(&provider.server, ID);
    let first = present(&provider, "token_endpoint", &assertion).await;
    checks::refused(&first, 400, "invalid_grant");
    for endpoint in ["token_endpoint", "revocation_endpoint"] {
        let again = present(&provider, endpoint, &assertion).await;
        checks::refused(&again, 401, "invalid_client");
    }
}

async fn p11_an_assertion_that_proves_nothing_costs_nothing(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let provider = with(at, key.clone()).await;
    let request = Request::of(&provider, ID);
    let answer = request.answer(&provider, &provider.browser()).await;
    let claims = assertion_claims(&provider.server, ID);
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        key.assertion(&claims)
    };
    let now = provider.clock.now().0;
    let sound = key.assertion(&claims);
    for assertion in [
        &ClientKey::new(SigningAlg::ES256, "one").assertion(&claims),
        &key.sign(&json!({"kid": "unknown"}), &claims),
        &jose::unsigned(&sound),
        &jose::signed_with_secret(&claims, CLIENT_SECRET),
        &sound[..sound.len() - 4],
        &with("exp", json!(now)),
        &with("exp", Value::Null),
        &with("nbf", json!(now + 100)),
        &with("jti", Value::Null),
        &with("iss", json!("web")),
        &with("sub", json!("web")),
        &with("sub", json!("nobody")),
        "a.b.c",
    ] {
        let mut fields = redemption(&request, answer.code());
        fields.extend([("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)]);
        let page = provider.post_with("token_endpoint", None, &fields).await;
        checks::refused(&page, 401, "invalid_client");
    }
    provider.tokens(&provider.redeem(&request, &answer).await);
}

async fn p11_keys_may_be_at_the_clients_jwks_uri(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let elsewhere = Elsewhere::start();
    let mut client = key_client(ID, &key);
    client.jwks = None;
    client.jwks_uri = Some(elsewhere.answer("/jwks.json", Answer::json(key.set())));
    let mut provider = at
        .start_with(|setup| {
            setup.clients.push(client);
            setup.outgoing = loopback_allowed();
        })
        .await;
    provider.client_key = Some(key);
    provider.login(&Request::of(&provider, ID), &provider.browser()).await;
    assert_eq!(elsewhere.asked("/jwks.json").len(), 1);
}
