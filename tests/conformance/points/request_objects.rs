//! Point 6: requests that the client signed (JAR, RFC 9101).

use doorstep::protocol::client::SigningAlg;
use serde_json::{Value, json};

use crate::kit::answer::{Answer, Way};
use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::Provider;
use crate::kit::request::{Request, WEB_URI};
use crate::place::Place;
use crate::support::client_key::{ClientKey, key_client};

everywhere!(
    p06_request_objects_are_signed_with_the_clients_keys_by_any_listed_algorithm,
    p06_only_what_is_inside_a_request_object_counts,
    p06_request_objects_that_do_not_hold_are_refused,
    p06_unsigned_request_objects_are_refused_by_the_requested_mode,
    p06_a_request_object_does_not_lend_its_redirect_uri,
);

const ID: &str = "signer";

async fn with(at: Place, key: &ClientKey) -> Provider {
    let client = key_client(ID, key);
    let mut provider = at.start_with(|setup| setup.clients.push(client)).await;
    provider.client_key = Some(key.clone());
    provider
}

async fn p06_request_objects_are_signed_with_the_clients_keys_by_any_listed_algorithm(at: Place) {
    for alg in SigningAlg::ALL {
        let key = ClientKey::new(alg, "one");
        let provider = with(at, &key).await;
        let listed = "request_object_signing_alg_values_supported";
        assert!(provider.lists(listed, alg.as_str()) && !provider.lists(listed, "none"));
        let browser = provider.browser();
        for mode in ["query", "form_post"] {
            let request = Request::of(&provider, ID)
                .but(&[("response_mode", mode), ("state", "\"<&+%20 >'")]);
            let answer = request.signed(&provider, &key).answer(&provider, &browser).await;
            checks::success(&provider, &request, &answer);
            let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
            provider.check_id_token(&request, &tokens).await;
        }
    }
}

async fn p06_only_what_is_inside_a_request_object_counts(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let provider = with(at, &key).await;
    let request = Request::of(&provider, ID);
    let bent = request
        .signed(&provider, &key)
        .with("scope", "openid email")
        .with("state", "bent")
        .with("response_mode", "fragment")
        .with("redirect_uri", "https://evil.example/");
    let answer = bent.answer(&provider, &provider.browser()).await;
    checks::success(&provider, &request, &answer);
    let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
    assert_eq!(tokens.json["scope"], "openid");
}

async fn p06_request_objects_that_do_not_hold_are_refused(at: Place) {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let provider = with(at, &key).await;
    let request = Request::of(&provider, ID);
    let now = provider.clock.now().0;
    let stranger = ClientKey::new(SigningAlg::ES256, "one");
    let mut wrongs = vec![request.signed(&provider, &stranger)];
    for change in [
        ("aud", json!("https://else.example")),
        ("iss", json!("web")),
        ("client_id", json!("web")),
        ("exp", json!(now)),
        ("nbf", json!(now + 100)),
        ("request_uri", json!("urn:x")),
    ] {
        wrongs.push(request.signed_with(&provider, &key, &[change]));
    }
    for wrong in wrongs {
        let wrong = wrong.but(&[("redirect_uri", WEB_URI), ("state", "outside")]);
        let answer = wrong.answer_unasked(&provider, &provider.browser()).await;
        checks::error(&provider, &wrong, &answer);
        assert_eq!(answer.error(), "invalid_request_object", "{wrong:?}");
    }
}

async fn p06_unsigned_request_objects_are_refused_by_the_requested_mode(at: Place) {
    let provider = at.start().await;
    let claims = |mode: &str| json!({"client_id": "web", "response_mode": mode, "state": "inside"});
    let outside = Request::of(&provider, "web");
    let browser = provider.browser();
    for (mode, way) in
        [("query", Way::Query), ("fragment", Way::Fragment), ("form_post", Way::FormPost)]
    {
        // The mode may be asked for on either side of the object.
        let object = jose::unsigned_claims(&claims(mode));
        let within = outside.clone().without("state").with("request", object);
        let other = jose::unsigned_claims(&Value::Object(serde_json::Map::new()));
        let without = outside.clone().but(&[("response_mode", mode), ("request", &other)]);
        for (request, state) in [(&within, Some("inside")), (&without, outside.get("state"))] {
            let page = request.open(&provider, &browser).await;
            let answer = Answer::on(&page).expect("an answer");
            assert_eq!((answer.way, answer.error()), (way, "invalid_request_object"), "{mode}");
            assert_eq!((answer.get("state"), answer.to.as_str()), (state, WEB_URI));
            assert_eq!(answer.get("iss"), Some(provider.issuer.as_str()));
        }
    }
}

async fn p06_a_request_object_does_not_lend_its_redirect_uri(at: Place) {
    let provider = at.start().await;
    let object = jose::unsigned_claims(&json!({"redirect_uri": WEB_URI, "client_id": "web"}));
    let request = Request::of(&provider, "web")
        .but(&[("request", &object), ("redirect_uri", "https://app.example/cb_invalid")]);
    let page = request.open(&provider, &provider.browser()).await;
    checks::told_to_the_person(&page, "redirect_uri");
}
