//! Point 17: proof of possession (DPoP, RFC 9449): a bound token is of no use without a proof, which is for
//! one request, now, once.

use doorstep::protocol::client::SigningAlg;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::checks::{self, header};
use crate::kit::dpop::Prover;
use crate::kit::jose;
use crate::kit::provider::{Provider, encode};
use crate::kit::request::{Request, obey};
use crate::place::Place;
use crate::support::person::Page;
use crate::support::server::Setup;

everywhere!(
    p17_tokens_are_bound_to_a_key_of_any_listed_algorithm,
    p17_a_bound_token_is_of_no_use_without_a_proof_for_it,
    p17_a_proof_that_is_not_for_this_request_is_refused_and_costs_nothing,
    p17_a_replay_of_jti_is_refused,
    p17_dpop_jkt_binds_the_code_at_authorize_and_at_par,
    p17_a_nonce_is_asked_for_by_client_setting,
    p17_bound_tokens_are_required_by_client_setting,
    p17_refresh_tokens_of_public_clients_are_bound,
);

/// The tokens of a login of this client, by this program.
async fn login(provider: &Provider, program: &Prover<'_>, client: &str) -> Value {
    let request = Request::of(provider, client).with("scope", "openid email offline_access");
    let answer = request.answer(provider, &provider.browser()).await;
    let page = program.redeem(&request, &answer, &program.for_post("token_endpoint")).await;
    assert_eq!((page.status, &page.json()["token_type"]), (200, &json!("DPoP")), "{page:?}");
    page.json()
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name} in {tokens}"))
}

/// A refusal at userinfo names the scheme, the error and the algorithms.
#[track_caller]
fn assert_challenged(page: &Page, error: &str) {
    assert_eq!((page.status, page.json()["error"].as_str()), (401, Some(error)), "{page:?}");
    let challenges = page.headers.get_all("www-authenticate").iter();
    let mut challenges = challenges.map(|value| value.to_str().expect("ASCII"));
    let challenge = challenges.find(|value| value.starts_with("DPoP ")).expect("a challenge");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    assert!(challenge.contains("algs=\""), "{challenge}");
}

async fn p17_tokens_are_bound_to_a_key_of_any_listed_algorithm(at: Place) {
    let provider = at.start().await;
    for alg in SigningAlg::ALL {
        assert!(provider.lists("dpop_signing_alg_values_supported", alg.as_str()));
        let program = Prover::by(&provider, alg);
        for client in ["web", "opaque"] {
            let tokens = login(&provider, &program, client).await;
            let access = text(&tokens, "access_token");
            let page = program.userinfo(access, &program.for_userinfo(access, &[])).await;
            assert_eq!((page.status, &page.json()["email"]), (200, &json!("alice@example.org")));
            let token = [("token", access)];
            let told = provider.post("introspection_endpoint", client, &token).await.json();
            assert_eq!(told["cnf"], json!({"jkt": program.thumbprint()}));
            assert_eq!(told["token_type"], "DPoP");
            if client == "web" {
                assert_eq!(jose::peek(access).1["cnf"], told["cnf"]);
            }
        }
    }
}

async fn p17_a_bound_token_is_of_no_use_without_a_proof_for_it(at: Place) {
    let provider = at.start().await;
    let (program, thief) = (Prover::new(&provider), Prover::new(&provider));
    for client in ["web", "opaque"] {
        let tokens = login(&provider, &program, client).await;
        let token = text(&tokens, "access_token");
        assert_challenged(&provider.userinfo(token).await, "invalid_token");
        for proof in [
            thief.for_userinfo(token, &[]),
            program.for_userinfo("another", &[]),
            program.for_userinfo(token, &[("ath", Value::Null)]),
            program.for_userinfo(token, &[("htm", json!("POST"))]),
            "x".into(),
        ] {
            let page = program.userinfo(token, &proof).await;
            assert_challenged(&page, "invalid_dpop_proof");
        }
    }
    let bearer = provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    let proof = program.for_userinfo(bearer.access(), &[]);
    assert_challenged(&program.userinfo(bearer.access(), &proof).await, "invalid_token");
}

async fn p17_a_proof_that_is_not_for_this_request_is_refused_and_costs_nothing(at: Place) {
    let provider = at.start().await;
    let program = Prover::new(&provider);
    let request = Request::of(&provider, "web");
    let answer = request.answer(&provider, &provider.browser()).await;
    let now = provider.clock.now().0;
    for change in [
        ("htm", json!("GET")),
        ("htu", json!(provider.endpoint("userinfo_endpoint"))),
        ("htu", json!("https://else.example/token")),
        ("iat", json!(now - 1000)),
        ("iat", json!(now + 1000)),
        ("iat", Value::Null),
        ("jti", Value::Null),
    ] {
        let proof = program.proof(&Method::POST, "token_endpoint", std::slice::from_ref(&change));
        let page = program.redeem(&request, &answer, &proof).await;
        checks::refused(&page, 400, "invalid_dpop_proof");
    }
    let unsigned = jose::unsigned(&program.for_post("token_endpoint"));
    let page = program.redeem(&request, &answer, &unsigned).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
    let page = program.redeem(&request, &answer, &program.for_post("token_endpoint")).await;
    assert_eq!(page.status, 200, "{page:?}");
}

