//! The listener as the way in.

use std::net::TcpListener;

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Detached, Folder, OnTerminal, environment};
use crate::support::process::free_port;

#[tokio::test(flavor = "multi_thread")]
async fn no_terminal_at_all() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let mut login = Detached::doorstep(&["login", &issuer.url], environment(&home));
    let answer = person::sign_in(&issuer, &login.link().await);
    assert_eq!(answer.request["handoff"], "loopback", "without a terminal nobody can paste");
    let reply = answer.post().await;
    assert_eq!(reply.status, 303);
    assert_eq!(
        reply.header("location"),
        Some(format!("{}/handoff/result?outcome=signed_in", issuer.url).as_str())
    );
    let (code, output, errors) = login.end().await;
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("at-"), "{output}");

    let (code, output, errors) =
        Detached::doorstep(&["login", &issuer.url, "--manual"], environment(&Folder::new()))
            .end()
            .await;
    assert_eq!((code, output.as_str()), (6, ""), "{errors}");
    assert!(errors.contains("no way to finish"), "{errors}");
}
#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_wrong_states_do_not_end_the_login() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let mut answer = person::sign_in(&issuer, &login.link().await);
    for (method, target, status) in [
        ("GET", "/favicon.ico", 404),
        ("OPTIONS", "/", 204),
        ("GET", "/", 200),
        ("PUT", "/", 405),
        ("GET", "/admin?x=<script>", 404),
    ] {
        let reply = answer.ask(method, target).await;
        assert_eq!(reply.status, status, "{method} {target}");
        assert!(!reply.body.contains("<script>"));
        if !reply.body.is_empty() {
            let policy = reply.header("content-security-policy").unwrap();
            assert!(
                policy.starts_with("default-src 'none'")
                    && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
        }
    }
    assert_eq!(answer.get().await.status, 200, "a code in an address is not taken");
    let state = answer.request["state"].clone();
    for wrong in ["", "another", &state[..42], &format!("{state}x")] {
        answer.set("state", wrong);
        assert_eq!(answer.post().await.status, 400, "{wrong}");
    }
    assert_eq!(issuer.codes(), (0, 0));
    answer.set("state", &state);
    assert_eq!(answer.post().await.status, 303);
    let (status, output, shown) = login.end().await;
    assert!(status.success() && output.starts_with("at-"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_post_gets_the_same_answer() {
    let slow =
        Character { token_delay: std::time::Duration::from_millis(300), ..Character::default() };
    let (issuer, home) = (Issuer::start(slow), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    let (first, second, third) = tokio::join!(answer.post(), answer.post(), answer.post());
    assert_eq!(first.status, 303);
    assert_eq!((&second, &third), (&first, &first));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
    assert_eq!(issuer.codes(), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn listener_port_taken() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let squatter = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = squatter.local_addr().unwrap().port().to_string();
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--listen-port", &port], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert!(login.shown().contains(&format!("Port {port}")), "{}", login.shown());
    login.enter(&format!("{}\r", answer.code));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");

    let arguments = ["login", &issuer.url, "--listen-port", &port];
    let (code, _, errors) = Detached::doorstep(&arguments, environment(&Folder::new())).end().await;
    assert_eq!(code, 6, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_given_port_is_listened_on() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let port = free_port();
    let login =
        OnTerminal::doorstep(&["login", &issuer.url, "--listen-port", &port.to_string()], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert_eq!(answer.door, format!("http://127.0.0.1:{port}/"));
    assert_eq!(answer.post().await.status, 303);
    assert!(login.end().await.0.success());
}
