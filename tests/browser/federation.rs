//! Signing in with a provider on another site, in real browsers: what they send along decides whether a
//! response finds the sign-in that it belongs to.

use std::time::Duration;

use doorstep::protocol::client::ResponseMode;
use doorstep::secret::Secret;
use doorstep::upstream::ProviderSettings;

use crate::support::browser::{self, Browser, Engine};
use crate::support::process::eventually;
use crate::support::provider::{Character, Issuer};
use crate::support::server::{START, Setup};

async fn signs_in(engine: Engine) {
    let browser = Browser::start(&browser::Setup::new(engine)).await;
    for response_mode in [ResponseMode::Query, ResponseMode::FormPost] {
        let clock = doorstep::clock::Clock::fixed(START);
        let provider = Issuer::start(Character { clock: clock.clone(), ..Character::default() });
        let settings = ProviderSettings {
            id: "corp".into(),
            issuer: provider.url.clone(),
            client_id: "doorstep".into(),
            client_secret: Some(Secret::new("an-invented-secret")),
            response_mode,
            ..ProviderSettings::default()
        };
        let setup = Setup { https: true, clock, providers: vec![settings], ..Setup::default() };
        let issuer = setup.start().await;
        browser.goto(&format!("{}/login", issuer.url)).await.expect("the page loads");
        browser.click("a[href*='/upstream/corp']").await.expect("the person chooses");
        browser
            .click("form[action*='/upstream/corp/callback'] button")
            .await
            .expect("and says yes");
        let there = eventually(Duration::from_secs(10), async || {
            let text = browser.text("main").await.ok()?;
            text.contains("signed in as ada").then_some(())
        });
        let seen = browser.text("body").await;
        there.await.unwrap_or_else(|| panic!("{engine:?} {response_mode:?}: {seen:?}"));
        assert_eq!(provider.codes(), (1, 0));
        let url = browser.url().await.expect("an address");
        assert!(url.ends_with("/account"), "{url}");
    }
}

#[actix_web::test]
async fn chromium_comes_back_from_a_provider() {
    signs_in(Engine::Chromium).await;
}

#[actix_web::test]
async fn firefox_comes_back_from_a_provider() {
    signs_in(Engine::Firefox).await;
}

#[actix_web::test]
async fn webkit_comes_back_from_a_provider() {
    signs_in(Engine::WebKit).await;
}
