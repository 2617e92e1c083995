//! The FAPI 2.0 Security Profile, for a client with `profile = "fapi2"`: one way through, and no weaker one.

use doorstep::protocol::client::{ApplicationType, Client, Profile, SigningAlg};
use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::dpop::Prover;
use crate::kit::fapi2::{
    ALGS, ID, PUSH, TOKEN, answer, bank, login, push, request, start, start_with, usual,
};
use crate::kit::jose;
use crate::kit::provider::{Provider, basic};
use crate::kit::pushed::link;
use crate::kit::request::give_password;
use crate::place::Place;
use crate::support::client_key::{ClientKey, JWT_BEARER, assertion_claims};
use crate::support::person::Page;
use crate::support::server::CLIENT_SECRET;

everywhere!(
    fapi2_a_sign_in_from_end_to_end_with_every_algorithm,
    fapi2_a_refresh_token_stays_until_it_is_revoked,
    fapi2_a_request_that_was_not_pushed_is_refused,
    fapi2_a_push_has_pkce_a_redirect_uri_and_the_clients_key,
    fapi2_tokens_are_bound_to_a_key_or_there_are_none,
    fapi2_a_code_lives_for_a_minute_and_once,
    fapi2_an_assertion_names_the_issuer_as_a_text,
    fapi2_rs256_is_refused_wherever_the_client_signs,
    fapi2_a_signed_request_is_good_for_an_hour_at_most,
    fapi2_no_page_shows_a_code,
);

async fn fapi2_a_sign_in_from_end_to_end_with_every_algorithm(at: Place) {
    for alg in ALGS {
        let provider = start(at, ClientKey::new(alg, "one"), alg).await;
        let program = Prover::by(&provider, alg);
        for mode in ["query", "form_post", "form_post.jwt"] {
            let request = request(&provider).with("response_mode", mode);
            let tokens = login(&provider, &program, &request).await;
            provider.check_id_token(&request, &tokens).await;
            for token in [tokens.id_token(), tokens.access()] {
                assert_eq!(jose::peek(token).0["alg"], alg.as_str());
            }
            let proof = program.for_userinfo(tokens.access(), &[]);
            let page = program.userinfo(tokens.access(), &proof).await;
            assert_eq!((page.status, &page.json()["sub"]), (200, &tokens.claims()["sub"]));
        }
    }
}

async fn fapi2_a_refresh_token_stays_until_it_is_revoked(at: Place) {
    let (provider, _) = usual(at).await;
    let program = Prover::new(&provider);
    let tokens = login(&provider, &program, &request(&provider)).await;
    for _ in 0..3 {
        provider.clock.advance(3600);
        let page = program.refresh(ID, tokens.refresh()).await;
        assert_eq!(
            (page.status, page.json()["refresh_token"].as_str()),
            (200, Some(tokens.refresh()))
        );
    }
    let fields = [("token", tokens.refresh())];
    assert_eq!(provider.post("revocation_endpoint", ID, &fields).await.status, 200);
    checks::refused(&program.refresh(ID, tokens.refresh()).await, 400, "invalid_grant");
}

async fn fapi2_a_request_that_was_not_pushed_is_refused(at: Place) {
    let (provider, key) = usual(at).await;
    let now = provider.clock.now().0;
    for mode in ["query", "form_post"] {
        let plain = request(&provider).with("response_mode", mode);
        let signed = plain.signed_with(&provider, &key, &[("nbf", json!(now))]);
        for sent in [&plain, &signed] {
            let answer = sent.answer_unasked(&provider, &provider.browser()).await;
            checks::error(&provider, &plain, &answer);
            assert_eq!(answer.error(), "invalid_request");
        }
    }
}

async fn fapi2_a_push_has_pkce_a_redirect_uri_and_the_clients_key(at: Place) {
    let (provider, _) = usual(at).await;
    let program = Prover::new(&provider);
    let whole = request(&provider);
    for change in [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://app.example/cb/"),
    ] {
        let pushed = push(&program, &whole.clone().but(&[change])).await;
        checks::refused(&pushed, 400, "invalid_request");
    }
    let credentials = basic(ID, CLIENT_SECRET);
    for authorization in [None, Some(credentials.as_str())] {
        let pushed = provider.post_with(PUSH, authorization, &whole.params()).await;
        checks::refused(&pushed, 401, "invalid_client");
    }
}

