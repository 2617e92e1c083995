//! Point 7: PKCE (RFC 7636), S256 alone, and always for whoever has no secret.

use crate::kit::checks;
use crate::kit::request::{Request, challenge};
use crate::kit::tokens::redemption;
use crate::place::Place;

everywhere!(
    p07_a_code_needs_the_verifier_of_its_challenge,
    p07_plain_and_malformed_challenges_are_refused,
    p07_public_clients_and_confidential_ones_by_default_must_send_a_challenge,
    p07_a_confidential_client_may_go_without_pkce_and_nonce,
    p07_a_verifier_without_a_challenge_is_a_downgrade,
    p07_discovery_lists_s256_alone,
);

async fn p07_a_code_needs_the_verifier_of_its_challenge(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for client in ["web", "other", "trusted-cli"] {
        let request = Request::of(&provider, client);
        let right = request.verifier.clone();
        let wrongs = [
            String::new(),
            "x".into(),
            right[..42].to_owned(),
            format!("{right}0"),
            format!("{}!", &right[..43]),
            "a".repeat(129),
            challenge(&right),
        ];
        for wrong in wrongs {
            let answer = request.answer(&provider, &browser).await;
            let fields = redemption(&request, answer.code()).into_iter();
            let mut fields: Vec<_> = fields.filter(|(name, _)| *name != "code_verifier").collect();
            if !wrong.is_empty() {
                fields.push(("code_verifier", &wrong));
            }
            let page = provider.redeem_as(client, &fields).await;
            checks::refused(&page, 400, "invalid_grant");
        }
        let answer = request.answer(&provider, &browser).await;
        provider.tokens(&provider.redeem(&request, &answer).await);
    }
}

async fn p07_plain_and_malformed_challenges_are_refused(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for client in ["web", "cli"] {
        for change in [
            &[("code_challenge_method", "plain")][..],
            &[("code_challenge_method", "")],
            &[("code_challenge_method", "s256")],
            &[("code_challenge_method", "S512")],
            &[("code_challenge", "")],
            &[("code_challenge", "too-short")],
            &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")],
            &[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=")],
        ] {
            let request = Request::of(&provider, client).but(&[("prompt", "none")]).but(change);
            let answer = request.answer_unasked(&provider, &browser).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "invalid_request", "{client} {change:?}");
        }
    }
}

async fn p07_public_clients_and_confidential_ones_by_default_must_send_a_challenge(at: Place) {
    let provider = at.start().await;
    for client in ["cli", "trusted-cli", "other", "stranger"] {
        let request = Request::of(&provider, client).without_pkce().with("prompt", "none");
        let answer = request.answer_unasked(&provider, &provider.browser()).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), "invalid_request", "{client}");
        assert!(
            answer.get("error_description").is_some_and(|text| text.contains("code_challenge"))
        );
    }
}

async fn p07_a_confidential_client_may_go_without_pkce_and_nonce(at: Place) {
    let provider = at.start().await;
    assert!(!provider.client("web").require_pkce);
    let request = Request::of(&provider, "web").without_pkce().without("nonce");
    let tokens = provider.login(&request, &provider.browser()).await;
    assert_eq!(tokens.claims().get("nonce"), None);
}

async fn p07_a_verifier_without_a_challenge_is_a_downgrade(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web").without_pkce();
    let answer = request.answer(&provider, &provider.browser()).await;
    let mut fields = redemption(&request, answer.code());
    fields.push(("code_verifier", &request.verifier));
    checks::refused(&provider.redeem_as("web", &fields).await, 400, "invalid_grant");
}

async fn p07_discovery_lists_s256_alone(at: Place) {
    let provider = at.start().await;
    let methods = &provider.metadata["code_challenge_methods_supported"];
    assert_eq!(*methods, serde_json::json!(["S256"]));
}
