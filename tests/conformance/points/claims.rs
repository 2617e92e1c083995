//! Point 9: the `claims` parameter and `acr` (OpenID Connect Core §5.5, §2): what is asked for by name goes
//! exactly where it was asked for. Point 14: what a client's settings put into tokens besides.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::jose::{self, object};
use crate::kit::provider::Provider;
use crate::kit::request::{Request, asks_for_consent, asks_for_password, give_password, obey};
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::server::Setup;

everywhere!(
    p09_claims_go_where_they_were_asked_for_and_nowhere_else,
    p09_claims_are_kept_through_a_refresh,
    p09_claims_asked_by_name_need_consent_and_the_clients_scopes,
    p09_what_is_no_claims_request_is_invalid_request,
    p09_a_sub_that_is_asked_for_is_the_only_one_that_gets_a_code,
    p09_acr_is_one_of_the_published_and_amr_says_how,
    p09_an_essential_acr_that_cannot_be_met_is_refused,
    p14_groups_and_roles_go_where_the_clients_settings_say,
);

/// What is in every ID token.
const ALWAYS: [&str; 11] =
    ["iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"];

/// Names of claims besides those that are always there.
fn more(claims: &Value) -> BTreeSet<String> {
    object(claims).keys().filter(|name| !ALWAYS.contains(&name.as_str())).cloned().collect()
}

async fn ask(provider: &Provider, claims: &Value) -> Tokens {
    let request = Request::of(provider, "web")
        .with("claims", claims.to_string())
        .with("scope", "openid offline_access");
    provider.login(&request, &provider.browser()).await
}

async fn p09_claims_go_where_they_were_asked_for_and_nowhere_else(at: Place) {
    let provider = at.start().await;
    assert_eq!(provider.metadata["claims_parameter_supported"], true);
    for (claims, in_id_token, in_userinfo) in [
        (json!({"userinfo": {"name": {"essential": true}}}), &[][..], &["name"][..]),
        (json!({"userinfo": {"name": null}}), &[], &["name"]),
        (json!({"id_token": {"name": null}}), &["name"], &[]),
        (
            json!({"id_token": {"email": {"essential": true}, "groups": null}}),
            &["email", "groups"],
            &[],
        ),
        (
            json!({"userinfo": {"email": null}, "id_token": {"birthdate": null}}),
            &["birthdate"],
            &["email"],
        ),
        (json!({"userinfo": {"address": {"value": "elsewhere"}}}), &[], &["address"]),
        (
            json!({"userinfo": {"shoe_size": {"essential": true}, "name#de": null}, "x": 1}),
            &[],
            &[],
        ),
        (json!({"id_token": {"sub": null, "iss": null, "at_hash": {"value": "x"}}}), &[], &[]),
        (json!({}), &[], &[]),
    ] {
        let tokens = ask(&provider, &claims).await;
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(more(&tokens.claims()), set(in_id_token), "{claims}");
        let info = provider.userinfo(tokens.access()).await.json();
        checks::standard_claims(&info);
        assert_eq!(more(&info), set(in_userinfo), "{claims}");
    }
}

async fn p09_claims_are_kept_through_a_refresh(at: Place) {
    let provider = at.start().await;
    let claims = json!({"userinfo": {"name": null}, "id_token": {"email": null}});
    let mut tokens = ask(&provider, &claims).await;
    for _ in 0..2 {
        tokens = provider.tokens(&provider.refresh("web", tokens.refresh(), &[]).await);
        assert_eq!(tokens.claims()["email"], "alice@example.org");
        let info = provider.userinfo(tokens.access()).await.json();
        assert_eq!(more(&info), ["name".to_owned()].into());
    }
}

async fn p09_claims_asked_by_name_need_consent_and_the_clients_scopes(at: Place) {
    let narrow = |setup: &mut Setup| setup.clients[0].scope = "openid email offline_access".into();
    let provider = at.start_with(narrow).await;
    let claims = json!({"userinfo": {"name": {"essential": true}, "email": null}});
    let tokens = ask(&provider, &claims).await;
    let info = provider.userinfo(tokens.access()).await.json();
    assert_eq!(more(&info), ["email".to_owned()].into());

    let browser = provider.browser();
    provider.login(&Request::of(&provider, "stranger"), &browser).await;
    let named = json!({"userinfo": {"phone_number": null}}).to_string();
    let request = Request::of(&provider, "stranger").with("claims", named);
    let silent = request.clone().with("prompt", "none");
    let answer = silent.answer_unasked(&provider, &browser).await;
    assert_eq!(answer.error(), "consent_required");
    let page = request.open(&provider, &browser).await;
    assert!(asks_for_consent(&page) && page.body.contains("your phone number"), "{page:?}");
    provider.login(&request, &browser).await;
    provider.login_unasked(&silent, &browser).await;
}

