//! Whoever plays with responses, states, cookies and pages of other sites: what the gateway adds to the
//! chain, which is tested where people sign in with providers.

use doorstep::accounts::rules::UsernameRule;
use doorstep::clock::Clock;
use doorstep::gateway::{AppSettings, GatewayLimits};
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::json;

use super::foreign::Foreign;
use super::scene::{Scene, assert_trouble};
use crate::app::{Dashboard, Parts, Place};
use crate::person::{Page, Person};
use crate::server::{self, START};
use crate::support::provider::{Character, IdTokens, Issuer};

#[track_caller]
fn assert_failed(page: &Page, status: u16, problem: &str) {
    assert_eq!((page.status, page.state().as_str()), (status, problem), "{page:?}");
    let cookies = format!("{:?}", page.headers.get_all("set-cookie").iter().collect::<Vec<_>>());
    assert!(!cookies.contains("app-dash"), "{cookies}");
}

#[actix_web::test]
async fn t09_a_used_callback_url_cannot_be_replayed() {
    let scene = Foreign::start().await;
    let browser = scene.app.stranger();
    let back = scene.consent(&browser, &scene.app.auth).await;
    assert_eq!(browser.get(&back).await.status, 303);
    assert_failed(&browser.get(&back).await, 400, "over");
    let late = scene.consent(&browser, &scene.app.auth).await;
    scene.app.clock.advance(600);
    assert_failed(&browser.get(&late).await, 400, "over");
    assert_eq!(scene.provider.codes(), (1, 0), "no code was spent in vain");
}

#[actix_web::test]
async fn t06_a_state_serves_only_the_browser_it_began_in() {
    let scene = Foreign::start().await;
    let (attacker, victim) = (scene.app.stranger(), scene.app.stranger());
    let back = scene.consent(&attacker, &scene.app.auth).await;
    assert_failed(&victim.get(&back).await, 400, "over");
    // Not even with the state's cookie tossed into it.
    let name = {
        let page = attacker.get(&format!("{}/authorize", scene.app.auth)).await;
        let cookies =
            page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned());
        let cookie = cookies.into_iter().find(|cookie| cookie.contains("gateway-")).unwrap();
        (scene.consent_to(&page), cookie)
    };
    let (back, cookie) = name;
    let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    victim.set_cookie(name, value);
    assert_failed(&victim.get(&back).await, 400, "over");
    assert_eq!(attacker.get(&back).await.status, 303, "and yet it was good");
}

/// Two apps on one host, with one issuer.
async fn two_apps() -> Foreign {
    let (place, clock) = (Place::reserve(), Clock::fixed(START));
    let provider = Issuer::start(Character { clock: clock.clone(), ..Character::default() });
    let first = AppSettings { userinfo: false, ..place.app(&provider.url) };
    let second = AppSettings {
        id: "other".into(),
        url: format!("{}/other", place.origin),
        kubeconfig_server: "https://k8s.example".into(),
        ..first.clone()
    };
    let db = server::store().await;
    let parts = Parts { db, root: RootKey::generate(), clock, limits: GatewayLimits::default() };
    let settings = first.clone();
    let app = place.start(vec![first, second], parts.clone());
    Foreign { provider, app, settings, parts }
}

#[actix_web::test]
async fn t18_a_state_of_one_app_serves_no_other() {
    let scene = two_apps().await;
    let browser = scene.app.stranger();
    let back = scene.consent(&browser, &scene.app.auth).await;
    // A cookie without a path, so that the other app sees it too.
    let other = back.replacen("/auth/", "/other/", 1);
    let page = browser.get(&format!("{}/authorize", scene.app.auth)).await;
    let cookies = page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned());
    let cookie = cookies.into_iter().find(|cookie| cookie.contains("gateway-")).unwrap();
    let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    browser.set_cookie(name, value);
    let its_own = scene.consent_to(&page).replacen("/auth/", "/other/", 1);
    for back in [other, its_own] {
        assert_failed(&browser.get(&back).await, 400, "over");
    }
    assert_eq!(scene.provider.codes(), (0, 0));
}

