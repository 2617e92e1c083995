//! The three engines that people have, each driven by its own vendor's WebDriver, with a fresh profile,
//! on a screen that nobody sees: without a screen, Chromium refuses what it would have asked about.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Leash, eventually, free_port, wait_for_port};
use super::tls::ISSUER_HOST;
use super::webdriver::{Result, Session};

/// Runs a program on a virtual screen of its own; the X server picks a number that is free.
const SCREEN: &str = r#"
exec {screen}< <(exec Xvfb -displayfd 1 -screen 0 1280x1024x24 -nolisten tcp 2>/dev/null)
read -r number <&"$screen"
DISPLAY=":$number" exec "$@"
"#;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Debian's `chromium` with `chromedriver`.
    Chromium,
    /// Debian's `firefox-esr` with `geckodriver`.
    Firefox,
    /// WebKitGTK's MiniBrowser with `WebKitWebDriver`.
    WebKit,
}

/// How a browser is set up before it starts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Which browser.
    pub engine: Engine,
    /// Whether pages may run scripts.
    pub javascript: bool,
    /// A port of this machine that Chromium and Firefox shall take for a host on the public internet;
    /// WebKit does not tell address spaces apart.
    pub public_port: Option<u16>,
    /// For pictures that are alike everywhere: the only fonts there are, a file of fontconfig's. Chromium then
    /// goes without a screen, on which there would be a pointer.
    pub fonts: Option<PathBuf>,
}

impl Setup {
    /// The engine as it comes.
    pub fn new(engine: Engine) -> Self {
        Self { engine, javascript: true, public_port: None, fonts: None }
    }
}

