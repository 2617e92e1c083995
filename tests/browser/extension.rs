//! The extension alone: `examples/extension.rs`, an authorization server that is not ours, in a browser.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::support::browser::{Browser, Engine, Setup};
use crate::support::listener::{Listener, Mood};
use crate::support::process::{Leash, eventually, wait_for_port};

const HOST: &str = "http://localhost:8082";
/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[actix_web::test]
async fn a_foreign_server_hands_off_and_redeems_in_its_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let _server = Leash::start(&Command::new(example()), &folder.path().join("log"));
    wait_for_port(8082, "the example").await;
    let mut listener =
        Listener::open(Mood::Alive, &format!("{HOST}/handoff/result?outcome=signed_in")).await;
    let redirect_uri = format!("http://127.0.0.1:{}/", listener.port);
    let browser = Browser::start(&Setup::new(Engine::Chromium)).await;
    let link = format!(
        "{HOST}/host/authorize?redirect_uri={redirect_uri}&response_mode=form_post&state=st&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    browser.goto(&link).await.expect("the page loads");
    browser.click("button[name=finish][value=loopback]").await.expect("the person agrees");
    let posted = listener.next(Duration::from_secs(5)).await.expect("the code arrives");
    let answer = reqwest::Client::new()
        .post(format!("{HOST}/host/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([
                    ("client_id", "example-cli"),
                    ("code", posted.field("code").expect("a code")),
                    ("redirect_uri", &redirect_uri),
                    ("code_verifier", VERIFIER),
                ])
                .finish(),
        )
        .send()
        .await
        .expect("the host answers");
    assert!(answer.status().is_success(), "{answer:?}");
    assert_eq!(
        answer.text().await.expect("text"),
        "tokens for whatever the host wants back at redemption"
    );
    let state = eventually(Duration::from_secs(10), async || {
        let state =
            browser.script("return document.querySelector('main').dataset.state").await.ok()?;
        (state == "redeemed").then_some(())
    });
    state.await.expect("the page learns that the code was redeemed");
}

/// The example, which cargo builds beside the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().expect("this test has a path");
    tests.ancestors().nth(2).expect("the build folder").join("examples/extension")
}