async fn fapi2_tokens_are_bound_to_a_key_or_there_are_none(at: Place) {
    let (provider, _) = usual(at).await;
    let (program, thief) = (Prover::new(&provider), Prover::new(&provider));
    let request = request(&provider);
    let answer = answer(&provider, &program, &request).await;
    let unproven = provider.redeem(&request, &answer).await;
    checks::refused(&unproven, 400, "invalid_dpop_proof");
    let stolen = thief.redeem(&request, &answer, &thief.for_post(TOKEN)).await;
    checks::refused(&stolen, 400, "invalid_grant");
    let tokens = login(&provider, &program, &request).await;
    let token = tokens.access();
    checks::refused(&provider.userinfo(token).await, 401, "invalid_token");
    let by_thief = thief.userinfo(token, &thief.for_userinfo(token, &[])).await;
    assert_eq!(by_thief.status, 401, "{by_thief:?}");
    let page = provider.refresh(ID, tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
}

async fn fapi2_a_code_lives_for_a_minute_and_once(at: Place) {
    let (provider, _) = usual(at).await;
    let program = Prover::new(&provider);
    for (seconds, status) in [(59, 200), (60, 400)] {
        let request = request(&provider);
        let answer = answer(&provider, &program, &request).await;
        provider.clock.advance(seconds);
        let page = program.redeem(&request, &answer, &program.for_post(TOKEN)).await;
        assert_eq!(page.status, status, "{page:?}");
        let again = program.redeem(&request, &answer, &program.for_post(TOKEN)).await;
        checks::refused(&again, 400, "invalid_grant");
    }
}

/// Presents an assertion with a refresh token that is none: who gets in hears of what is missing.
async fn present(provider: &Provider, endpoint: &str, assertion: &str) -> Page {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    provider.post_with(endpoint, None, &fields).await
}

async fn fapi2_an_assertion_names_the_issuer_as_a_text(at: Place) {
    let (provider, key) = usual(at).await;
    for (aud, status) in [
        (json!(provider.issuer), 400),
        (json!([provider.issuer]), 401),
        (json!(provider.endpoint(TOKEN)), 401),
        (json!(provider.endpoint(PUSH)), 401),
        (json!([provider.issuer, provider.endpoint(TOKEN)]), 401),
        (json!(format!("{}/", provider.issuer)), 401),
        (Value::Null, 401),
    ] {
        for endpoint in [TOKEN, PUSH] {
            let mut claims = assertion_claims(&provider.server, ID);
            claims["aud"] = aud.clone();
            let page = present(&provider, endpoint, &key.assertion(&claims)).await;
            assert_eq!(page.status, status, "{endpoint} {aud} {page:?}");
        }
    }
}

async fn fapi2_rs256_is_refused_wherever_the_client_signs(at: Place) {
    let weak = ClientKey::new(SigningAlg::RS256, "one");
    let provider = start(at, weak.clone(), SigningAlg::PS256).await;
    let page = present(&provider, TOKEN, &weak.fresh_assertion(&provider.server, ID)).await;
    checks::refused(&page, 401, "invalid_client");

    let (provider, _) = usual(at).await;
    let (program, weak) = (Prover::new(&provider), Prover::by(&provider, SigningAlg::RS256));
    checks::refused(&push(&weak, &request(&provider)).await, 400, "invalid_dpop_proof");
    let request = request(&provider);
    let answer = answer(&provider, &program, &request).await;
    let page = weak.redeem(&request, &answer, &weak.for_post(TOKEN)).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
    let page = program.redeem(&request, &answer, &program.for_post(TOKEN)).await;
    assert_eq!(page.status, 200, "nothing was lost: {page:?}");
}

async fn fapi2_a_signed_request_is_good_for_an_hour_at_most(at: Place) {
    let (provider, key) = usual(at).await;
    let program = Prover::new(&provider);
    let (plain, now) = (request(&provider), provider.clock.now().0);
    let (nbf, exp) = (("nbf", json!(now)), ("exp", json!(now + 3600)));
    let signed = plain.signed_with(&provider, &key, &[nbf.clone(), exp.clone()]);
    let pushed = push(&program, &signed).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    for changes in [
        [("nbf", Value::Null), exp.clone()],
        [nbf.clone(), ("exp", Value::Null)],
        [nbf.clone(), ("exp", json!(now + 3601))],
        [("nbf", json!(now - 3500)), exp.clone()],
    ] {
        let pushed = push(&program, &plain.signed_with(&provider, &key, &changes)).await;
        checks::refused(&pushed, 400, "invalid_request_object");
    }
    let weak = ClientKey::new(SigningAlg::RS256, "one");
    let pushed = push(&program, &plain.signed_with(&provider, &weak, &[nbf, exp])).await;
    checks::refused(&pushed, 400, "invalid_request_object");
}

async fn fapi2_no_page_shows_a_code(at: Place) {
    for (profile, shown) in [(Some(Profile::Fapi2), false), (None, true)] {
        let key = ClientKey::new(SigningAlg::ES256, "one");
        let program = Client {
            profile,
            application_type: ApplicationType::Native,
            redirect_uris: vec!["http://127.0.0.1/".into()],
            trusted: false,
            ..bank(&key, SigningAlg::ES256)
        };
        let provider = start_with(at, program, key).await;
        let request = request(&provider).with("response_mode", "form_post");
        let pushed = push(&Prover::new(&provider), &request).await;
        let browser = provider.browser();
        let page = browser.visit(&link(&provider, ID, &pushed)).await;
        let page = give_password("alice", &browser, &page).await;
        let buttons = page.form_to("/handoff").buttons;
        assert_eq!(buttons.iter().any(|(_, value)| value == "paste"), shown, "{buttons:?}");
    }
}
