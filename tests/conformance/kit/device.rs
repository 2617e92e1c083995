//! A device that signs somebody in, and the person who decides about it (RFC 8628).

use serde_json::Value;

use super::provider::Provider;
use super::request::{asks_for_password, give_password};
use crate::support::person::{Page, Person};

/// The grant's name.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Provider {
    /// The answer to a device that begins.
    pub async fn begin_on_device(&self, client_id: &str, more: &[(&str, &str)]) -> Value {
        let page = self.post("device_authorization_endpoint", client_id, more).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()
    }

    /// What the device is told that asks for its tokens.
    pub async fn ask_on_device(&self, client_id: &str, device: &Value) -> Page {
        let code = device["device_code"].as_str().expect("a device code");
        let fields = [("grant_type", DEVICE_CODE), ("device_code", code)];
        self.post("token_endpoint", client_id, &fields).await
    }
}

/// Opens the device's link, as alice where nobody is signed in.
pub async fn open(browser: &Person, device: &Value) -> Page {
    let link = device["verification_uri_complete"].as_str().expect("a link");
    let page = browser.visit(link).await;
    match asks_for_password(&page) {
        true => give_password("alice", browser, &page).await,
        false => page,
    }
}

/// Answers on the device's page, and gives the page that says so.
pub async fn answer(browser: &Person, page: &Page, answer: &str) -> Page {
    let page = browser.submit(&page.form_to("/device"), Some(("answer", answer)), &[]).await;
    browser.follow(page).await
}
