//! A Doorstep, a provider, and a person between them.

use std::collections::HashMap;

use doorstep::secret::Secret;
use doorstep::upstream::ProviderSettings;
use reqwest::Method;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::kit::authorize_url;
use crate::person::{Page, Person};
use crate::server::{Server, Setup};
use crate::support::provider::{Character, Issuer};

/// A Doorstep with one provider.
pub struct Scene {
    pub server: Server,
    pub provider: Issuer,
}

/// Somebody who has said yes at the provider and is about to come back.
pub struct OnTheWay {
    /// What Doorstep asked the provider.
    pub request: HashMap<String, String>,
    /// The response's parameters.
    pub response: Vec<(String, String)>,
}

/// How Doorstep knows a provider, as a rule.
pub fn corp(provider: &Issuer) -> ProviderSettings {
    ProviderSettings {
        id: "corp".into(),
        name: "Example Corp".into(),
        issuer: provider.url.clone(),
        client_id: "doorstep".into(),
        client_secret: Some(Secret::new("an-invented-secret")),
        timeout: 2,
        ..ProviderSettings::default()
    }
}

impl Scene {
    /// With a provider of this character.
    pub async fn of(character: Character) -> Self {
        Self::with(character, |_| {}).await
    }

    /// With changed settings of the provider.
    pub async fn with(character: Character, change: impl FnOnce(&mut ProviderSettings)) -> Self {
        Self::set_up(character, change, Setup::default()).await
    }

    /// With a changed Doorstep too. Its clock is the provider's.
    pub async fn set_up(
        character: Character,
        change: impl FnOnce(&mut ProviderSettings),
        setup: Setup,
    ) -> Self {
        let provider = Issuer::start(Character { clock: setup.clock.clone(), ..character });
        let mut settings = corp(&provider);
        change(&mut settings);
        let server = Setup { providers: vec![settings], ..setup }.start().await;
        Self { server, provider }
    }

    /// Goes to the provider and says yes there, on behalf of a request of the client `web`.
    pub async fn leave(&self, person: &Person) -> OnTheWay {
        self.leave_for(person, &authorize_url(&self.server, "web", &[])).await
    }

    /// The same on behalf of any request.
    pub async fn leave_for(&self, person: &Person, url: &str) -> OnTheWay {
        let page = person.visit(url).await;
        let page = if page.location.is_none() { choose(person, &page).await } else { page };
        self.consent(&page)
    }

    /// Says yes at the provider that this redirect leads to.
    pub fn consent(&self, page: &Page) -> OnTheWay {
        let link = Url::parse(page.location.as_deref().expect("a redirect")).unwrap();
        assert!(link.as_str().starts_with(&self.provider.url), "{page:?}");
        let (request, code) = self.provider.authorize(&link);
        let response =
            [("code", &code), ("state", &request["state"]), ("iss", &self.provider.response_iss())]
                .map(|(name, value)| (name.to_owned(), value.clone()));
        OnTheWay { response: response.into(), request }
    }

    /// Comes back with the response, and gives the page at the end.
    pub async fn arrive(&self, person: &Person, back: &OnTheWay) -> Page {
        let page = person.get(&self.callback(back)).await;
        person.follow(page).await
    }

    /// The address of the response.
    pub fn callback(&self, back: &OnTheWay) -> String {
        format!("{}?{}", back.request["redirect_uri"], encoded(&back.response))
    }

    /// The whole way, in a browser of its own.
    pub async fn sign_in(&self) -> (Person, Page) {
        let person = self.server.browser();
        let back = self.leave(&person).await;
        let page = self.arrive(&person, &back).await;
        (person, page)
    }

    /// Comes back by a POST from the provider's page, as form_post does.
    #[allow(dead_code, reason = "used by the tests of posted callbacks")]
    pub async fn arrive_posted(&self, person: &Person, back: &OnTheWay) -> Page {
        let request = person
            .request(Method::POST, &back.request["redirect_uri"])
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(encoded(&back.response));
        person.send(request).await
    }
}

impl OnTheWay {
    /// Puts a value in place of a parameter; an empty one removes it.
    pub fn set(&mut self, name: &str, value: &str) {
        self.response.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.response.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Follows the first link of a chooser.
pub async fn choose(person: &Person, page: &Page) -> Page {
    person.get(&link_to(page, "/upstream/")).await
}

/// The address of the first link that contains `part`.
pub fn link_to(page: &Page, part: &str) -> String {
    let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let link = links.into_iter().find(|link| link.contains(part));
    let link =
        link.unwrap_or_else(|| panic!("no link to {part} on {page:?}")).replace("&#38;", "&");
    Url::parse(&page.url).unwrap().join(&link).unwrap().into()
}

/// What a page of a failed sign-in says, and that it signed nobody in.
#[track_caller]
pub fn assert_failed(person: &Person, page: &Page, status: u16, problem: &str) {
    assert_eq!((page.status, page.state().as_str()), (status, problem), "{page:?}");
    assert_eq!(person.cookie("doorstep-session"), None);
    assert_eq!(person.cookie("__Host-doorstep-session"), None);
}

/// The name of the cookie with the state.
pub fn state_cookie(page: &Page) -> Option<String> {
    let set = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let kept = set.filter(|cookie| !cookie.contains("Max-Age=0"));
    let mut names = kept.filter_map(|cookie| cookie.split('=').next());
    names.find(|name| name.contains("doorstep-upstream-")).map(str::to_owned)
}

fn encoded(parameters: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(parameters).finish()
}
