//! An authorization request, and the person who takes it to its end.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorstep::protocol::client::Client;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::provider::{Provider, encode};
use crate::support::client_key::ClientKey;
use crate::support::person::{Page, Person};
use crate::support::server::PASSWORD;

/// Where the web clients of `support::server::clients` await their answers.
pub const WEB_URI: &str = "https://app.example/cb";
/// Where the programs await theirs.
pub const CLI_URI: &str = "http://127.0.0.1:49152/";

/// A text that was not there before, as `state`, `nonce` and PKCE verifiers have to be.
pub fn fresh(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{what}-{:04}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// An authorization request, with what its client remembers of it.
#[derive(Clone, Debug)]
pub struct Request {
    params: Vec<(String, String)>,
    /// The PKCE verifier.
    pub verifier: String,
}

impl Request {
    /// A usual request of one of the clients.
    pub fn of(provider: &Provider, client_id: &str) -> Self {
        Self::of_client(provider.client(client_id))
    }

    /// A usual request of a client.
    pub fn of_client(client: &Client) -> Self {
        let registered = &client.redirect_uris[0];
        let uri = if registered.starts_with("http://127.") { CLI_URI } else { registered };
        let verifier = fresh("a-verifier-has-at-least-forty-three-characters");
        let params = [
            ("client_id", client.client_id.as_str()),
            ("redirect_uri", uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", &fresh("state")),
            ("nonce", &fresh("nonce")),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { params, verifier }
    }

    /// With this parameter, instead of the one of the same name.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.retain(|(known, _)| known != name);
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// With these parameters, instead of those of the same names; those that are empty are left out.
    pub fn but(self, changes: &[(&str, &str)]) -> Self {
        changes.iter().fold(self, |request, (name, value)| match *value {
            "" => request.without(name),
            value => request.with(name, value),
        })
    }

    /// Without this parameter.
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    /// Without PKCE.
    pub fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }

    /// Whose request it is.
    pub fn client_id(&self) -> &str {
        self.get("client_id").expect("a client")
    }

    /// One of the parameters.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The parameters.
    pub fn params(&self) -> Vec<(&str, &str)> {
        self.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The same request, signed by the client (JAR, RFC 9101): outside of it stands only whose it is.
    pub fn signed(&self, provider: &Provider, key: &ClientKey) -> Self {
        self.signed_with(provider, key, &[])
    }

    /// The same with changes of the claims; null removes a claim.
    pub fn signed_with(
        &self,
        provider: &Provider,
        key: &ClientKey,
        changes: &[(&str, Value)],
    ) -> Self {
        let mut claims = json!({
            "iss": self.client_id(), "aud": provider.issuer, "exp": provider.clock.now().0 + 60,
        });
        for (name, value) in self.params() {
            claims[name] = value.into();
        }
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
        let object = key.sign(&json!({"typ": "oauth-authz-req+jwt", "kid": key.kid}), &claims);
        let outside = [("client_id", self.client_id()), ("request", &object)];
        let params = outside.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { params, verifier: self.verifier.clone() }
    }

    /// The parameters, encoded.
    pub fn encoded(&self) -> String {
        encode(&self.params())
    }

    /// The URL that a browser is sent to.
    pub fn url(&self, provider: &Provider) -> String {
        format!("{}?{}", provider.endpoint("authorization_endpoint"), self.encoded())
    }

    /// What the browser gets for it, before anybody has done anything.
    pub async fn open(&self, provider: &Provider, browser: &Person) -> Page {
        browser.visit(&self.url(provider)).await
    }

    /// The answer to the client, for which nobody may be asked anything.
    pub async fn answer_unasked(&self, provider: &Provider, browser: &Person) -> Answer {
        let page = self.open(provider, browser).await;
        let answer = Answer::on(&page).unwrap_or_else(|| panic!("somebody is asked on {page:?}"));
        answer.opened(provider, self.client_id()).await
    }

    /// The answer to the client, when alice does whatever she is asked.
    pub async fn answer(&self, provider: &Provider, browser: &Person) -> Answer {
        self.answer_as("alice", provider, browser).await
    }

    /// The answer to the client, when this person does whatever they are asked.
    pub async fn answer_as(&self, name: &str, provider: &Provider, browser: &Person) -> Answer {
        let page = self.open(provider, browser).await;
        obey(name, browser, page).await.opened(provider, self.client_id()).await
    }
}

/// Whether the page asks for a password.
pub fn asks_for_password(page: &Page) -> bool {
    page.location.is_none() && page.body.contains("type=\"password\"")
}

/// Whether the page asks to agree.
pub fn asks_for_consent(page: &Page) -> bool {
    page.location.is_none() && page.forms().iter().any(|form| form.action.contains("/consent"))
}

/// Signs this person in on a page that asks for a password, and gives what comes after it.
pub async fn give_password(name: &str, browser: &Person, page: &Page) -> Page {
    let values = [("username", name), ("password", PASSWORD)];
    let page = browser.submit(&page.form_to("/login"), None, &values).await;
    browser.follow(page).await
}

/// Agrees on a page that asks for it, and gives what comes after it.
pub async fn agree(browser: &Person, page: &Page) -> Page {
    let page = browser.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    browser.follow(page).await
}

/// Does what pages ask for until there is an answer for the client.
pub async fn obey(name: &str, browser: &Person, mut page: Page) -> Answer {
    for _ in 0..4 {
        if let Some(answer) = Answer::on(&page) {
            return answer;
        }
        page = if asks_for_password(&page) {
            give_password(name, browser, &page).await
        } else if asks_for_consent(&page) {
            agree(browser, &page).await
        } else {
            let form = page.form_to("/handoff");
            let page = browser.submit(&form, Some(("finish", "loopback")), &[]).await;
            browser.follow(page).await
        };
    }
    panic!("no end to it: {page:?}")
}
