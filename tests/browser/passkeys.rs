//! Passkeys as a person with a fingerprint reader has them: Chromium with its virtual authenticator
//! (WebAuthn Level 3 §11), on an issuer at `localhost`, which browsers trust without a certificate.

use std::time::Duration;

use doorstep::clock::Clock;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Engine, Setup};
use crate::support::process::eventually;
use crate::support::server::{self, PASSWORD, Server};

const PATIENCE: Duration = Duration::from_secs(15);

/// Somebody with a device at a browser.
struct Person {
    browser: Browser,
    server: Server,
    device: String,
}

impl Person {
    /// Alice, with a device that can or cannot tell who she is.
    async fn with_device(verifies: bool) -> Self {
        let clock = Clock::system();
        let setup = server::Setup { host: "localhost", clock, ..server::Setup::default() };
        let (server, browser) =
            (setup.start().await, Browser::start(&Setup::new(Engine::Chromium)).await);
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": verifies, "isUserVerified": verifies, "isUserConsenting": true,
        });
        let device = browser.session.post("/webauthn/authenticator", device).await;
        let device = device.expect("a virtual authenticator").as_str().expect("its id").to_owned();
        Self { browser, server, device }
    }

    async fn opens(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.server.url)).await.expect("the page loads");
    }

    /// Waits for a page with this heading.
    async fn reads(&self, heading: &str) {
        let mut last = String::new();
        let found = eventually(PATIENCE, async || {
            last = self.browser.text("h1").await.unwrap_or_default();
            (last == heading).then_some(())
        });
        if found.await.is_none() {
            panic!("waited for {heading:?}, saw {last:?}");
        }
    }

    async fn clicks(&self, css: &str) {
        self.browser.click(css).await.expect(css);
    }

    async fn gives_the_password(&self) {
        self.reads("Sign in").await;
        self.browser.type_into("input[name=username]", "alice").await.expect("a user name");
        self.browser.type_into("input[name=password]", PASSWORD).await.expect("a password");
        self.clicks("form[action$='/login'] button").await;
    }

    async fn signs_out(&self) {
        self.opens("/account").await;
        self.clicks("form[action$='/logout'] button").await;
        self.reads("You are signed out").await;
        // A key that answers twice within a second is not told from one whose answer is replayed.
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }

    /// Adds a passkey of this name, and keeps the recovery codes.
    async fn adds_a_passkey(&self, name: &str) {
        self.opens("/account/factors/new-passkey").await;
        self.gives_the_password().await;
        self.reads("Add a passkey").await;
        self.browser.type_into("input[name=name]", name).await.expect("a name");
        self.clicks("#passkey button").await;
        self.reads("Your recovery codes").await;
        self.clicks("a.button").await;
        self.reads("Ways to sign in").await;
        let list = self.browser.text("dl").await.expect("a list");
        assert!(list.contains(name) && list.contains("10 left"), "{list}");
    }

    /// How the person signed in last.
    async fn amr(&self) -> Value {
        let events = self.server.db.audit_events(Default::default(), 100).await.expect("a trail");
        let last = events.into_iter().rfind(|event| event.event == "signed_in").expect("a sign-in");
        serde_json::from_str::<Value>(&last.detail).expect("JSON")["amr"].clone()
    }
}

#[actix_web::test]
async fn a_passkey_is_added_and_signs_in_with_and_without_the_password() {
    let alice = Person::with_device(true).await;
    alice.adds_a_passkey("Work laptop").await;
    alice.signs_out().await;
    alice.opens("/login").await;
    alice.gives_the_password().await;
    alice.reads("One more step").await;
    alice.clicks("#passkey button").await;
    alice.reads("Sign-in for your programs").await;
    assert_eq!(alice.amr().await, "pwd hwk user mfa");
    alice.signs_out().await;
    alice.opens("/login").await;
    alice.reads("Sign in").await;
    alice.clicks("#passkey button").await;
    alice.reads("Sign-in for your programs").await;
    assert_eq!(alice.amr().await, "hwk user mfa", "without a user name or password");
}

#[actix_web::test]
async fn a_finger_that_is_not_recognised_is_told_and_loses_nothing() {
    let alice = Person::with_device(true).await;
    alice.adds_a_passkey("Work laptop").await;
    alice.signs_out().await;
    alice.opens("/login").await;
    alice.gives_the_password().await;
    alice.reads("One more step").await;
    let verified = format!("/webauthn/authenticator/{}/uv", alice.device);
    let set = async |yes: bool| {
        let body = json!({ "isUserVerified": yes });
        alice.browser.session.post(&verified, body).await.expect("the device obeys");
    };
    set(false).await;
    alice.clicks("#passkey button").await;
    let told = eventually(PATIENCE, async || {
        let told = alice.browser.text("#passkey [role=alert]").await.unwrap_or_default();
        told.contains("Please try again, or choose another way").then_some(())
    });
    told.await.expect("the page says so");
    set(true).await;
    alice.clicks("#passkey button").await;
    alice.reads("Sign-in for your programs").await;
}

#[actix_web::test]
async fn a_device_that_cannot_tell_who_is_there_makes_no_passkey() {
    let alice = Person::with_device(false).await;
    alice.opens("/account/factors/new-passkey").await;
    alice.gives_the_password().await;
    alice.reads("Add a passkey").await;
    alice.clicks("#passkey button").await;
    let told = eventually(PATIENCE, async || {
        let told = alice.browser.text("#passkey [role=alert]").await.unwrap_or_default();
        told.contains("That did not work").then_some(())
    });
    told.await.expect("the page says so");
    assert!(alice.server.db.factors_of("alice-id").await.expect("a list").is_empty());
}

#[actix_web::test]
async fn without_scripts_the_page_says_so_and_offers_another_way() {
    let setup = server::Setup { host: "localhost", ..server::Setup::default() };
    let server = setup.start().await;
    let setup = Setup { javascript: false, ..Setup::new(Engine::Chromium) };
    let browser = Browser::start(&setup).await;
    let alice = Person { browser, server, device: String::new() };
    alice.opens("/account/factors/new-passkey").await;
    alice.gives_the_password().await;
    alice.reads("Add a passkey").await;
    assert!(hidden(&alice).await);
    let words = alice.browser.text("#no-passkey").await.expect("words");
    assert!(words.contains("A passkey needs JavaScript"), "{words}");
    alice.clicks("a[href*='/totp']").await;
    alice.reads("Add an authenticator app").await;
}

/// Whether the button that needs script cannot be seen.
async fn hidden(person: &Person) -> bool {
    let button = person.browser.session.find("#passkey button").await.expect("a button");
    let shown = person.browser.session.get(&format!("{button}/displayed")).await;
    shown.expect("an answer") == false
}
