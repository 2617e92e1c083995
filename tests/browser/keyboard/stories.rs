//! What people do with the keyboard: each engine tells the same stories.

use doorstep::accounts::factors::totp::TotpSecret;
use doorstep::clock::Clock;
use doorstep::secret::Secret;
use doorstep::upstream::ProviderSettings;
use serde_json::Value;

use super::{ENTER, Keyboard, PATIENCE, SPACE, TAB};
use crate::login::Login;
use crate::support::browser::{self, Browser, Engine};
use crate::support::listener::{Listener, Mood};
use crate::support::server::{PASSWORD, START, Server, Setup};

const OTHER_PASSWORD: &str = "twelve plums sleep here";

/// An issuer where one can choose how to sign in, and somebody at a browser.
async fn begin(engine: Engine) -> (Server, Keyboard) {
    let corp = ProviderSettings {
        id: "corp".into(),
        issuer: "https://corp.example".into(),
        client_id: "doorstep".into(),
        client_secret: Some(Secret::new("an-invented-secret")),
        ..ProviderSettings::default()
    };
    let setup = Setup { clock: Clock::fixed(START), providers: vec![corp], ..Setup::default() };
    let browser = Browser::start(&browser::Setup::new(engine)).await;
    (setup.start().await, Keyboard { browser })
}

/// Gives name and password on the page that asks for them.
async fn signs_in(person: &Keyboard, password: &str) {
    person.reads("h1", "Sign in").await;
    person.goes_to("User name").await;
    person.types("alice").await;
    person.presses(&[TAB]).await;
    person.types(password).await;
    person.presses(&[ENTER]).await;
}

/// Signs in, after one mistake, and lets the program on this machine have the code.
async fn hands_off(server: &Server, person: &Keyboard) {
    let mut listener = Listener::open(Mood::Alive, &server.url).await;
    let login = Login::new("cli", listener.redirect_uri());
    person.opens(&login.link(server, false), "Sign in").await;
    let stops = ["User name", "Password", "Sign in", "Continue with corp"];
    person.walks(&stops, "User name").await;
    signs_in(person, "not the password").await;
    person.is_told("do not go together", "Password").await;
    person.types(PASSWORD).await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "Sign in to Example CLI?").await;
    let stops = ["Use another account", "Sign in", "My terminal is on another machine", "Cancel"];
    person.walks(&stops, "Sign in").await;
    person.presses(&[ENTER]).await;
    let posted = listener.next(PATIENCE).await.expect("the code arrives");
    assert!(login.redeem(server, posted.field("code").expect("a code")).await);
    person.hears("You are signed in", "You can close this tab").await;
}

/// Asks for the code, copies it, and signs in with it.
async fn copies_the_code(server: &Server, person: &Keyboard) {
    let login = Login::new("cli", "http://127.0.0.1:9/".into());
    person.opens(&login.link(server, true), "Sign in to Example CLI?").await;
    let stops =
        ["Use another account", "Show the code", "My terminal is on this machine", "Cancel"];
    person.walks(&stops, "Show the code").await;
    person.presses(&[SPACE]).await;
    person.hears("Paste this code into your terminal", "press Enter").await;
    person.walks(&["Copy the code"], "Copy the code").await;
    person.presses(&[SPACE]).await;
    person.reads("#said[role=status]", "Copied.").await;
    let code = person.browser.text("#code").await.expect("a code");
    assert!(login.redeem(server, &code).await);
    person.hears("You are signed in", "You can close this tab").await;
}

/// Finds both programs among the sign-ins, and signs one out.
async fn signs_a_program_out(server: &Server, person: &Keyboard) {
    person.opens(&format!("{}/account", server.url), "Sign-in for your programs").await;
    let stops = ["My sign-ins", "Ways to sign in", "Change your password", "Sign out"];
    person.walks(&stops, "My sign-ins").await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "My sign-ins").await;
    let out = "Sign out Example CLI";
    person.walks(&[out, out, "Sign out everywhere else", "Back to your account"], out).await;
    person.presses(&[SPACE]).await;
    person.reads("[role=status]", "Signed out.").await;
    let grants = server.db.living_grants_of("alice-id", server.clock.now(), 10).await;
    assert_eq!(grants.expect("a list").len(), 1);
}