/// A running browser; it and its driver end when this is dropped.
pub struct Browser {
    /// The WebDriver session, for what this type has no method for.
    pub session: Session,
    /// Which browser it is.
    pub engine: Engine,
    /// The handle of the window that it started with.
    pub window: String,
    _driver: Leash,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Panics
    /// When the browser or its driver is missing or does not start: `scripts/test` installs them.
    pub async fn start(setup: &Setup) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let driver =
            Leash::start(&driver(setup, port, profile.path()), &profile.path().join("driver.log"));
        wait_for_port(port, "the browser's driver").await;
        let session = Session::open(port, capabilities(setup, profile.path()))
            .await
            .unwrap_or_else(|error| {
                let log =
                    std::fs::read_to_string(profile.path().join("driver.log")).unwrap_or_default();
                panic!(
                    "{:?} does not start ({error}); scripts/test installs it\n{log}",
                    setup.engine
                )
            });
        let window = session.get("/window").await.expect("the browser has a window");
        let window = window.as_str().unwrap_or_default().to_owned();
        Self { session, engine: setup.engine, window, _driver: driver, _profile: profile }
    }

    /// Starts to load a page, without waiting for it.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.session.post("/url", json!({ "url": url })).await.map(drop)
    }

    /// Goes back in the tab's history.
    pub async fn back(&self) -> Result<()> {
        self.session.post("/back", json!({})).await.map(drop)
    }

    /// Loads the page again.
    pub async fn reload(&self) -> Result<()> {
        self.session.post("/refresh", json!({})).await.map(drop)
    }

    /// The address that the tab shows.
    pub async fn url(&self) -> Result<String> {
        Ok(self.session.get("/url").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks on the element, once it is there and can be clicked.
    pub async fn click(&self, css: &str) -> Result<()> {
        let mut last = Ok(());
        let clicked = eventually(Duration::from_secs(10), async || {
            last = self.try_click(css).await;
            last.is_ok().then_some(())
        });
        if clicked.await.is_some() { Ok(()) } else { last }
    }

    async fn try_click(&self, css: &str) -> Result<()> {
        let element = self.session.find(css).await?;
        self.session.post(&format!("{element}/click"), json!({})).await.map(drop)
    }

    /// Types into a field.
    pub async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        let element = self.session.find(css).await?;
        self.session.post(&format!("{element}/value"), json!({ "text": text })).await.map(drop)
    }

    /// What a person can read in an element.
    pub async fn text(&self, css: &str) -> Result<String> {
        let element = self.session.find(css).await?;
        Ok(self
            .session
            .get(&format!("{element}/text"))
            .await?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// An element's attribute, if it has it.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        let element = self.session.find(css).await?;
        let value = self.session.get(&format!("{element}/attribute/{name}")).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// Runs a script in the page and hands back what it returns.
    pub async fn script(&self, script: &str) -> Result<Value> {
        self.session.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// The handles of all open windows and tabs.
    pub async fn windows(&self) -> Result<Vec<String>> {
        let handles = self.session.get("/window/handles").await?;
        let handles = handles.as_array().cloned().unwrap_or_default();
        Ok(handles.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Makes another window the one that commands go to.
    pub async fn switch_to(&self, window: &str) -> Result<()> {
        self.session.post("/window", json!({ "handle": window })).await.map(drop)
    }

    /// Answers a permission for the current origin beforehand: `granted`, `denied` or `prompt`.
    pub async fn set_permission(&self, name: &str, state: &str) -> Result<()> {
        let body = json!({ "descriptor": { "name": name }, "state": state });
        self.session.post("/permissions", body).await.map(drop)
    }

    /// Sends one command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.session
            .post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
            .await
    }

    /// Saves a picture of what is in the window.
    pub async fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = self.session.get("/screenshot").await?;
        std::fs::write(file, decoded(&picture)).expect("the picture is written");
        Ok(())
    }

    /// A picture of what is in the window, as PNG; by Chromium only.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        let quickly = json!({"optimizeForSpeed": true});
        let picture = self.devtools("Page.captureScreenshot", quickly).await?;
        Ok(decoded(&picture["data"]))
    }
}

fn decoded(picture: &Value) -> Vec<u8> {
    let text = picture.as_str().unwrap_or_default();
    STANDARD.decode(text).expect("drivers encode pictures as base64")
}

fn driver(setup: &Setup, port: u16, profile: &Path) -> Command {
    let mut command = match setup.engine {
        Engine::Chromium => on_screen("chromedriver", &[format!("--port={port}")]),
        Engine::Firefox => on_screen("geckodriver", &["--port".into(), port.to_string()]),
        Engine::WebKit => on_screen("WebKitWebDriver", &["-p".into(), port.to_string()]),
    };
    command.env("HOME", profile).env("TMPDIR", profile).env("XDG_RUNTIME_DIR", profile);
    command.env("MOZ_CRASHREPORTER_DISABLE", "1");
    command.envs(setup.fonts.iter().map(|fonts| ("FONTCONFIG_FILE", fonts)));
    command
}

fn on_screen(program: &str, arguments: &[String]) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", SCREEN, "screen", program]).args(arguments);
    command
}

/// Every engine gets certificates accepted, and commands that do not wait for pages: a listener that
/// hangs must not hang the test.
fn capabilities(setup: &Setup, profile: &Path) -> Value {
    let (name, vendor, options) = match setup.engine {
        Engine::Chromium => ("chrome", "goog:chromeOptions", chromium(setup, profile)),
        Engine::Firefox => ("firefox", "moz:firefoxOptions", firefox(setup)),
        Engine::WebKit => ("MiniBrowser", "webkitgtk:browserOptions", webkit(setup)),
    };
    json!({ "browserName": name, "acceptInsecureCerts": true, "pageLoadStrategy": "none", vendor: options })
}

fn chromium(setup: &Setup, profile: &Path) -> Value {
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    .map(String::from)
    .to_vec();
    arguments.extend(setup.fonts.iter().map(|_| "--headless=new".to_owned()));
    arguments.push(format!("--user-data-dir={}", profile.join("chromium").display()));
    arguments.push(format!("--host-resolver-rules=MAP {ISSUER_HOST} 127.0.0.1"));
    arguments.extend(
        setup
            .public_port
            .map(|port| format!("--ip-address-space-overrides=127.0.0.1:{port}=public")),
    );
    let scripts = if setup.javascript { 1 } else { 2 };
    json!({ "binary": "/usr/bin/chromium", "args": arguments,
        "prefs": { "profile.managed_default_content_settings.javascript": scripts } })
}

fn firefox(setup: &Setup) -> Value {
    let public = setup.public_port.map(|port| format!("127.0.0.1:{port}")).unwrap_or_default();
    json!({ "binary": "/usr/bin/firefox-esr", "prefs": {
        "javascript.enabled": setup.javascript,
        "network.dns.localDomains": ISSUER_HOST,
        "network.lna.address_space.public.override": public,
    } })
}

/// Script elements and handlers are switched off in markup only: the driver's own scripts must run.
fn webkit(setup: &Setup) -> Value {
    let scripts = format!("--enable-javascript-markup={}", setup.javascript);
    json!({ "binary": mini_browser(), "args": ["--automation", scripts] })
}

fn mini_browser() -> PathBuf {
    let candidates = ["4.1", "4.0", "6.0"]
        .map(|v| format!("/usr/lib/x86_64-linux-gnu/webkit2gtk-{v}/MiniBrowser"));
    candidates
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .expect("MiniBrowser; scripts/test installs it")
}