#[actix_web::test]
async fn t18_a_session_of_one_app_serves_no_other() {
    let scene = two_apps().await;
    let browser = scene.signed_in().await;
    let other = format!("{}/other", scene.app.origin);
    for (mine, theirs) in [
        ("__Host-doorstep-app-dash", "__Host-doorstep-app-other"),
        ("__Secure-doorstep-app-dash-refresh", "__Secure-doorstep-app-other-refresh"),
    ] {
        browser.set_cookie(theirs, &browser.cookie(mine).unwrap());
    }
    assert_eq!(scene.app.profile(&browser).await.status, 200);
    assert_trouble(&browser.get(&format!("{other}/profile")).await, 401, "login_required");
    assert_trouble(&browser.get(&format!("{other}/kubeconfig")).await, 401, "login_required");
}

#[actix_web::test]
async fn t19_no_cookie_passes_for_another() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let (session, renewal) = ("__Host-doorstep-app-dash", "__Secure-doorstep-app-dash-refresh");
    let values = [session, renewal].map(|name| browser.cookie(name).unwrap());
    let thief = scene.app.stranger();
    thief.set_cookie(session, &values[1]);
    thief.set_cookie(renewal, &values[0]);
    assert_trouble(&scene.app.profile(&thief).await, 401, "login_required");
    assert_trouble(&scene.app.refresh(&thief).await, 401, "login_required");
}

#[actix_web::test]
async fn a_planted_refresh_cookie_signs_nobody_in() {
    let scene = Scene::set(|app| app.kubeconfig_server = "https://k8s.example".into()).await;
    let (session, renewal) = ("__Host-doorstep-app-dash", "__Secure-doorstep-app-dash-refresh");
    let planted = scene.alice().await.cookie(renewal).unwrap();
    // A neighbour of the host can plant cookies with a narrow path, and none with the prefix __Host-.
    let victim = scene.app.stranger();
    victim.set_cookie(renewal, &planted);
    let page = scene.app.refresh(&victim).await;
    assert_trouble(&page, 401, "login_required");
    let page = victim.get(&format!("{}/kubeconfig", scene.app.auth)).await;
    assert_trouble(&page, 401, "login_required");
    assert_eq!(victim.cookie(session), None);
    // Beside one's own it does nothing, not even harm.
    let victim = scene.alice().await;
    let own = [session, renewal].map(|name| format!("{name}={}", victim.cookie(name).unwrap()));
    let cookies = format!("{renewal}={planted}; {}", own.join("; "));
    let headers = [("content-type", "application/json"), ("cookie", cookies.as_str())];
    let page = refresh_with(&scene.app, &scene.app.stranger(), &headers).await;
    assert_eq!(page.status, 200, "{page:?}");
    let kept = page.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    assert!(kept.into_iter().all(|cookie| !cookie.contains(&planted)), "{page:?}");
}

#[actix_web::test]
async fn t01_t04_what_breaks_the_chain_signs_nobody_in() {
    let scene = Foreign::start().await;
    for wrong in
        [IdTokens::Forged, IdTokens::AlgNone, IdTokens::OtherNonce, IdTokens::OtherAudience]
    {
        scene.provider.change(|provider| provider.id_token = wrong);
        let page = scene.sign_in(&scene.app.stranger()).await;
        assert_eq!(page.status, 502, "{wrong:?} {page:?}");
        assert!(page.body.contains("the ID token was not accepted"), "{page:?}");
        assert!(!format!("{:?}", page.headers).contains("app-dash"));
    }
}

#[actix_web::test]
async fn t17_required_group_missing_or_malformed() {
    let gate = |app: &mut AppSettings| app.required_groups = vec!["ops".into()];
    let scene = Foreign::set(|_| {}, gate).await;
    for (groups, status) in [
        (json!(["staff", "ops"]), 303),
        (json!(["staff"]), 403),
        (json!([]), 403),
        (json!("ops"), 502),
        (json!({ "ops": true }), 502),
        (json!(null), 502),
    ] {
        scene.provider.change(|provider| provider.claims = json!({ "groups": groups }));
        let browser = scene.app.stranger();
        let page = scene.sign_in(&browser).await;
        assert_eq!(page.status, status, "{groups} {page:?}");
        let signed_in = scene.app.profile(&browser).await.status == 200;
        assert_eq!(signed_in, status == 303, "{groups}");
    }
}

