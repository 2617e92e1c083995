//! "My sign-ins" in a real browser: a person finds a program there and signs it out, with and without
//! scripts.

use doorstep::clock::Clock;

use crate::login::Login;
use crate::support::browser::{Browser, Engine, Setup};
use crate::support::process::eventually;
use crate::support::server::{self, PASSWORD, Server};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

async fn reads(browser: &Browser, css: &str, words: &str) {
    let mut last = String::new();
    let found = eventually(PATIENCE, async || {
        last = browser.text(css).await.unwrap_or_default();
        last.contains(words).then_some(())
    });
    if found.await.is_none() {
        panic!("waited for {words:?} in {css}, saw {last:?}");
    }
}

async fn grants(server: &Server) -> usize {
    server.db.living_grants_of("alice-id", server.clock.now(), 10).await.expect("a list").len()
}

#[actix_web::test]
async fn a_person_signs_a_program_out() {
    let setup = server::Setup { clock: Clock::system(), ..server::Setup::default() };
    let server = setup.start().await;
    let browser = Browser::start(&Setup::new(Engine::Chromium)).await;
    let login = Login::new("cli", "urn:ietf:wg:oauth:2.0:oob".into());
    browser.goto(&login.link(&server, true)).await.expect("the link opens");
    browser.type_into("input[name=username]", "alice").await.expect("a user name");
    browser.type_into("input[name=password]", PASSWORD).await.expect("a password");
    browser.click("form[action$='/login'] button").await.expect("a button");
    reads(&browser, "h1", "Sign in to Example CLI?").await;
    browser.click("button[value=paste]").await.expect("a button");
    reads(&browser, "h1", "Paste this code").await;
    let code = browser.text("#code").await.expect("a code");
    login.redeem(&server, &code).await;
    assert_eq!(grants(&server).await, 1);

    browser.goto(&format!("{}/account", server.url)).await.expect("the page loads");
    browser.click("a[href$='/account/sign-ins']").await.expect("a link");
    reads(&browser, "h1", "My sign-ins").await;
    reads(&browser, "main", "Chrome on Linux").await;
    reads(&browser, "main", "You carried the code").await;
    browser.click("button[name=grant]").await.expect("a button");
    reads(&browser, "[role=status]", "Signed out.").await;
    reads(&browser, "main", "No terminal or device is signed in as you.").await;
    assert_eq!(grants(&server).await, 0);
}
