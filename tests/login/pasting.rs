//! The terminal as the way in.

use std::fs::File;
use std::io::{Read, Write};
use std::time::Duration;

use doorstep::protocol::code::Code;
use doorstep::protocol::match_phrase::match_phrase;
use rustix::process::Signal;

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Folder, OnTerminal, binary, environment};

fn grouped(code: &str) -> String {
    Code::parse(code).unwrap().grouped().to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn paste() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--format", "token"], &home);
    let link = login.link().await;
    assert!(link.len() < 160, "{link} fits one line of most terminals");
    let answer = person::sign_in(&issuer, &link);
    assert_eq!(answer.request["handoff"], "paste");
    assert_eq!(answer.request["response_mode"], "form_post");
    assert_eq!(answer.request["scope"], "openid profile offline_access");
    assert!(
        login.shown().contains(&match_phrase(&answer.request["code_challenge"])),
        "{}",
        login.shown()
    );
    assert!(!login.echoes());
    login.enter(&format!("\x1b[200~ {}\r\n\x1b[201~\r", grouped(&answer.code)));
    let (status, output, shown) = login.end().await;
    assert!(status.success(), "{shown}");
    assert!(output.starts_with("at-") && output.ends_with('\n'), "{output}");
    assert!(
        !shown.contains(&grouped(&answer.code)) && !shown.contains(output.trim()),
        "no secret is shown: {shown}"
    );
    assert_eq!(issuer.ledger().redeemed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn paste_of_a_whole_address_without_bracketed_paste() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--format", "token"], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    login.enter(&format!("{}?{}\r", answer.door, answer.encoded()));
    let (status, output, shown) = login.end().await;
    assert!(status.success() && output.starts_with("at-"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn mistyped_paste_then_the_right_one() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--format", "token"], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    let last = if answer.code.ends_with('Z') { "Y" } else { "Z" };
    login.enter(&format!("{}{last}\r", &answer.code[..35]));
    login.wait_for("The code was mistyped").await;
    assert_eq!(issuer.ledger().refused, 0, "a mistyped code is not spent");
    login.wait_for_times("here: ", 2).await;
    login.enter(&format!("{}\r", answer.code));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_paste_is_told() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    login.enter(&format!("\x1b[200~{}\x1b[201~", &grouped(&answer.code)[..40]));
    login.wait_for("The code was cut: the last 4 characters are missing.").await;
    login.wait_for_times("here: ", 2).await;
    login.enter(&format!("code={}&state={}\r", answer.code, answer.request["state"]));
    let (status, output, shown) = login.end().await;
    assert!(status.success(), "{shown}");
    // Standard output is no terminal here, so it carries the token without being asked.
    assert!(output.starts_with("at-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    login.enter("\r hunter2\r");
    login.wait_for("This is not a sign-in code").await;
    login.wait_for_times("here: ", 2).await;
    login.enter(&format!("code={}&state=another\r", answer.code));
    login.wait_for("belongs to another sign-in").await;
    login.wait_for_times("here: ", 3).await;
    login.enter(&format!("{}\r", Code::from_bits(&[9; 32]).expose()));
    let (status, output, shown) = login.end().await;
    assert_eq!(status.code(), Some(1), "{shown}");
    assert!(
        shown.contains("expired or was used already (invalid_grant, request req-17)"),
        "{shown}"
    );
    assert!(
        shown.contains("3 tries did not work") && !shown.contains("not for the eyes"),
        "{shown}"
    );
    assert!(output.is_empty());
    assert_eq!(issuer.ledger().redeemed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_and_signals_put_the_terminal_back() {
    let issuer = Issuer::start(Character::default());
    for (code, signal) in [
        (130, None),
        (143, Some(Signal::TERM)),
        (129, Some(Signal::HUP)),
        (131, Some(Signal::QUIT)),
    ] {
        let home = Folder::new();
        let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
        login.link().await;
        assert!(!login.echoes());
        match signal {
            Some(signal) => login.signal(signal),
            None => login.enter("half a co\x03"),
        }
        let (status, output, shown) = login.end().await;
        assert_eq!(status.code(), Some(code), "{shown}");
        assert!(output.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stray_paste_reaches_the_shell() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let script = format!("{} login {} --format token; cat", binary(), issuer.url);
    let shell = OnTerminal::run("sh", &["-c", &script], environment(&home), None);
    let answer = person::sign_in(&issuer, &shell.link().await);
    shell.enter(&format!("{}\rrm -rf stray\r{}\r", answer.code, answer.code));
    shell.wait_for("\x1b[?2004l").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    shell.enter("\x04");
    let (_, output, shown) = shell.end().await;
    assert!(output.starts_with("at-"), "{shown}");
    assert!(!output.contains("stray") && !output.contains(&answer.code), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn piped_stdin_is_untouched() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let file = home.path().join("input");
    File::create(&file).unwrap().write_all(b"for another program\n").unwrap();
    let mut shared = File::open(&file).unwrap();
    let stdin = shared.try_clone().unwrap();
    let arguments = ["login", &issuer.url, "--format", "token"];
    let login = OnTerminal::run(binary(), &arguments, environment(&home), Some(stdin));
    let answer = person::sign_in(&issuer, &login.link().await);
    login.enter(&format!("{}\r", answer.code));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
    // The file's position is shared: what the program had read would be missing here.
    let mut rest = String::new();
    shared.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "for another program\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspend_gives_the_terminal_back_and_takes_it_again() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    login.signal(Signal::TSTP);
    login.wait_for("\x1b[?2004l").await;
    assert!(login.echoes());
    login.signal(Signal::CONT);
    login.wait_for_times("here: ", 2).await;
    assert!(!login.echoes());
    login.enter(&format!("{}\r", answer.code));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn manual_asks_for_a_paste_only() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login =
        OnTerminal::doorstep(&["login", "--issuer", &issuer.url, "--manual", "--qr"], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert_eq!(answer.door, "urn:ietf:wg:oauth:2.0:oob");
    assert!(login.shown().contains("▀"), "a QR code is drawn");
    login.enter(&format!("{}\r", answer.code));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
}