#[actix_web::test]
async fn t23_username_injection() {
    let strict = Foreign::start().await;
    let lenient = Foreign::set(|_| {}, |app| app.usernames = UsernameRule::Email).await;
    for name in ["a\"b", "a'b", "a\nb", "a\0b", "../x", "a b", "", " ", "\u{202e}a"] {
        for scene in [&strict, &lenient] {
            scene.provider.change(|p| p.claims = json!({ "preferred_username": name }));
            let page = scene.sign_in(&scene.app.stranger()).await;
            assert_failed(&page, 403, "not_let_in");
        }
    }
    for (scene, status) in [(&strict, 403), (&lenient, 303)] {
        scene.provider.change(|p| p.claims = json!({ "preferred_username": "mia@example.org" }));
        assert_eq!(scene.sign_in(&scene.app.stranger()).await.status, status);
    }
}

/// POSTs to `refresh` with these headers.
async fn refresh_with(app: &Dashboard, browser: &Person, headers: &[(&str, &str)]) -> Page {
    let mut request = browser.request(Method::POST, &format!("{}/refresh", app.auth)).body("{}");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request).await
}

#[actix_web::test]
async fn pages_of_other_sites_can_do_nothing() {
    let scene = Scene::set(|app| app.kubeconfig_server = "https://k8s.example".into()).await;
    let browser = scene.alice().await;
    let json = ("content-type", "application/json");
    let own = scene.app.origin.clone();
    for headers in [
        vec![json, ("sec-fetch-site", "cross-site")],
        vec![json, ("sec-fetch-site", "same-site")],
        vec![json, ("origin", "https://evil.example")],
        vec![json, ("origin", "null")],
        vec![json, ("sec-fetch-site", "cross-site"), ("origin", &own)],
    ] {
        // The test's browser leaves cookies out of cross-site POSTs, as real ones do. An old one would not.
        let cookies = ["__Host-doorstep-app-dash", "__Secure-doorstep-app-dash-refresh"]
            .map(|name| format!("{name}={}", browser.cookie(name).unwrap()));
        let cookies = cookies.join("; ");
        let with_cookies = [headers.clone(), vec![("cookie", cookies.as_str())]].concat();
        let page = refresh_with(&scene.app, &scene.app.stranger(), &with_cookies).await;
        assert_trouble(&page, 403, "cross_site");
    }
    for kind in
        ["application/x-www-form-urlencoded", "text/plain", "text/plain; application/json", ""]
    {
        let headers = [("content-type", kind), ("sec-fetch-site", "same-origin")];
        assert_trouble(&refresh_with(&scene.app, &browser, &headers).await, 400, "invalid_request");
    }
    let download = browser
        .request(Method::GET, &format!("{}/kubeconfig", scene.app.auth))
        .header("sec-fetch-site", "cross-site");
    assert_trouble(&browser.send(download).await, 403, "cross_site");
    for headers in
        [vec![json], vec![json, ("origin", &own)], vec![json, ("sec-fetch-site", "none")]]
    {
        assert_eq!(refresh_with(&scene.app, &browser, &headers).await.status, 200);
    }
}

#[actix_web::test]
async fn one_address_asks_so_often_and_no_more() {
    let (place, clock) = (Place::reserve(), Clock::fixed(START));
    let provider = Issuer::start(Character { clock: clock.clone(), ..Character::default() });
    let settings = AppSettings { desktop: true, ..place.app(&provider.url) };
    let limits = GatewayLimits { requests: 5, polls: 7, ..GatewayLimits::default() };
    let db = server::store().await;
    let parts = Parts { db, root: RootKey::generate(), clock, limits };
    let app = place.start(vec![settings], parts);
    let program = app.stranger();
    for _ in 0..5 {
        assert_eq!(app.call(&program, "/desktop/start", json!({})).await.status, 200);
    }
    let page = app.call(&program, "/desktop/start", json!({})).await;
    assert_trouble(&page, 429, "slow_down");
    assert!(page.headers.contains_key("retry-after"));
    assert_eq!(program.get(&format!("{}/authorize", app.auth)).await.status, 429);
    for _ in 0..7 {
        let page = app.call(&program, "/desktop/poll", json!({ "handle": "x" })).await;
        assert_trouble(&page, 410, "expired_token");
    }
    let page = app.call(&program, "/desktop/poll", json!({ "handle": "x" })).await;
    assert_trouble(&page, 429, "slow_down");
    app.clock.advance(60);
    assert_eq!(app.call(&program, "/desktop/start", json!({})).await.status, 200);
    let large = "x".repeat(70_000);
    let page = app.call(&program, "/desktop/poll", json!({ "handle": large })).await;
    assert_trouble(&page, 413, "invalid_request");
}
