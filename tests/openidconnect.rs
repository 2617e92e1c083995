//! The crate `openidconnect`, as any program would use it: discovery, PKCE, a form_post answer at its own
//! loopback address, every check of the ID token, userinfo and a refresh.

use std::time::Duration;

use doorstep::clock::Clock;
use openidconnect::core::{CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClientId, CsrfToken, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use support::listener::{Delivery, Listener, Mood};
use support::person::Person;
use support::server::{PASSWORD, Setup};

#[path = "support/mod.rs"]
mod support;

/// Somebody signs in and clicks; what arrives at the program.
async fn sign_in(link: &str, mut door: Listener) -> Delivery {
    let person = Person::new();
    let page = person.sign_in(link, "alice", PASSWORD).await;
    let clicked = person.submit(&page.form_to("/handoff"), Some(("finish", "loopback")), &[]).await;
    let page = person.follow(clicked).await;
    person.submit(&page.form_to(&door.redirect_uri()), None, &[]).await;
    door.next(Duration::from_secs(5)).await.expect("the form arrives")
}

#[actix_web::test]
async fn a_form_post_login_passes_every_check_of_the_library() {
    let server = Setup { clock: Clock::system(), ..Setup::default() }.start().await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("a client");
    let issuer = IssuerUrl::new(server.iss.clone()).expect("a URL");
    let provider = CoreProviderMetadata::discover_async(issuer, &http).await.expect("discovery");

    let door = Listener::open(Mood::Alive, &format!("{}/handoff/result", server.url)).await;
    let redirect = RedirectUrl::new(door.redirect_uri()).expect("a URL");
    let client = CoreClient::from_provider_metadata(provider, ClientId::new("cli".into()), None)
        .set_redirect_uri(redirect);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = AuthenticationFlow::AuthorizationCode::<openidconnect::core::CoreResponseType>;
    let (link, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["email", "offline_access"].map(|scope| Scope::new(scope.into())))
        .add_extra_param("response_mode", "form_post")
        .set_pkce_challenge(challenge)
        .url();
    let delivery = sign_in(link.as_str(), door).await;
    assert!(delivery.head.starts_with("POST / HTTP/1.1"), "{}", delivery.head);
    assert_eq!(delivery.field("state"), Some(state.secret().as_str()));
    assert_eq!(delivery.field("iss"), Some(server.iss.as_str()));

    let code = AuthorizationCode::new(delivery.field("code").expect("a code").to_owned());
    let request = client.exchange_code(code).expect("there is a token endpoint");
    let tokens = request.set_pkce_verifier(verifier).request_async(&http).await.expect("tokens");
    let id_token = tokens.id_token().expect("an ID token");
    let checks = client.id_token_verifier();
    let claims = id_token.claims(&checks, &nonce).expect("the ID token passes");
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().expect("an algorithm"),
        id_token.signing_key(&checks).expect("a published key"),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.expect("a hash")));

    let subject = Some(claims.subject().clone());
    let request = client.user_info(tokens.access_token().clone(), subject).expect("userinfo");
    let info: CoreUserInfoClaims = request.request_async(&http).await.expect("claims");
    assert_eq!(info.email().map(|email| email.as_str()), Some("alice@example.org"));

    let refresh_token = tokens.refresh_token().expect("a refresh token");
    let request = client.exchange_refresh_token(refresh_token).expect("a token endpoint");
    let renewed = request.request_async(&http).await.expect("renewed tokens");
    let id_token = renewed.id_token().expect("an ID token");
    let renewed = id_token.claims(&checks, |_: Option<&Nonce>| Ok(())).expect("it passes");
    assert_eq!(renewed.subject(), claims.subject());
}
