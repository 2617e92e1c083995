//! Apps behind the gateway in real browsers, named after what they are: an app of the web with a page of its
//! own, and one of the desktop, which is an HTTP client with cookies of its own beside the browser.

use std::time::Duration;

use doorstep::clock::Clock;
use doorstep::gateway::{AppSettings, GatewayLimits};
use doorstep::protocol::client::ResponseMode;
use doorstep::secret::RootKey;
use serde_json::{Value, json};

use crate::support::app::{Dashboard, Parts, Place};
use crate::support::browser::{self, Browser, Engine};
use crate::support::process::eventually;
use crate::support::provider::{Character, Issuer};
use crate::support::server::{self, PASSWORD, START, Server, Setup};

const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
const PATIENCE: Duration = Duration::from_secs(15);

fn parts(db: doorstep::store::Db, clock: Clock) -> Parts {
    Parts { db, root: RootKey::generate(), clock, limits: GatewayLimits::default() }
}

/// An app, and the Doorstep that it signs people in with, on another site.
async fn app(change: impl FnOnce(&mut AppSettings)) -> (Server, Dashboard) {
    let (place, clock) = (Place::reserve(), Clock::fixed(START));
    let setup = Setup { clients: vec![place.client()], clock: clock.clone(), ..Setup::default() };
    let issuer = setup.start().await;
    let mut settings = place.app(&issuer.url);
    change(&mut settings);
    let app = place.start(vec![settings], parts(server::store().await, clock));
    (issuer, app)
}

/// Reads until it is there.
async fn await_text(browser: &Browser, css: &str, expected: &str) {
    let there = eventually(PATIENCE, async || {
        browser.text(css).await.is_ok_and(|text| text.contains(expected)).then_some(())
    });
    let there = there.await;
    let (url, seen) = (browser.url().await, browser.text("body").await);
    there.unwrap_or_else(|| panic!("{:?}: {expected:?} at {url:?}: {seen:?}", browser.engine));
}

/// Signs in on the issuer's page.
async fn give_password(browser: &Browser) {
    browser.click("[name=username]").await.expect("the sign-in page");
    browser.type_into("[name=username]", "alice").await.expect("a field");
    browser.type_into("[name=password]", PASSWORD).await.expect("a field");
    browser.click("form[action*='/login'] button:not([name])").await.expect("a button");
}

/// What a script of the app's page can lay hands on.
async fn within_reach(browser: &Browser) -> Value {
    let script = "return { cookies: document.cookie, stored: localStorage.length + sessionStorage.length, \
        address: location.href }";
    browser.script(script).await.expect("a script runs")
}

async fn status_of(browser: &Browser, path: &str) -> Value {
    let script = format!(
        "const request = new XMLHttpRequest(); request.open('GET', '{path}', false); request.send(); \
         return request.status"
    );
    browser.script(&script).await.expect("a script runs")
}

/// Loads the page again, until what was in memory is gone.
async fn reload(browser: &Browser) {
    browser.script("window.before = true").await.expect("a script runs");
    browser.reload().await.expect("the page loads again");
    let anew = eventually(PATIENCE, async || {
        let script = "return document.readyState == 'complete' && window.before === undefined";
        browser.script(script).await.is_ok_and(|anew| anew == true).then_some(())
    });
    anew.await.expect("a new page");
}

async fn dashboard(engine: Engine) {
    let (_issuer, app) = app(|app| app.kubeconfig_server = "https://k8s.example:6443".into()).await;
    let browser = Browser::start(&browser::Setup::new(engine)).await;
    browser.goto(&format!("{}/", app.origin)).await.expect("the page loads");
    await_text(&browser, "#who", "Nobody").await;
    browser.click("#sign-in").await.expect("a link");
    give_password(&browser).await;
    await_text(&browser, "#who", "alice has an ID token of 3 parts").await;
    let reach = within_reach(&browser).await;
    assert_eq!(reach["address"], format!("{}/clusters?view=all", app.origin), "{engine:?}");
    assert_eq!((&reach["cookies"], &reach["stored"]), (&json!(""), &json!(0)), "{engine:?}");
    app.clock.advance(700);
    reload(&browser).await;
    await_text(&browser, "#who", "alice has an ID token of 3 parts").await;
    assert_eq!(status_of(&browser, "/auth/kubeconfig").await, 200, "{engine:?}");
    browser.click("#leave").await.expect("a button");
    await_text(&browser, "#who", "Nobody").await;
    assert_eq!(status_of(&browser, "/auth/profile").await, 401, "{engine:?}");
}

#[actix_web::test]
async fn dashboard_that_leaves_the_implicit_flow() {
    for engine in ENGINES {
        dashboard(engine).await;
    }
}

async fn desktop_app(engine: Engine) {
    let (_issuer, app) = app(|app| app.desktop = true).await;
    let program = app.stranger();
    let started = app.call(&program, "/desktop/start", json!({})).await.json();
    let browser = Browser::start(&browser::Setup::new(engine)).await;
    let ask = async || {
        let body = json!({ "handle": started["handle"] });
        app.call(&program, "/desktop/poll", body).await
    };
    browser.goto(started["url"].as_str().expect("a link")).await.expect("the page loads");
    await_text(&browser, "main", started["match_phrase"].as_str().expect("words")).await;
    assert_eq!(ask().await.status, 202);
    browser.click("button[value=continue]").await.expect("a button");
    give_password(&browser).await;
    await_text(&browser, "main h1", "You are signed in.").await;
    await_text(&browser, "main", "You can close this window.").await;
    let url = browser.url().await.expect("an address");
    assert_eq!(url, format!("{}/desktop/signed-in", app.auth), "{engine:?}");
    let page = ask().await;
    assert_eq!((page.status, page.body.as_str()), (200, r#"{"status":"success"}"#), "{engine:?}");
    assert_eq!(app.profile(&program).await.json()["preferred_username"], "alice");
    assert_eq!(ask().await.status, 410, "one use");
    browser.goto(&format!("{}/", app.origin)).await.expect("the page loads");
    await_text(&browser, "#who", "Nobody").await;
}

#[actix_web::test]
async fn desktop_app_whose_sign_in_happens_in_the_system_browser() {
    for engine in ENGINES {
        desktop_app(engine).await;
    }
}

/// With an issuer that is not a Doorstep, and posts its responses from its own site.
async fn foreign_issuer(engine: Engine) {
    let (place, clock) = (Place::reserve(), Clock::fixed(START));
    let character = Character { doorstep: false, clock: clock.clone(), ..Character::default() };
    let provider = Issuer::start(character);
    let settings = AppSettings {
        response_mode: ResponseMode::FormPost,
        userinfo: false,
        ..place.app(&provider.url)
    };
    let app = place.start(vec![settings], parts(server::store().await, clock));
    let browser = Browser::start(&browser::Setup::new(engine)).await;
    browser.goto(&format!("{}/", app.origin)).await.expect("the page loads");
    browser.click("#sign-in").await.expect("a link");
    browser.click("form[action*='/auth/callback'] button").await.expect("the person says yes");
    await_text(&browser, "#who", "ada has an ID token of 3 parts").await;
    assert_eq!(provider.codes(), (1, 0));
}

#[actix_web::test]
async fn application_with_an_external_oidc_provider() {
    for engine in ENGINES {
        foreign_issuer(engine).await;
    }
}
