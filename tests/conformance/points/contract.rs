//! The contract with applications that are set up for "any OpenID provider" by its URL alone, kept with the
//! library that such applications use; and what unmodified clients do that the specifications leave open.

use std::collections::BTreeSet;

use doorstep::clock::Clock;
use openidconnect::core::{
    CoreClient, CoreProviderMetadata, CoreRevocableToken, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, RevocationUrl, Scope,
    TokenResponse,
};
use serde_json::json;

use crate::kit::answer::Answer;
use crate::kit::checks;
use crate::kit::jose;
use crate::kit::request::{Request, WEB_URI, obey};
use crate::place::Place;
use crate::support::server::{CLIENT_SECRET, Setup};

everywhere!(
    contract_an_application_needs_the_issuer_url_and_its_credentials_alone,
    contract_groups_and_roles_are_where_applications_look_for_them,
    contract_a_scope_that_is_not_assigned_is_named,
    contract_offline_access_may_be_repeated_though_it_was_not_given,
);

const SCOPES: [&str; 5] = ["openid", "profile", "email", "groups", "offline_access"];

async fn contract_an_application_needs_the_issuer_url_and_its_credentials_alone(at: Place) {
    let provider = at.start_with(|setup| setup.clock = Clock::system()).await;
    let http = provider.server.connections().build().expect("a client");
    let issuer = IssuerUrl::new(provider.issuer.clone()).expect("a URL");
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.expect("discovery");
    let secret = ClientSecret::new(CLIENT_SECRET.into());
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("other".into()), Some(secret))
            .set_redirect_uri(RedirectUrl::new(WEB_URI.into()).expect("a URL"))
            .set_revocation_url(
                RevocationUrl::new(provider.endpoint("revocation_endpoint").into()).expect("a URL"),
            );
    let browser = provider.browser();
    let mut subjects = BTreeSet::new();
    for _ in 0..2 {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::AuthorizationCode::<openidconnect::core::CoreResponseType>;
        let (link, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(SCOPES.into_iter().skip(1).map(|scope| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .url();
        let answer = obey("alice", &browser, browser.visit(link.as_str()).await).await;
        assert_eq!(answer.get("state"), Some(state.secret().as_str()));
        let code = AuthorizationCode::new(answer.code().into());
        let exchange = client.exchange_code(code).expect("a token endpoint");
        let tokens = exchange.set_pkce_verifier(verifier).request_async(&http).await;
        let tokens = tokens.expect("tokens");
        let refresh_token = tokens.refresh_token().expect("a refresh token in the same response");

        let id_token = tokens.id_token().expect("an ID token");
        let checks = client.id_token_verifier();
        let claims = id_token.claims(&checks, &nonce).expect("it passes every check");
        let hash = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg().expect("an algorithm"),
            id_token.signing_key(&checks).expect("a published key"),
        );
        assert_eq!(claims.access_token_hash(), Some(&hash.expect("a hash")));

        let subject = Some(claims.subject().clone());
        let request = client.user_info(tokens.access_token().clone(), subject).expect("userinfo");
        let info: CoreUserInfoClaims = request.request_async(&http).await.expect("claims");
        assert_eq!(info.preferred_username().map(|name| name.as_str()), Some("alice"));
        assert_eq!(info.email().map(|email| email.as_str()), Some("alice@example.org"));

        let request = client.exchange_refresh_token(refresh_token).expect("a token endpoint");
        let renewed = request.request_async(&http).await.expect("renewed tokens");
        let id_token = renewed.id_token().expect("an ID token");
        let renewed_claims = id_token.claims(&checks, |_: Option<&Nonce>| Ok(()));
        assert_eq!(renewed_claims.expect("it passes").subject(), claims.subject());

        let token = CoreRevocableToken::from(renewed.refresh_token().expect("a token").clone());
        let request = client.revoke_token(token).expect("https");
        request.request_async(&http).await.expect("it is revoked");
        let page = provider.refresh("other", renewed.refresh_token().unwrap().secret(), &[]).await;
        checks::refused(&page, 400, "invalid_grant");
        subjects.insert(claims.subject().to_string());
    }
    assert_eq!(subjects.len(), 1, "stable: {subjects:?}");
}

async fn contract_groups_and_roles_are_where_applications_look_for_them(at: Place) {
    let rules = json!([
        {"claim": "groups", "in": ["access_token"]},
        {"claim": "groups", "as": ["resource_access", "web", "roles"], "in": ["access_token"]},
    ]);
    let set = |setup: &mut Setup| {
        setup.clients[0].claim_mapping = serde_json::from_value(rules).expect("rules");
    };
    let provider = at.start_with(set).await;
    for scope in SCOPES {
        assert!(provider.lists("scopes_supported", scope), "{scope}");
    }
    let request = Request::of(&provider, "web").with("scope", SCOPES.join(" "));
    let tokens = provider.login(&request, &provider.browser()).await;
    let (_, access) = jose::verify(tokens.access(), &provider.keys().await);
    let groups = json!(["staff", "builders"]);
    assert_eq!(access["groups"], groups);
    assert_eq!(access["resource_access"]["web"]["roles"], groups);
    assert_eq!(provider.userinfo(tokens.access()).await.json()["groups"], groups);
}

async fn contract_a_scope_that_is_not_assigned_is_named(at: Place) {
    let set = |setup: &mut Setup| setup.clients[0].scope = "openid profile email".into();
    let provider = at.start_with(set).await;
    let request = Request::of(&provider, "web").with("scope", SCOPES[..4].join(" "));
    let page = request.open(&provider, &provider.browser()).await;
    let answer = Answer::on(&page).expect("an answer");
    checks::error(&provider, &request, &answer);
    assert_eq!(answer.error(), "invalid_scope");
    assert!(answer.get("error_description").is_some_and(|text| text.contains("groups")));
}

async fn contract_offline_access_may_be_repeated_though_it_was_not_given(at: Place) {
    let provider = at.start().await;
    // MSAL sends all its scopes again with each refresh.
    for granted in ["openid email offline_access", "openid offline_access"] {
        let request = Request::of(&provider, "web").with("scope", granted);
        let tokens = provider.login(&request, &provider.browser()).await;
        let page = provider.refresh("web", tokens.refresh(), &[("scope", granted)]).await;
        let again = provider.tokens(&page);
        let narrow = provider.refresh("web", again.refresh(), &[("scope", "openid")]).await;
        let narrow = provider.tokens(&narrow);
        let page = provider.refresh("web", narrow.refresh(), &[("scope", granted)]).await;
        provider.tokens(&page);
    }
}
