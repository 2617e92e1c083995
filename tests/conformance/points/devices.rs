//! Point 16: sign-in on devices (RFC 8628).

use serde_json::{Value, json};

use crate::kit::checks;
use crate::kit::device::{DEVICE_CODE, answer, open};
use crate::kit::jose;
use crate::kit::request::asks_for_password;
use crate::place::Place;
use crate::support::person::Person;

everywhere!(
    p16_a_device_gets_tokens_when_a_person_agrees,
    p16_a_device_hears_authorization_pending_and_slow_down,
    p16_a_device_code_expires_and_can_be_denied,
    p16_a_user_code_has_no_letters_that_look_alike,
    p16_user_codes_cannot_be_tried_out,
    p16_a_link_fills_the_code_in_and_asks,
    p16_a_device_code_is_spent_once_and_its_clients_alone,
    p16_a_device_asks_no_less_of_a_sign_in_than_a_browser,
);

async fn approve(browser: &Person, device: &Value) {
    let page = answer(browser, &open(browser, device).await, "approved").await;
    assert_eq!(page.state(), "approved", "{page:?}");
}

fn user_code(device: &Value) -> &str {
    device["user_code"].as_str().expect("a user code")
}

async fn p16_a_device_gets_tokens_when_a_person_agrees(at: Place) {
    let provider = at.start().await;
    assert!(provider.lists("grant_types_supported", DEVICE_CODE));
    for client in ["tv", "printer"] {
        let scope = ("scope", "openid email offline_access");
        let device = provider.begin_on_device(client, &[scope]).await;
        assert!(device["expires_in"].as_i64().is_some_and(|seconds| seconds > 0), "{device}");
        for name in ["verification_uri", "verification_uri_complete"] {
            let url = device[name].as_str().expect("a URL");
            assert!(url.starts_with(&provider.issuer), "{url}");
        }
        approve(&provider.browser(), &device).await;
        let tokens = provider.tokens(&provider.ask_on_device(client, &device).await);
        let (header, claims) = jose::verify(tokens.id_token(), &provider.keys().await);
        assert_eq!((&claims["aud"], &claims["iss"]), (&json!(client), &json!(provider.issuer)));
        let at_hash = jose::at_hash(header["alg"].as_str().expect("alg"), tokens.access());
        assert_eq!((&claims["at_hash"], claims.get("nonce")), (&json!(at_hash), None));
        let info = provider.userinfo(tokens.access()).await.json();
        assert_eq!((&info["sub"], &info["email"]), (&claims["sub"], &json!("alice@example.org")));
    }
}

async fn p16_a_device_hears_authorization_pending_and_slow_down(at: Place) {
    let provider = at.start().await;
    let device = provider.begin_on_device("tv", &[]).await;
    let ask = async |error: &str| {
        checks::refused(&provider.ask_on_device("tv", &device).await, 400, error);
    };
    let interval = device["interval"].as_i64().expect("a number");
    ask("authorization_pending").await;
    provider.clock.advance(interval);
    ask("authorization_pending").await;
    ask("slow_down").await;
    provider.clock.advance(interval);
    ask("slow_down").await;
    provider.clock.advance(interval + 10);
    ask("authorization_pending").await;
    approve(&provider.browser(), &device).await;
    provider.tokens(&provider.ask_on_device("tv", &device).await);
}

async fn p16_a_device_code_expires_and_can_be_denied(at: Place) {
    let provider = at.start().await;
    let (late, unwanted) =
        (provider.begin_on_device("tv", &[]).await, provider.begin_on_device("tv", &[]).await);
    let browser = provider.browser();
    let page = answer(&browser, &open(&browser, &unwanted).await, "denied").await;
    assert_eq!(page.state(), "denied");
    checks::refused(&provider.ask_on_device("tv", &unwanted).await, 400, "access_denied");
    provider.clock.advance(late["expires_in"].as_i64().expect("a number"));
    assert_eq!(open(&browser, &late).await.state(), "enter", "there is nothing to decide");
    checks::refused(&provider.ask_on_device("tv", &late).await, 400, "expired_token");
}

async fn p16_a_user_code_has_no_letters_that_look_alike(at: Place) {
    let provider = at.start().await;
    for _ in 0..20 {
        let device = provider.begin_on_device("tv", &[]).await;
        let letters: String = user_code(&device).chars().filter(|c| *c != '-').collect();
        assert!(letters.len() >= 8, "{letters}");
        let clear = |c: char| c.is_ascii_uppercase() && !"AEIOUY".contains(c);
        assert!(letters.chars().all(clear), "{letters}: neither words nor look-alikes");
    }
}

async fn p16_user_codes_cannot_be_tried_out(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    let device = provider.begin_on_device("tv", &[]).await;
    assert_eq!(open(&browser, &device).await.state(), "confirm");
    let uri = device["verification_uri"].as_str().expect("a URL");
    let mut page = browser.get(uri).await;
    let mut tried = 0;
    while page.status == 200 {
        assert!(tried < 100, "{tried} codes were looked at");
        let other = provider.begin_on_device("tv", &[]).await;
        page = browser.get(&format!("{uri}?user_code={}", user_code(&other))).await;
        tried += 1;
    }
    assert_eq!(page.status, 429, "after {tried}");
    assert!(!checks::header(&page, "retry-after").is_empty());
}

async fn p16_a_link_fills_the_code_in_and_asks(at: Place) {
    let provider = at.start().await;
    let (browser, device) = (provider.browser(), provider.begin_on_device("tv", &[]).await);
    for _ in 0..2 {
        let page = open(&browser, &device).await;
        assert_eq!(page.state(), "confirm");
        assert!(page.body.contains(user_code(&device)), "{page:?}");
    }
    checks::refused(&provider.ask_on_device("tv", &device).await, 400, "authorization_pending");
}

async fn p16_a_device_code_is_spent_once_and_its_clients_alone(at: Place) {
    let provider = at.start().await;
    let scope = ("scope", "openid offline_access");
    let device = provider.begin_on_device("tv", &[scope]).await;
    approve(&provider.browser(), &device).await;
    checks::refused(&provider.ask_on_device("printer", &device).await, 400, "invalid_grant");
    let tokens = provider.tokens(&provider.ask_on_device("tv", &device).await);
    checks::refused(&provider.ask_on_device("tv", &device).await, 400, "invalid_grant");
    checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    let page = provider.refresh("tv", tokens.refresh(), &[]).await;
    checks::refused(&page, 400, "invalid_grant");
}

async fn p16_a_device_asks_no_less_of_a_sign_in_than_a_browser(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    approve(&browser, &provider.begin_on_device("tv", &[]).await).await;
    provider.clock.advance(60);
    let device = provider.begin_on_device("tv", &[("max_age", "30")]).await;
    let link = device["verification_uri_complete"].as_str().expect("a link");
    assert!(asks_for_password(&browser.visit(link).await), "a minute is too long");
    approve(&browser, &device).await;
    let tokens = provider.tokens(&provider.ask_on_device("tv", &device).await);
    assert_eq!(tokens.claims()["auth_time"], provider.clock.now().0);
}
