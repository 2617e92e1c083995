//! `doorstep login --device` against a real Doorstep: a code on this screen, a browser somewhere else.

use doorstep::clock::Clock;

use crate::browser::{Page, Person};
use crate::issuer::{Character, Issuer};
use crate::program::{Detached, Folder, OnTerminal, environment};
use crate::server::{PASSWORD, Server, Setup};

async fn issuer(path: &'static str) -> Server {
    Setup { path, clock: Clock::system(), ..Setup::default() }.start().await
}

fn login(issuer: &Server, home: &Folder, more: &[&str]) -> OnTerminal {
    let arguments = ["login", &issuer.url, "--client-id", "tv", "--device"];
    OnTerminal::doorstep(&[&arguments, more].concat(), home)
}

/// The code on the screen, once the program waits.
async fn code(login: &OnTerminal) -> String {
    login.wait_for("Waiting for up to").await;
    let shown = login.shown().replace('\r', "");
    let (_, rest) = shown.split_once("enter this code:\n\n  ").expect("a code is shown");
    rest.lines().next().unwrap().to_owned()
}

/// What the person sees who enters the code.
async fn enter(person: &Person, issuer: &Server, code: &str) -> Page {
    person.sign_in(&format!("{}/device?user_code={code}", issuer.url), "alice", PASSWORD).await
}

async fn answer(person: &Person, page: &Page, answer: &str) -> String {
    let page = person.submit(&page.form_to("/device"), Some(("answer", answer)), &[]).await;
    person.follow(page).await.state()
}

#[actix_web::test]
async fn a_code_entered_elsewhere_signs_in_here() {
    let (issuer, home, person) = (issuer("/oidc").await, Folder::new(), Person::new());
    let login = login(&issuer, &home, &["--qr", "--format", "token"]);
    let code = code(&login).await;
    let shown = login.shown();
    assert!(shown.contains(&format!("{}/device", issuer.url)) && shown.contains('▀'), "{shown}");
    assert!(login.echoes(), "nothing is read from the terminal");
    let (_, words) = shown.split_once("belongs to this terminal: ").expect("a match phrase");
    let words = words.lines().next().unwrap().trim();
    let page = enter(&person, &issuer, &code).await;
    assert!(page.body.contains(words), "{words:?} is not on {}", page.body);
    assert_eq!(answer(&person, &page, "approved").await, "approved");
    let (status, token, shown) = login.end().await;
    assert!(status.success() && !token.is_empty(), "{shown}");
    assert!(!shown.contains(token.trim()), "no token is shown");

    let arguments = ["login", &issuer.url, "--client-id", "tv", "--format", "token", "--never-ask"];
    let (_, kept, _) = Detached::doorstep(&arguments, environment(&home)).end().await;
    assert_eq!(kept, token, "the tokens are kept as after any other sign-in");
}

#[actix_web::test]
async fn no_is_an_answer() {
    let (issuer, home, person) = (issuer("").await, Folder::new(), Person::new());
    let login = login(&issuer, &home, &[]);
    let page = enter(&person, &issuer, &code(&login).await).await;
    assert_eq!(answer(&person, &page, "denied").await, "denied");
    let (status, output, shown) = login.end().await;
    assert_eq!((status.code(), output.as_str()), (Some(3), ""), "{shown}");
    assert!(shown.contains("The sign-in was declined"), "{shown}");
}

#[actix_web::test]
async fn patience_ends_and_so_does_ctrl_c() {
    let (issuer, home) = (issuer("").await, Folder::new());
    let (status, _, shown) = login(&issuer, &home, &["--timeout", "1s"]).end().await;
    assert_eq!(status.code(), Some(4), "{shown}");
    let login = login(&issuer, &home, &[]);
    code(&login).await;
    login.enter("\x03");
    let (status, output, shown) = login.end().await;
    assert_eq!((status.code(), output.as_str()), (Some(130), ""), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_without_devices_is_said_to_be_one() {
    let issuer = Issuer::start(Character::default());
    let arguments = ["login", &issuer.url, "--device"];
    let program = Detached::doorstep(&arguments, environment(&Folder::new()));
    let (code, output, errors) = program.end().await;
    assert_eq!((code, output.as_str()), (5, ""), "{errors}");
    assert!(errors.contains("does not sign people in on other devices"), "{errors}");
}

/// Signs in at an issuer where a device hears this before it gets tokens.
async fn hear(heard: &'static [&'static str]) -> (Issuer, (i32, String, String)) {
    let issuer = Issuer::start(Character { devices: Some(heard), ..Character::default() });
    let arguments = ["login", &issuer.url, "--device", "--format", "token"];
    let ended = Detached::doorstep(&arguments, environment(&Folder::new())).end().await;
    (issuer, ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_as_often_as_it_may_and_slows_down_when_told_to() {
    let (issuer, (code, token, errors)) = hear(&["authorization_pending", "slow_down"]).await;
    assert_eq!(code, 0, "{errors}");
    assert!(token.starts_with("at-"), "{token}");
    assert!(errors.contains("[31mABC-DEF") && !errors.contains('\x1b'), "{errors}");
    let asked = issuer.ledger().asked.clone();
    let waits: Vec<_> = asked.windows(2).map(|two| (two[1] - two[0]).as_secs_f32()).collect();
    assert!((0.9..4.0).contains(&waits[0]) && waits[1] >= 5.9, "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_it_ended_is_said_in_words() {
    for (heard, expected, words) in [
        (&["expired_token"][..], 4, "Nobody entered the code in time"),
        (&["access_denied"], 3, "The sign-in was declined"),
        (&["invalid_client"], 5, "does not know this client"),
    ] {
        let (_, (code, output, errors)) = hear(heard).await;
        assert_eq!((code, output.as_str()), (expected, ""), "{heard:?} {errors}");
        assert!(errors.contains(words), "{errors}");
    }
}
