//! A desktop program, and the browser that it opens.

use doorstep::gateway::AppSettings;
use serde_json::{Value, json};

use crate::app::Dashboard;
use crate::person::{Page, Person};

/// What a desktop program does, as Electron's main process: HTTP, cookies, and no more.
pub struct Program<'a> {
    pub app: &'a Dashboard,
    pub http: Person,
}

impl<'a> Program<'a> {
    /// One that has never been here.
    pub fn of(app: &'a Dashboard) -> Self {
        Self { app, http: app.stranger() }
    }

    /// Asks to begin.
    pub async fn start(&self) -> Value {
        let page = self.app.call(&self.http, "/desktop/start", json!({})).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.json()
    }

    /// Asks whether it is done.
    pub async fn poll(&self, started: &Value) -> Page {
        self.app.call(&self.http, "/desktop/poll", json!({ "handle": started["handle"] })).await
    }
}

/// Turns it on.
pub fn desktop(app: &mut AppSettings) {
    app.desktop = true;
}

/// What the program opens.
pub fn link(started: &Value) -> &str {
    started["url"].as_str().expect("a link")
}

/// Opens the link and agrees to go on: the redirect to the issuer.
pub async fn agree(browser: &Person, link: &str) -> Page {
    let page = browser.get(link).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    browser.submit(&page.form(), Some(("answer", "continue")), &[]).await
}

/// The app has to go on asking.
#[track_caller]
pub fn assert_pending(page: &Page) {
    assert_eq!((page.status, page.body.as_str()), (202, r#"{"status":"pending"}"#));
    assert!(!page.headers.contains_key("set-cookie"));
}