async fn p17_a_replay_of_jti_is_refused(at: Place) {
    let provider = at.start().await;
    let program = Prover::new(&provider);
    let request = Request::of(&provider, "web");
    let proof = program.for_post("token_endpoint");
    let answer = request.answer(&provider, &provider.browser()).await;
    assert_eq!(program.redeem(&request, &answer, &proof).await.status, 200);
    let answer = request.answer(&provider, &provider.browser()).await;
    let page = program.redeem(&request, &answer, &proof).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
    let tokens = login(&provider, &program, "web").await;
    let token = text(&tokens, "access_token");
    let proof = program.for_userinfo(token, &[]);
    assert_eq!(program.userinfo(token, &proof).await.status, 200);
    assert_challenged(&program.userinfo(token, &proof).await, "invalid_dpop_proof");
}

async fn p17_dpop_jkt_binds_the_code_at_authorize_and_at_par(at: Place) {
    let provider = at.start().await;
    let (program, thief) = (Prover::new(&provider), Prover::new(&provider));
    let browser = provider.browser();
    let (token, push) = ("token_endpoint", "pushed_authorization_request_endpoint");
    let request = Request::of(&provider, "web").with("dpop_jkt", program.thumbprint());
    let answer = request.answer(&provider, &browser).await;
    let page = thief.redeem(&request, &answer, &thief.for_post(token)).await;
    checks::refused(&page, 400, "invalid_grant");
    let answer = request.answer(&provider, &browser).await;
    checks::refused(&provider.redeem(&request, &answer).await, 400, "invalid_grant");
    let answer = request.answer(&provider, &browser).await;
    let page = program.redeem(&request, &answer, &program.for_post(token)).await;
    assert_eq!(page.status, 200, "{page:?}");

    // A proof beside a pushed request says the same.
    let request = Request::of(&provider, "web");
    let fields = &request.params()[1..];
    let pushed = program.post(push, "web", fields, &program.for_post(push)).await;
    let pushed = pushed.json()["request_uri"].as_str().expect("a reference").to_owned();
    let query = encode(&[("client_id", "web"), ("request_uri", &pushed)]);
    let link = format!("{}?{query}", provider.endpoint("authorization_endpoint"));
    let answer = obey("alice", &browser, browser.visit(&link).await).await;
    let page = thief.redeem(&request, &answer, &thief.for_post(token)).await;
    checks::refused(&page, 400, "invalid_grant");
    let answer = obey("alice", &browser, browser.visit(&link).await).await;
    let page = program.redeem(&request, &answer, &program.for_post(token)).await;
    assert_eq!(page.status, 200, "{page:?}");
}

async fn p17_a_nonce_is_asked_for_by_client_setting(at: Place) {
    let set = |setup: &mut Setup| setup.clients[0].require_dpop_nonce = true;
    let provider = at.start_with(set).await;
    let program = Prover::new(&provider);
    let request = Request::of(&provider, "web");
    let answer = request.answer(&provider, &provider.browser()).await;
    let asked = program.redeem(&request, &answer, &program.for_post("token_endpoint")).await;
    checks::refused(&asked, 400, "use_dpop_nonce");
    let nonce = header(&asked, "dpop-nonce").to_owned();
    assert!(!nonce.is_empty());
    let with =
        |nonce: &str| program.proof(&Method::POST, "token_endpoint", &[("nonce", json!(nonce))]);
    let page = program.redeem(&request, &answer, &with("made up")).await;
    checks::refused(&page, 400, "use_dpop_nonce");
    let page = program.redeem(&request, &answer, &with(&nonce)).await;
    assert_eq!(page.status, 200, "{page:?}");
    let tokens = page.json();
    let token = text(&tokens, "access_token");
    let asked = program.userinfo(token, &program.for_userinfo(token, &[])).await;
    assert_challenged(&asked, "use_dpop_nonce");
    let nonce = header(&asked, "dpop-nonce");
    let proof = program.for_userinfo(token, &[("nonce", json!(nonce))]);
    assert_eq!(program.userinfo(token, &proof).await.status, 200);
}

async fn p17_bound_tokens_are_required_by_client_setting(at: Place) {
    let set = |setup: &mut Setup| setup.clients[0].dpop_bound_access_tokens = true;
    let provider = at.start_with(set).await;
    let program = Prover::new(&provider);
    let request = Request::of(&provider, "web").with("scope", "openid offline_access");
    let answer = request.answer(&provider, &provider.browser()).await;
    let page = provider.redeem(&request, &answer).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
    let page = program.redeem(&request, &answer, &program.for_post("token_endpoint")).await;
    let tokens = page.json();
    let page = provider.refresh("web", text(&tokens, "refresh_token"), &[]).await;
    checks::refused(&page, 400, "invalid_dpop_proof");
    let page = program.refresh("web", text(&tokens, "refresh_token")).await;
    assert_eq!(page.json()["token_type"], "DPoP");
}

async fn p17_refresh_tokens_of_public_clients_are_bound(at: Place) {
    let provider = at.start().await;
    let (program, thief) = (Prover::new(&provider), Prover::new(&provider));
    let tokens = login(&provider, &program, "trusted-cli").await;
    let token = text(&tokens, "refresh_token");
    checks::refused(&provider.refresh("trusted-cli", token, &[]).await, 400, "invalid_grant");
    checks::refused(&thief.refresh("trusted-cli", token).await, 400, "invalid_grant");
    let page = program.refresh("trusted-cli", token).await;
    assert_eq!((page.status, &page.json()["token_type"]), (200, &json!("DPoP")), "{page:?}");
}