/// Changes the password, after one mistake.
async fn changes_the_password(server: &Server, person: &Keyboard) {
    person.opens(&format!("{}/account/password", server.url), "Change your password").await;
    let stops = [
        "Present password",
        "New password",
        "The new password once more",
        "Change the password",
        "Back to your account",
    ];
    person.walks(&stops, "Present password").await;
    for current in ["not the password", PASSWORD] {
        person.types(current).await;
        for _ in 0..2 {
            person.presses(&[TAB]).await;
            person.types(OTHER_PASSWORD).await;
        }
        person.presses(&[ENTER]).await;
        if current != PASSWORD {
            person.is_told("That is not your present password", "Present password").await;
        }
    }
    person.reads("h1", "Sign-in for your programs").await;
}

/// Adds an app, signs out and in again, and enters its code, after one mistake.
async fn enters_a_second_factor(server: &Server, person: &Keyboard) {
    let url = format!("{}/account/factors/totp", server.url);
    person.opens(&url, "Add an authenticator app").await;
    let key = person.browser.text(".big").await.expect("a key");
    let app = TotpSecret::from_bytes(base32(&key).try_into().expect("160 bits"));
    let code = || app.code(server.clock.now()).expose().to_owned();
    person
        .walks(
            &["Code that the app shows now", "Name, to tell it from others", "Add it"],
            "Code that the app shows now",
        )
        .await;
    person.types(&code()).await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "Your recovery codes").await;
    person.walks(&["I have kept them"], "I have kept them").await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "Ways to sign in").await;
    server.clock.advance(60);
    person.opens(&format!("{}/account", server.url), "Sign-in for your programs").await;
    person.goes_to("Sign out").await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "You are signed out").await;
    person.opens(&format!("{}/login", server.url), "Sign in").await;
    signs_in(person, OTHER_PASSWORD).await;
    person.reads("h1", "One more step").await;
    let stops = ["Code from your app", "Continue", "Use a recovery code instead"];
    person.walks(&stops, "Code from your app").await;
    person.types("000000").await;
    person.presses(&[ENTER]).await;
    person.is_told("That code does not work", "Code from your app").await;
    person.types(&code()).await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "Sign-in for your programs").await;
}

/// Lets a device sign in, after one mistake.
async fn allows_a_device(server: &Server, person: &Keyboard) {
    let http = server.connections().build().expect("a client");
    let request = http.post(format!("{}/device_authorization", server.url)).body("client_id=tv");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.expect("the issuer answers").text().await.expect("a text");
    let device: Value = serde_json::from_str(&answer).expect("JSON");
    person.opens(&format!("{}/device", server.url), "Enter the code").await;
    person.walks(&["Code", "Continue"], "Code").await;
    person.types("BCD-FGH").await;
    person.presses(&[ENTER]).await;
    person.is_told("Please check the code.", "Code").await;
    person.types(device["user_code"].as_str().expect("a code")).await;
    person.presses(&[ENTER]).await;
    person.reads("h1", "Sign in to Example TV on a device?").await;
    person.walks(&["Use another account", "Sign in", "Cancel"], "Sign in").await;
    person.presses(&[SPACE]).await;
    person.reads("h1", "Your device is signing in").await;
}

fn base32(text: &str) -> Vec<u8> {
    let symbols = text.bytes().filter(u8::is_ascii_alphanumeric);
    let value = |symbol| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|s| *s == symbol);
    let bits: Vec<_> = symbols
        .map(|symbol| value(symbol).expect("base32"))
        .flat_map(|value| (0..5).rev().map(move |bit| (value >> bit & 1) as u8))
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

async fn everything(engine: Engine) {
    let (server, person) = begin(engine).await;
    hands_off(&server, &person).await;
    copies_the_code(&server, &person).await;
    signs_a_program_out(&server, &person).await;
    changes_the_password(&server, &person).await;
    enters_a_second_factor(&server, &person).await;
    allows_a_device(&server, &person).await;
}

#[actix_web::test]
async fn the_keyboard_alone_is_enough_in_chromium() {
    everything(Engine::Chromium).await;
}

#[actix_web::test]
async fn the_keyboard_alone_is_enough_in_firefox() {
    everything(Engine::Firefox).await;
}

#[actix_web::test]
async fn the_keyboard_alone_is_enough_in_webkit() {
    everything(Engine::WebKit).await;
}
