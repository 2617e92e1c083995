//! An app whose issuer is not a Doorstep and can misbehave.

use doorstep::clock::Clock;
use doorstep::gateway::{AppSettings, GatewayLimits};
use doorstep::secret::RootKey;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::app::{Dashboard, Parts, Place};
use crate::person::{Page, Person};
use crate::server::{self, START};
use crate::support::provider::{Character, Issuer};

/// The app and the issuer.
pub struct Foreign {
    pub provider: Issuer,
    pub app: Dashboard,
    pub settings: AppSettings,
    pub parts: Parts,
}

impl Foreign {
    pub async fn start() -> Self {
        Self::set(|_| {}, |_| {}).await
    }

    pub async fn set(
        change_provider: impl FnOnce(&mut Character),
        change: impl FnOnce(&mut AppSettings),
    ) -> Self {
        let (place, clock) = (Place::reserve(), Clock::fixed(START));
        let mut character =
            Character { doorstep: false, clock: clock.clone(), ..Character::default() };
        change_provider(&mut character);
        let userinfo = character.userinfo.is_some();
        let provider = Issuer::start(character);
        let mut settings = AppSettings { userinfo, ..place.app(&provider.url) };
        change(&mut settings);
        let parts = Parts {
            db: server::store().await,
            root: RootKey::generate(),
            clock,
            limits: GatewayLimits::default(),
        };
        let app = place.start(vec![settings.clone()], parts.clone());
        Self { provider, app, settings, parts }
    }

    /// Another gateway for the same app, on the same store.
    pub fn replica(&self) -> Dashboard {
        Place::reserve().start(vec![self.settings.clone()], self.parts.clone())
    }

    /// Goes to the issuer of the app at this address and says yes there: the address to come back to.
    pub async fn consent(&self, browser: &Person, auth: &str) -> String {
        let page = browser.get(&format!("{auth}/authorize")).await;
        self.consent_to(&page)
    }

    /// Says yes to what this redirect asks.
    pub fn consent_to(&self, page: &Page) -> String {
        let link = Url::parse(page.location.as_deref().expect("a redirect")).unwrap();
        let (request, code) = self.provider.authorize(&link);
        let response = [
            ("code", code.as_str()),
            ("state", &request["state"]),
            ("iss", &self.provider.response_iss()),
        ];
        let query = Serializer::new(String::new()).extend_pairs(response).finish();
        format!("{}?{query}", request["redirect_uri"])
    }

    /// The whole way, to the page at its end.
    pub async fn sign_in(&self, browser: &Person) -> Page {
        let back = self.consent(browser, &self.app.auth).await;
        browser.get(&back).await
    }

    /// A browser in which ada is signed in.
    pub async fn signed_in(&self) -> Person {
        let browser = self.app.stranger();
        let page = self.sign_in(&browser).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{page:?}");
        browser
    }
}
