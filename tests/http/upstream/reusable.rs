//! The sign-in provider as a part for servers of one's own: no issuer around it, nothing but the two steps
//! and what travels with the browser in between.

use std::sync::Arc;

use doorstep::accounts::rules::UsernameRule;
use doorstep::clock::Clock;
use doorstep::relying_party::{
    Ask, Callback, ClaimRules, Client, Error, Http, HttpSettings, IdentityFault, LoginState,
    OpenId, OpenIdSettings, Provider,
};
use doorstep::secret::{RootKey, Secret};
use serde_json::json;

use crate::server::START;
use crate::support::provider::{Character, Issuer};

fn provider(issuer: &Issuer, required: &[&str]) -> Arc<dyn Provider> {
    let settings = OpenIdSettings {
        issuer: issuer.url.clone(),
        client: Client { id: "host".into(), secret: Some(Secret::new("an-invented-secret")) },
        scope: "openid profile".into(),
        response_mode: None,
        userinfo: false,
        rules: ClaimRules {
            username: "nickname".into(),
            usernames: UsernameRule::Strict,
            groups: Some("groups".into()),
            required_groups: required.iter().map(|group| (*group).to_owned()).collect(),
            ..ClaimRules::default()
        },
    };
    Arc::new(OpenId::new(Http::new(&HttpSettings::default()).expect("a client"), settings))
}

#[actix_web::test]
async fn reusable_sign_in_provider() {
    let clock = Clock::fixed(START);
    let claims = json!({
        "nickname": "ada.l", "email": "ada@corp.example", "email_verified": true, "groups": ["ops"],
    });
    let issuer = Issuer::start(Character { clock: clock.clone(), claims, ..Character::default() });
    let root = RootKey::generate();
    for (required, lets_in) in [(&["ops"][..], true), (&["board"][..], false)] {
        let provider = provider(&issuer, required);
        assert_eq!(provider.kind(), "oidc");
        let redirect_uri = "https://host.example/back".to_owned();
        let ask = Ask { redirect_uri, further: Vec::new() };
        let (attempt, link) = provider.login_url(&ask).await.expect("a link");
        let state = LoginState {
            attempt,
            next: "/".into(),
            browser: "b".into(),
            begun_at: clock.now(),
            since: None,
            waiting: None,
        };
        let cookie = state.seal(&root, "the host's corp").expect("a cookie");
        let (request, code) = issuer.authorize(&link);
        let response = format!("code={code}&state={}&iss={}", request["state"], issuer.url);
        let state = LoginState::open(&root, "the host's corp", &cookie, clock.now()).expect("ours");
        let callback = Callback::parse(response.as_bytes());
        let identity = provider.handle_callback(&state.attempt, &callback, clock.now()).await;
        if !lets_in {
            assert!(matches!(identity, Err(Error::Identity(IdentityFault::NotAMember))));
            continue;
        }
        let identity = identity.expect("an identity");
        assert_eq!((identity.issuer, identity.subject.as_str()), (issuer.url.clone(), "7f3a"));
        assert_eq!(identity.preferred_username, "ada.l");
        assert_eq!(identity.email.as_deref(), Some("ada@corp.example"));
        assert_eq!(identity.groups.as_deref(), Some(&["ops".to_owned()][..]));
        assert_eq!(identity.raw["preferred_username"], "ada");
        let again = provider.handle_callback(&state.attempt, &callback, clock.now()).await;
        assert!(matches!(again, Err(Error::Endpoint(_))), "a code is spent once");
    }
}
