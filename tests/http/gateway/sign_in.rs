//! There and back: what a browser is given, and what it is not.

use doorstep::protocol::client::ResponseMode;
use doorstep::secret::is_id;
use reqwest::Method;
use serde_json::json;

use super::foreign::Foreign;
use super::scene::{Scene, assert_trouble};
use crate::kit::claims;

#[actix_web::test]
async fn a_person_signs_in_and_comes_back_to_where_the_app_wanted() {
    for response_mode in [ResponseMode::Query, ResponseMode::FormPost] {
        let scene = Scene::set(|app| app.response_mode = response_mode).await;
        let browser = scene.app.stranger();
        assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
        let page = scene.come_back(&browser, "?next=/clusters%3Fview%3Dall").await;
        assert_eq!((page.status, page.location.as_deref()), (303, Some("/clusters?view=all")));
        let profile = scene.app.profile(&browser).await.json();
        assert_eq!(profile["preferred_username"], "alice");
        assert_eq!(profile["email"], "alice@example.org");
        assert_eq!(profile["groups"], json!(["staff", "builders"]));
        assert_eq!(profile["iss"], scene.issuer.url);
        assert_eq!((&profile["nonce"], &profile["exp"]), (&json!(null), &json!(null)));
    }
}

#[actix_web::test]
async fn the_request_is_the_contracts() {
    let scene = Scene::start().await;
    let page = scene.app.stranger();
    let page =
        page.get(&format!("{}/authorize?login_hint=alice&prompt=login", scene.app.auth)).await;
    let asked = page.query();
    let expected = [
        ("response_type", "code"),
        ("client_id", "dash"),
        ("scope", "openid profile email groups offline_access"),
        ("code_challenge_method", "S256"),
        ("login_hint", "alice"),
        ("prompt", "login"),
    ];
    for (name, value) in expected {
        assert_eq!(asked[name], value, "{name}");
    }
    assert_eq!(asked["redirect_uri"], format!("{}/callback", scene.app.auth));
    assert_eq!(asked["state"].len(), 43);
    let consent = Scene::set(|app| app.prompt = "consent".into()).await;
    for (asked, prompt) in
        [("", "consent"), ("?prompt=login", "consent login"), ("?prompt=none", "consent")]
    {
        let browser = consent.app.stranger();
        let page = browser.get(&format!("{}/authorize{asked}", consent.app.auth)).await;
        assert_eq!(page.query()["prompt"], prompt);
    }
    let silent = scene.app.stranger();
    let page = silent.get(&format!("{}/authorize?prompt=none", scene.app.auth)).await;
    assert!(!page.query().contains_key("prompt"), "nobody would be there to go on");
}

#[actix_web::test]
async fn nobody_is_led_to_another_host() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
    ] {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = scene.come_back(&browser, &format!("?next={next}")).await;
        let location = page.location.expect("a redirect");
        let there = url::Url::parse(&scene.app.origin).unwrap().join(&location).unwrap();
        assert_eq!(there.origin().ascii_serialization(), scene.app.origin, "{next}");
    }
}

#[actix_web::test]
async fn tokens_are_in_no_address_page_or_cookie() {
    let scene = Scene::start().await;
    let browser = scene.app.stranger();
    let page = scene.come_back(&browser, "").await;
    let tokens = scene.app.refresh(&browser).await.json();
    let secrets =
        ["id_token", "access_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
    let seen = format!("{}{:?}{cookies:?}", page.body, page.location);
    for secret in &secrets {
        assert!(!seen.contains(secret.as_str()));
    }
    // What is sealed may spell the beginning of one by chance, but not the dot after the grant's id.
    let is_token = |rest: &str| rest.split_once('.').is_some_and(|(id, _)| is_id(id));
    assert!(!seen.split("dsr_").skip(1).any(is_token), "the issuer's refresh token stays: {seen}");
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    assert_eq!(claims(&secrets[0])["aud"], "dash");
}

#[actix_web::test]
async fn each_sign_in_has_a_new_session_and_the_one_before_ends() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let before = browser.cookie("__Host-doorstep-app-dash").unwrap();
    scene.sign_in(&browser).await;
    let after = browser.cookie("__Host-doorstep-app-dash").unwrap();
    assert_ne!(before, after);
    let thief = scene.app.stranger();
    thief.set_cookie("__Host-doorstep-app-dash", &before);
    assert_trouble(&scene.app.profile(&thief).await, 401, "login_required");
    thief.set_cookie("__Host-doorstep-app-dash", &after);
    assert_eq!(scene.app.profile(&thief).await.status, 200, "the cookie is all there is");
}

#[actix_web::test]
async fn signing_out_ends_everything_here_and_at_the_issuer() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let page = scene.app.post(&browser, "/logout", json!({})).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
    assert_trouble(&scene.app.refresh(&browser).await, 401, "login_required");
    let there = page.json()["location"].as_str().unwrap().to_owned();
    assert!(there.starts_with(&format!("{}/logout?", scene.issuer.url)), "{there}");
    let page = browser.visit(&there).await;
    let back = page.location.expect("back to the app");
    assert!(back.starts_with(&format!("{}/signed-out", scene.app.auth)), "{back}");
    assert_eq!(browser.get(&back).await.location.as_deref(), Some("/"));
    assert_eq!(browser.cookie("doorstep-session"), None, "signed out at the issuer");
    let again = scene.app.post(&browser, "/logout", json!({})).await;
    assert_eq!(again.json()["location"], "/", "nobody was there to be signed out");
}

#[actix_web::test]
async fn signing_out_gives_the_refresh_token_back() {
    for broken in [false, true] {
        let scene = Foreign::set(|provider| provider.revokes = !broken, |_| {}).await;
        let browser = scene.signed_in().await;
        scene.app.clock.advance(9 * 3600);
        let page = scene.app.post(&browser, "/logout", json!({})).await;
        assert_eq!(page.json()["location"], "/", "this issuer has no page to sign out");
        let revoked = scene.provider.ledger().revoked.clone();
        assert_eq!(revoked.len(), usize::from(!broken), "even of a session that has aged");
        assert!(revoked.iter().all(|token| token.starts_with("rt-")), "{revoked:?}");
        assert_trouble(&scene.app.refresh(&browser).await, 401, "login_required");
    }
}

#[actix_web::test]
async fn what_is_off_is_not_there_and_the_rest_is_the_apps() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    for path in ["/login", "/kubeconfig", "/desktop/start", "/desktop/poll", "/desktop/x"] {
        let request = browser.request(Method::GET, &format!("{}{path}", scene.app.auth));
        assert_eq!(browser.send(request).await.status, 404, "{path}");
    }
    let page = browser.get(&format!("{}/other", scene.app.auth)).await;
    assert_eq!(page.body, "the app's own /auth/other");
    let page = browser.get(&format!("{}/authorizex", scene.app.auth)).await;
    assert_eq!(page.body, "the app's own /auth/authorizex");
}

#[actix_web::test]
async fn sessions_end_unless_they_are_refreshed() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    scene.app.clock.advance(8 * 3600 - 1);
    assert_eq!(scene.app.profile(&browser).await.status, 200);
    scene.app.clock.advance(1);
    assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
    assert_eq!(scene.app.refresh(&browser).await.status, 200);
    assert_eq!(scene.app.profile(&browser).await.status, 200);
}
