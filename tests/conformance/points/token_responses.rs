//! Points 14 and 19: what a token response holds (OpenID Connect Core §2 and §3.1.3, RFC 9068).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::checks::header;
use crate::kit::jose::{self, object};
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::server::Setup;

everywhere!(
    p14_expires_in_is_a_number_and_token_type_is_bearer,
    p14_nonce_is_echoed_to_the_letter_and_absent_when_it_was_not_sent,
    p14_no_claim_is_in_the_id_token_that_nobody_asked_for,
    p19_access_tokens_are_at_jwt,
);

const EVERYTHING: &str = "openid profile email address phone groups offline_access";

fn names(claims: &Value) -> BTreeSet<&str> {
    object(claims).keys().map(String::as_str).collect()
}

async fn p14_expires_in_is_a_number_and_token_type_is_bearer(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web");
    let answer = request.answer(&provider, &provider.browser()).await;
    let page = provider.redeem(&request, &answer).await;
    let tokens = provider.tokens(&page);
    assert_eq!(header(&page, "content-type"), "application/json");
    assert_eq!(tokens.json["expires_in"], json!(600));
    assert_eq!(tokens.json["token_type"], "Bearer");
    assert_eq!(tokens.json["scope"], "openid");
    let claims = provider.check_id_token(&request, &tokens).await;
    let now = provider.clock.now().0;
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 600)));
    let set = |setup: &mut Setup| {
        setup.clients[0].access_token_lifetime = 7;
        setup.clients[0].id_token_lifetime = 8;
    };
    let provider = at.start_with(set).await;
    let tokens = provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    assert_eq!(tokens.json["expires_in"], json!(7));
    assert_eq!(tokens.claims()["exp"], provider.clock.now().0 + 8);
}

async fn p14_nonce_is_echoed_to_the_letter_and_absent_when_it_was_not_sent(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let cycle: String = "aZ9-._~".chars().cycle().take(43).collect();
    for nonce in ["x", &cycle, "a b+c&d\"<'>%20\\", "ü☃", &"n".repeat(1024)] {
        let request = Request::of(&provider, "web").with("nonce", nonce);
        let tokens = provider.login(&request, &browser).await;
        assert_eq!(tokens.claims()["nonce"], nonce);
    }
    let tokens = provider.login(&Request::of(&provider, "web").without("nonce"), &browser).await;
    assert_eq!(tokens.claims().get("nonce"), None);
}

async fn p14_no_claim_is_in_the_id_token_that_nobody_asked_for(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for client in ["web", "post", "trusted-cli"] {
        let request = Request::of(&provider, client).with("scope", EVERYTHING);
        let tokens = provider.login(&request, &browser).await;
        let expected = [
            "acr",
            "amr",
            "at_hash",
            "aud",
            "auth_time",
            "exp",
            "iat",
            "iss",
            "nonce",
            "sid",
            "sub",
        ];
        assert_eq!(names(&tokens.claims()), expected.into(), "{client}");
        let (_, access) = jose::peek(tokens.access());
        let expected = ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sid", "sub"];
        assert_eq!(names(&access), expected.into(), "{client}");
    }
}

async fn p19_access_tokens_are_at_jwt(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web").with("scope", "openid email");
    let tokens = provider.login(&request, &browser).await;
    let (header, access) = jose::verify(tokens.access(), &provider.keys().await);
    assert_eq!(header["typ"], "at+jwt");
    let now = provider.clock.now().0;
    assert_eq!((&access["iss"], &access["client_id"]), (&json!(provider.issuer), &json!("web")));
    assert_eq!((&access["iat"], &access["exp"]), (&json!(now), &json!(now + 600)));
    let granted: BTreeSet<_> = access["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(granted, ["email", "openid"].into());
    assert!(access["aud"] == provider.issuer && access["jti"].is_string(), "{access}");
    for claim in ["sid", "sub"] {
        assert_eq!(access[claim], tokens.claims()[claim]);
    }
    let other = provider.login(&request, &browser).await;
    assert_ne!(jose::peek(other.access()).1["jti"], access["jti"]);
}
