//! An app behind the gateway, the Doorstep that it signs people in with, and a person between them.

use std::time::Duration;

use doorstep::clock::Clock;
use doorstep::gateway::{AppSettings, GatewayLimits};
use doorstep::protocol::client::Client;
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::app::{Dashboard, Parts, Place};
use crate::elsewhere::trusting;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, START, Server, Setup};

/// Both.
pub struct Scene {
    pub issuer: Server,
    pub app: Dashboard,
    pub settings: AppSettings,
    pub parts: Parts,
}

impl Scene {
    /// As the contract wants it.
    pub async fn start() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// With changed settings of the app.
    pub async fn set(change: impl FnOnce(&mut AppSettings)) -> Self {
        Self::with(change, |_| {}).await
    }

    /// With changed settings of the app, and of the client at the issuer.
    pub async fn with(
        change: impl FnOnce(&mut AppSettings),
        change_client: impl FnOnce(&mut Client),
    ) -> Self {
        let (place, clock) = (Place::reserve(), Clock::fixed(START));
        let mut client = place.client();
        change_client(&mut client);
        let setup = Setup {
            path: "/oidc",
            clock: clock.clone(),
            clients: vec![client],
            outgoing: trusting(&place.identity),
            ..Setup::default()
        };
        let issuer = setup.start().await;
        let mut settings = place.app(&issuer.url);
        change(&mut settings);
        let parts = Parts {
            db: server::store().await,
            root: RootKey::generate(),
            clock,
            limits: GatewayLimits::default(),
        };
        let app = place.start(vec![settings.clone()], parts.clone());
        Self { issuer, app, settings, parts }
    }

    /// Another gateway for the same app, on the same store, that the proxy may send anybody to.
    pub fn replica(&self) -> Dashboard {
        Place::reserve().start(vec![self.settings.clone()], self.parts.clone())
    }

    /// From `authorize` to the sign-in page of the issuer, and back with a response, which is not followed.
    pub async fn come_back(&self, browser: &Person, query: &str) -> Page {
        let page = browser.get(&format!("{}/authorize{query}", self.app.auth)).await;
        self.through_issuer(browser, page).await
    }

    /// The same from wherever the app has sent the browser.
    pub async fn through_issuer(&self, browser: &Person, page: Page) -> Page {
        let there = page.location.clone().unwrap_or_else(|| panic!("no redirect: {page:?}"));
        assert!(there.starts_with(&self.issuer.url), "{there}");
        let page = browser.visit(&there).await;
        let page = match page.body.contains("name=\"password\"") {
            true => browser.sign_in(&there, "alice", PASSWORD).await,
            false => page,
        };
        let Some(back) = page.location.clone() else { return post_back(browser, &page).await };
        browser.get(&back).await
    }

    /// Signs alice in, in this browser.
    pub async fn sign_in(&self, browser: &Person) {
        let page = self.come_back(browser, "").await;
        assert_eq!(page.location.as_deref(), Some("/"), "{page:?}");
    }

    /// A browser in which alice is signed in.
    pub async fn alice(&self) -> Person {
        let browser = self.app.stranger();
        self.sign_in(&browser).await;
        browser
    }

    /// Signs a browser out at the issuer, and waits until the app has been told.
    pub async fn sign_out_there(&self, browser: &Person) {
        let page = browser.get(&format!("{}/account", self.issuer.url)).await;
        let page = browser.submit(&page.form_to("/logout"), None, &[]).await;
        assert_eq!(page.status, 200, "{page:?}");
        for _ in 0..300 {
            if self.app.profile(browser).await.status == 401 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Lets the page of the issuer post its form to the app, as form_post does.
async fn post_back(browser: &Person, page: &Page) -> Page {
    let form = page.form();
    let body = Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let request = browser
        .request(Method::POST, &form.action)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(body);
    let page = browser.send(request).await;
    browser.get(&page.target().unwrap_or_else(|| panic!("no redirect: {page:?}"))).await
}

/// What stands in `Set-Cookie` about the cookie whose name ends like this.
pub fn set_cookies(page: &Page, end: &str) -> Vec<String> {
    let all = page.headers.get_all("set-cookie").iter();
    let texts = all.map(|value| value.to_str().expect("ASCII").to_owned());
    texts.filter(|text| text.split('=').next().is_some_and(|name| name.ends_with(end))).collect()
}

/// The error that an app hears.
#[track_caller]
pub fn assert_trouble(page: &Page, status: u16, code: &str) -> String {
    let body: Value = page.json();
    assert_eq!((page.status, body["error"].as_str()), (status, Some(code)), "{page:?}");
    assert!(!page.headers.contains_key("access-control-allow-origin"), "{page:?}");
    body["error_description"].as_str().expect("a description").to_owned()
}