async fn p09_what_is_no_claims_request_is_invalid_request(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let long = format!("{{\"x\": \"{}\"}}", "x".repeat(9000));
    for claims in
        ["{", "[]", "name", "{\"userinfo\": [\"name\"]}", "{\"id_token\": {\"name\": 1}}", &long]
    {
        for mode in ["query", "form_post"] {
            let request =
                Request::of(&provider, "web").but(&[("claims", claims), ("response_mode", mode)]);
            let answer = request.answer_unasked(&provider, &browser).await;
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "invalid_request", "{claims:.40}");
        }
    }
}

async fn p09_a_sub_that_is_asked_for_is_the_only_one_that_gets_a_code(at: Place) {
    let provider = at.start().await;
    let alice = provider.login(&Request::of(&provider, "web"), &provider.browser()).await.claims();
    for member in ["id_token", "userinfo"] {
        let bob = provider.browser();
        Request::of(&provider, "web").answer_as("bob", &provider, &bob).await;
        let claims = json!({member: {"sub": {"value": alice["sub"]}}}).to_string();
        let request = Request::of(&provider, "web").with("claims", claims);
        let silent = request.clone().with("prompt", "none");
        assert_eq!(silent.answer_unasked(&provider, &bob).await.error(), "login_required");
        let page = request.open(&provider, &bob).await;
        assert!(asks_for_password(&page), "{page:?}");
        let page = give_password("bob", &bob, &page).await;
        assert!(asks_for_password(&page), "bob is still not alice: {page:?}");
        let page = give_password("alice", &bob, &page).await;
        let answer = obey("alice", &bob, page).await;
        let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
        assert_eq!(tokens.claims()["sub"], alice["sub"]);
    }
}

async fn p09_acr_is_one_of_the_published_and_amr_says_how(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let published = provider.metadata["acr_values_supported"].as_array().expect("a list").clone();
    let all: Vec<_> = published.iter().map(|acr| acr.as_str().expect("a name")).collect();
    for acr_values in ["", &all.join(" "), "1 2", "phr mfa", "\"x\" ü", "  "] {
        let request = Request::of(&provider, "web").but(&[("acr_values", acr_values)]);
        let claims = provider.login(&request, &browser).await.claims();
        assert!(published.contains(&claims["acr"]), "{acr_values:?}: {claims}");
        assert_eq!(claims["amr"], json!(["pwd"]));
    }
    let weakest = &published[0];
    let wish = json!({"id_token": {"acr": {"essential": true, "value": weakest}}});
    assert_eq!(ask(&provider, &wish).await.claims()["acr"], *weakest);
    // One factor is not enough for these: who it is has to be proved anew before there is any answer.
    for stronger in &published[1..] {
        let wish = json!({"id_token": {"acr": {"essential": true, "value": stronger}}});
        let request = Request::of(&provider, "web").with("claims", wish.to_string());
        let page = request.open(&provider, &browser).await;
        assert!(asks_for_password(&page), "{stronger}: {page:?}");
    }
}

async fn p09_an_essential_acr_that_cannot_be_met_is_refused(at: Place) {
    let provider = at.start().await;
    for mode in ["query", "form_post"] {
        let wish = json!({"id_token": {"acr": {"essential": true, "values": ["gold"]}}});
        let request = Request::of(&provider, "web")
            .but(&[("claims", &wish.to_string()), ("response_mode", mode)]);
        let answer = request.answer_unasked(&provider, &provider.browser()).await;
        checks::error(&provider, &request, &answer);
        assert_eq!(answer.error(), "unmet_authentication_requirements");
    }
}

async fn p14_groups_and_roles_go_where_the_clients_settings_say(at: Place) {
    let rules = json!([
        {"claim": "groups", "in": ["id_token"]},
        {"claim": "email", "in": ["id_token"]},
        {"claim": "groups", "as": ["resource_access", "web", "roles"], "in": ["access_token"]},
        {"claim": "preferred_username", "as": "upn", "in": ["userinfo"]},
    ]);
    let set = |setup: &mut Setup| {
        setup.clients[0].claim_mapping = serde_json::from_value(rules).expect("rules");
    };
    let provider = at.start_with(set).await;
    let browser = provider.browser();
    let groups = json!(["staff", "builders"]);
    let request = Request::of(&provider, "web").with("scope", "openid groups profile");
    let tokens = provider.login(&request, &browser).await;
    assert_eq!(more(&tokens.claims()), ["groups".to_owned()].into(), "nobody asked for e-mail");
    assert_eq!(tokens.claims()["groups"], groups);
    let (_, access) = jose::peek(tokens.access());
    assert_eq!(access["resource_access"], json!({"web": {"roles": groups}}));
    assert_eq!(provider.userinfo(tokens.access()).await.json()["upn"], "alice");
    let tokens = provider.login(&Request::of(&provider, "web"), &browser).await;
    assert_eq!(more(&tokens.claims()), BTreeSet::new());
    assert_eq!(jose::peek(tokens.access()).1.get("resource_access"), None);
}
