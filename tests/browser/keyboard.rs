//! Whole sign-ins with the keyboard alone (WCAG 2.2, 2.1.1): at every stop the focus can be seen (2.4.7) and
//! is not hidden behind anything (2.4.11), the stops come in the order in which one reads (2.4.3), and what
//! changes by itself takes the focus along and is announced (4.1.3).

mod stories;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::process::eventually;

const PATIENCE: Duration = Duration::from_secs(15);

/// Keys that are not characters (WebDriver §17.4.2).
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const SPACE: &str = " ";
const SHIFT: &str = "\u{e008}";
const CONTROL: &str = "\u{e009}";

/// What has the focus: its name, where it is, and what is wrong with it.
const STOP: &str = "
    const stop = document.activeElement
    if (!stop || stop == document.body || stop.tabIndex < 0) return { name: '' }
    const style = getComputedStyle(stop), box = stop.getBoundingClientRect()
    const line = stop.getClientRects()[0]
    const there = document.elementFromPoint(line.x + line.width / 2, line.y + line.height / 2)
    const wrong = []
    if (!stop.matches(':focus-visible')) wrong.push('is not marked')
    if (style.outlineStyle == 'none' || parseFloat(style.outlineWidth) < 2) wrong.push('has no outline')
    if (box.bottom < 1 || box.top > innerHeight - 1) wrong.push('is out of sight')
    if (there && !stop.contains(there) && !stop.closest('label')?.contains(there)) wrong.push('is covered')
    const name = stop.getAttribute('aria-label') || stop.labels?.[0]?.innerText || stop.innerText
    return { name: name.trim().replaceAll('\\n', ' '), top: Math.round(box.top + scrollY), wrong }";

/// Whether the heading has the focus, and what the regions say that announce by themselves.
const ANNOUNCED: &str = "
    const shown = element => element.checkVisibility() && element.innerText.trim()
    const regions = [...document.querySelectorAll('[role=status],[role=alert]')]
    return { heading: document.activeElement == document.querySelector('h1'),
        said: regions.filter(shown).map(region => region.innerText.trim()).join(' ') }";

/// Somebody who has no mouse.
pub struct Keyboard {
    pub browser: Browser,
}

impl Keyboard {
    /// Opens an address, and waits for the page with this heading.
    pub async fn opens(&self, url: &str, heading: &str) {
        self.browser.goto(url).await.expect("the page loads");
        self.reads("h1", heading).await;
    }

    /// Waits until something can be read there.
    pub async fn reads(&self, css: &str, words: &str) {
        let mut last = String::new();
        let found = eventually(PATIENCE, async || {
            last = self.browser.text(css).await.unwrap_or_default();
            let script = "return document.readyState == 'complete'";
            let ready = self.browser.script(script).await.is_ok_and(|yes| yes == true);
            (ready && last.contains(words)).then_some(())
        });
        if found.await.is_none() {
            let page = self.browser.text("body").await;
            panic!("{:?}: waited for {words:?}, read {last:?} on {page:?}", self.browser.engine);
        }
    }

    /// Presses keys together, and lets them go again.
    pub async fn presses(&self, keys: &[&str]) {
        let key = |kind: &'static str| move |key: &&str| json!({"type": kind, "value": key});
        let down = keys.iter().map(key("keyDown"));
        let actions: Vec<_> = down.chain(keys.iter().rev().map(key("keyUp"))).collect();
        let body = json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]});
        self.browser.session.post("/actions", body).await.expect("keys are pressed");
    }

    /// Types into whatever has the focus, in place of what is there.
    pub async fn types(&self, text: &str) {
        self.presses(&[CONTROL, "a"]).await;
        for character in text.chars() {
            self.presses(&[&character.to_string()]).await;
        }
    }

    /// What has the focus now; empty if nothing has.
    pub async fn stop(&self) -> Value {
        let mut last = Value::Null;
        // What was out of sight is scrolled to with the next frame.
        let fine = eventually(Duration::from_secs(2), async || {
            last = self.browser.script(STOP).await.expect("a script runs");
            last["wrong"].as_array().is_none_or(Vec::is_empty).then_some(())
        });
        assert!(fine.await.is_some(), "{:?}: {last}", self.browser.engine);
        last
    }

    /// Goes through the page from what has the focus, or from its beginning, and finds these stops; then
    /// back to the one of them that is wanted.
    pub async fn walks(&self, stops: &[&str], wanted: &str) {
        let mut above = 0;
        for (count, expected) in stops.iter().enumerate() {
            if count > 0 || self.stop().await["name"] == "" {
                self.presses(&[TAB]).await;
            }
            let stop = self.stop().await;
            assert_eq!(stop["name"], *expected, "{:?}: of {stops:?}", self.browser.engine);
            let top = stop["top"].as_i64().expect("a place");
            assert!(top >= above, "{expected} comes before what stands above it");
            above = top;
        }
        for expected in stops.iter().rev() {
            let stop = self.stop().await;
            assert_eq!(stop["name"], *expected, "{:?}: backwards", self.browser.engine);
            if *expected == wanted {
                return;
            }
            self.presses(&[SHIFT, TAB]).await;
        }
        panic!("{wanted} is none of {stops:?}");
    }

    /// Goes on to the stop of this name.
    pub async fn goes_to(&self, wanted: &str) {
        for _ in 0..30 {
            if self.stop().await["name"] == wanted {
                return;
            }
            self.presses(&[TAB]).await;
        }
        panic!("{:?}: there is no {wanted}", self.browser.engine);
    }

    /// Waits until a state that came by itself has taken the focus along and was announced in these words.
    pub async fn hears(&self, heading: &str, words: &str) {
        self.reads("h1", heading).await;
        let heard = self.browser.script(ANNOUNCED).await.expect("a script runs");
        assert_eq!(heard["heading"], true, "{:?}: the focus stayed behind", self.browser.engine);
        let said = heard["said"].as_str().unwrap_or_default();
        assert!(said.contains(words), "{:?}: {words:?} is not in {said:?}", self.browser.engine);
    }

    /// A problem is announced, and explains the field that has the focus.
    pub async fn is_told(&self, words: &str, field: &str) {
        self.reads("[role=alert]:not(:empty)", words).await;
        assert_eq!(self.stop().await["name"], field, "{:?}", self.browser.engine);
        let script = "const { activeElement } = document
            return activeElement.ariaInvalid == 'true' || activeElement.getAttribute('aria-invalid') == 'true'
                ? document.getElementById(activeElement.getAttribute('aria-describedby'))?.innerText : ''";
        let told = self.browser.script(script).await.expect("a script runs");
        assert!(told.as_str().is_some_and(|told| told.contains(words)), "{field}: {told}");
    }
}
