//! A person at a browser: signs in when asked, clicks, reads, goes back; and remembers what they saw.

use std::fmt;
use std::time::Duration;

use crate::support::browser::Browser;
use crate::support::process::eventually;
use crate::support::server::{PASSWORD, Server};
use crate::support::webdriver;

/// How long anything may take that should happen by itself.
const PATIENCE: Duration = Duration::from_secs(12);
/// How a listener's address begins.
const LOOPBACK: &str = "http://127.";
/// The state of the hand-off page.
const STATE: &str = "#page[data-state]";

/// What kept the person from signing in.
#[derive(Debug)]
pub struct Trouble(pub String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<webdriver::Error> for Trouble {
    fn from(error: webdriver::Error) -> Self {
        Self(error.0)
    }
}

/// The person.
pub struct Person<'a> {
    browser: &'a Browser,
    /// Where they sign in.
    pub issuer: &'a Server,
    /// Whether their browser runs scripts.
    pub scripts: bool,
    /// The headings they read, one after the other.
    pub saw: Vec<String>,
}

impl<'a> Person<'a> {
    /// Somebody at this browser.
    pub fn new(browser: &'a Browser, issuer: &'a Server, scripts: bool) -> Self {
        Self { browser, issuer, scripts, saw: Vec::new() }
    }

    /// Starts from an empty page in the only tab; as a `stranger`, with none of the issuer's cookies.
    pub async fn begin(&self, stranger: bool) -> Result<(), Trouble> {
        for extra in self.browser.windows().await?.iter().filter(|w| **w != self.browser.window) {
            self.browser.switch_to(extra).await?;
            self.browser.session.delete("/window").await?;
        }
        self.browser.switch_to(&self.browser.window).await?;
        if stranger {
            let forgotten = async || {
                let _ = self.browser.session.delete("/cookie").await;
                let left = self.browser.session.get("/cookie").await;
                left.is_ok_and(|cookies| cookies.as_array().is_some_and(Vec::is_empty))
            };
            self.until("the cookies to be gone", forgotten).await?;
        }
        self.browser.goto("about:blank").await?;
        self.until("an empty page", async || self.is_blank().await).await
    }

    /// Opens the program's link, and signs in if asked to.
    pub async fn open(&mut self, link: &str) -> Result<(), Trouble> {
        // A trusted program's page moves on while it loads, which some drivers report as a failure.
        let opened = self.browser.goto(link).await;
        if let Err(trouble) = self.until("a page", async || self.has_loaded().await).await {
            opened?;
            return Err(trouble);
        }
        if self.browser.session.find("input[name=password]").await.is_ok() {
            self.notes().await;
            self.browser.type_into("input[name=username]", "alice").await?;
            self.browser.type_into("input[name=password]", PASSWORD).await?;
            self.clicks("form button").await?;
        }
        Ok(())
    }

    /// Waits for a state of the hand-off page, and reads its heading.
    pub async fn awaits(&mut self, state: &str) -> Result<(), Trouble> {
        self.until(&format!("the state {state}"), async || self.state().await == state).await?;
        self.notes().await;
        Ok(())
    }

    /// Clicks something.
    pub async fn clicks(&self, css: &str) -> Result<(), Trouble> {
        Ok(self.browser.click(css).await?)
    }

    /// Waits until the page has stopped working on it.
    pub async fn settles(&mut self) -> Result<(), Trouble> {
        let settled = async || ["ready", "redeemed"].contains(&self.state().await.as_str());
        self.until("an outcome", settled).await?;
        self.notes().await;
        Ok(())
    }

    /// Loads the page again.
    pub async fn reloads(&mut self) -> Result<(), Trouble> {
        self.loads_again().await?;
        self.settles().await
    }

    async fn loads_again(&mut self) -> Result<(), Trouble> {
        self.saw.push("*reload*".into());
        let page = self.browser.session.find("body").await?;
        self.browser.reload().await?;
        let gone = async || self.browser.session.get(&format!("{page}/name")).await.is_err();
        self.until("the page to load again", gone).await
    }

    /// Goes back.
    pub async fn goes_back(&mut self) -> Result<(), Trouble> {
        // While one page makes way for the next there is no state either, and going back then leaves both.
        let result = format!("{}/handoff/result", self.issuer.url);
        let answered = async || {
            let url = self.browser.url().await;
            url.is_ok_and(|url| url.starts_with(LOOPBACK) || url.starts_with(&result))
        };
        self.until("the program's answer", answered).await?;
        self.notes().await;
        self.browser.back().await?;
        self.saw.push("*Back*".into());
        self.settles().await
    }

    /// Goes back to where they came from, and forward again.
    pub async fn goes_back_and_forward(&mut self) -> Result<(), Trouble> {
        let here = self.browser.url().await?;
        self.browser.back().await?;
        let left = async || self.browser.url().await.is_ok_and(|url| url != here);
        self.until("the page before", left).await?;
        // A browser that is still on its way back does not go forward; at the end of the way it stays.
        let returned = async || {
            let _ = self.browser.session.post("/forward", serde_json::json!({})).await;
            // The address alone may be that of a page that is still to come, or never does.
            let url = self.browser.url().await;
            url.is_ok_and(|url| url == here) && !self.state().await.is_empty()
        };
        self.until("the page to come back", returned).await?;
        self.saw.push("*Back, Forward*".into());
        self.settles().await
    }

    /// The code that the page shows for pasting.
    pub async fn shown_code(&mut self) -> Result<String, Trouble> {
        self.awaits("ready").await?;
        let code = self.browser.text("#code").await?;
        let title = self.browser.session.get("/title").await?.to_string();
        let url = self.browser.url().await?;
        for (place, text) in [("title", title), ("address", url)] {
            if text.contains(&code) || text.contains(&code.replace('-', "")) {
                return Err(Trouble(format!("the code is in the {place}")));
            }
        }
        Ok(code)
    }

    /// The page's last words are that they are signed in, no window is left open, and the browser
    /// was not made to ask anything.
    pub async fn ends_signed_in(&mut self) -> Result<(), Trouble> {
        if !self.scripts {
            self.loads_again().await?;
        }
        self.awaits("redeemed").await?;
        let one = async || self.browser.windows().await.is_ok_and(|windows| windows.len() == 1);
        if self.scripts { self.until("the small window to be closed", one).await } else { Ok(()) }
    }

    /// Reads the heading, if it is not the one read last.
    async fn notes(&mut self) {
        let heading = self.browser.text("h1").await.unwrap_or_else(|_| "(no heading)".into());
        if self.saw.last() != Some(&heading) {
            self.saw.push(heading);
        }
    }

    /// Whether the page is there that follows an empty one; a trusted program's is gone soon.
    async fn has_loaded(&self) -> bool {
        let readable = self.browser.text("h1").await.is_ok();
        let gone = async || self.browser.url().await.is_ok_and(|url| url.starts_with(LOOPBACK));
        !self.is_blank().await && (readable || gone().await)
    }

    async fn is_blank(&self) -> bool {
        self.browser.url().await.is_ok_and(|url| url == "about:blank")
    }

    async fn state(&self) -> String {
        self.browser.attribute(STATE, "data-state").await.ok().flatten().unwrap_or_default()
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) -> Result<(), Trouble> {
        let held = eventually(PATIENCE, async || holds().await.then_some(())).await;
        held.ok_or_else(|| Trouble(format!("waited in vain for {what}")))
    }
}
