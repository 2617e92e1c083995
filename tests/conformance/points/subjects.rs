//! Point 22: subjects (OpenID Connect Core §8): short, ASCII, and the same wherever they turn up. Point 20:
//! userinfo as a signed token.

use std::collections::BTreeSet;

use doorstep::protocol::client::subject_type::SubjectType;
use doorstep::protocol::client::{AccessTokenFormat, GrantType, SigningAlg};

use crate::kit::checks::{self, header};
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::server::Setup;

everywhere!(
    p20_userinfo_is_a_signed_jwt_by_client_setting,
    p22_public_subjects_are_the_same_for_every_client_and_everywhere,
    p22_pairwise_subjects_are_a_sectors_own_and_the_same_everywhere,
);

/// The subject that this client gets to know alice by, after it was compared wherever it is told.
async fn subject(provider: &Provider, client: &str) -> String {
    let request = Request::of(provider, client).with("scope", "openid offline_access");
    let tokens = provider.login(&request, &provider.browser()).await;
    let refreshed = provider.tokens(&provider.refresh(client, tokens.refresh(), &[]).await);
    let mut subjects = vec![
        tokens.claims()["sub"].clone(),
        refreshed.claims()["sub"].clone(),
        provider.userinfo(refreshed.access()).await.json()["sub"].clone(),
    ];
    if provider.client(client).access_token_format == AccessTokenFormat::Jwt {
        subjects.push(jose::peek(tokens.access()).1["sub"].clone());
    }
    if !provider.client(client).is_public() {
        let token = [("token", refreshed.access())];
        let told = provider.post("introspection_endpoint", client, &token).await.json();
        subjects.push(told["sub"].clone());
    }
    assert!(subjects.iter().all(|sub| *sub == subjects[0]), "{client} {subjects:?}");
    let subject = subjects[0].as_str().expect("a text").to_owned();
    assert!((1..=255).contains(&subject.len()) && subject.is_ascii(), "{subject}");
    subject
}

/// The clients that people sign in to without a question.
fn trusted(provider: &Provider) -> impl Iterator<Item = &str> {
    let trusted = provider.clients().filter(|client| {
        client.trusted && client.grant_types.contains(&GrantType::AuthorizationCode)
    });
    trusted.map(|client| client.client_id.as_str())
}

async fn p22_public_subjects_are_the_same_for_every_client_and_everywhere(at: Place) {
    let provider = at.start().await;
    let mut subjects = BTreeSet::new();
    for client in trusted(&provider) {
        subjects.insert(subject(&provider, client).await);
    }
    assert_eq!(subjects.len(), 1, "{subjects:?}");
}

async fn p22_pairwise_subjects_are_a_sectors_own_and_the_same_everywhere(at: Place) {
    let pairwise = |setup: &mut Setup| {
        for client in &mut setup.clients {
            client.subject_type = SubjectType::Pairwise;
            if client.client_id == "post" {
                client.redirect_uris = vec!["https://elsewhere.example/cb".into()];
            }
        }
    };
    let provider = at.start_with(pairwise).await;
    assert!(provider.lists("subject_types_supported", "pairwise"));
    let [web, other, post, cli] = ["web", "other", "post", "trusted-cli"];
    let web = subject(&provider, web).await;
    assert_eq!(subject(&provider, other).await, web, "they return to the same host");
    let subjects = [web, subject(&provider, post).await, subject(&provider, cli).await];
    assert_eq!(subjects.iter().collect::<BTreeSet<_>>().len(), 3, "{subjects:?}");
    assert!(subjects.iter().all(|subject| !subject.contains("alice")), "{subjects:?}");
}

async fn p20_userinfo_is_a_signed_jwt_by_client_setting(at: Place) {
    for alg in SigningAlg::ALL {
        let set = |setup: &mut Setup| setup.clients[0].userinfo_signed_response_alg = Some(alg);
        let provider = at.start_with(set).await;
        assert!(provider.lists("userinfo_signing_alg_values_supported", alg.as_str()));
        let request = Request::of(&provider, "web").with("scope", "openid email");
        let tokens = provider.login(&request, &provider.browser()).await;
        let page = provider.userinfo(tokens.access()).await;
        assert_eq!((page.status, header(&page, "content-type")), (200, "application/jwt"));
        let (head, claims) = jose::verify(&page.body, &provider.keys().await);
        assert_eq!(head["alg"], alg.as_str());
        assert_eq!(
            (claims["iss"].as_str(), &claims["aud"]),
            (Some(&*provider.issuer), &"web".into())
        );
        assert_eq!(claims["sub"], tokens.claims()["sub"]);
        assert_eq!(claims["email"], "alice@example.org");
        checks::standard_claims(&claims);
    }
}
