//! Issuers of every kind: others, refusing ones, slow ones, and those that lie.

use std::time::Duration;

use doorstep::clock::Clock;
use doorstep::relying_party::{
    Asked, Attempt, Callback, Channel, Client, Error, Http, HttpSettings, OpenIdProvider,
    RelyingParty,
};

use crate::issuer::{Character, IdTokens, Issuer};
use crate::person;
use crate::program::{Detached, Folder, OnTerminal, environment};
use crate::support::process::free_port;

#[tokio::test(flavor = "multi_thread")]
async fn other_issuer_gets_plain_requests_and_its_browser_a_plain_page() {
    let other = Character { doorstep: false, pushes: false, ..Character::default() };
    let (issuer, home) = (Issuer::start(other), Folder::new());
    let mut login = Detached::doorstep(&["login", &issuer.url, "--no-browser"], environment(&home));
    let answer = person::sign_in(&issuer, &login.link().await);
    assert!(!answer.request.contains_key("handoff"), "{:?}", answer.request);
    assert_eq!(answer.request["response_mode"], "form_post");
    assert_eq!(answer.get().await.status, 200, "a code in an address is not taken");
    let reply = answer.post().await;
    assert_eq!((reply.status, reply.header("location")), (200, None));
    assert!(reply.body.contains("You are signed in"), "{}", reply.body);
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; base-uri 'none'; form-action 'none'"),
        "{policy}"
    );
    let (code, output, errors) = login.end().await;
    assert_eq!(code, 0, "{errors}");
    assert!(output.starts_with("at-"));
    assert!(!errors.contains("these words"), "no match phrase: {errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_issuer_without_form_post_answers_in_the_address() {
    let other = Character { doorstep: false, form_post: false, ..Character::default() };
    let (issuer, home) = (Issuer::start(other), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert!(!answer.request.contains_key("response_mode"));
    assert!(login.shown().contains("paste its address here"), "{}", login.shown());
    assert_eq!(answer.get().await.status, 200);
    assert!(login.end().await.0.success());

    let login = OnTerminal::doorstep(&["login", &issuer.url, "--scope", "openid"], &home);
    let mut answer = person::sign_in(&issuer, &login.link().await);
    let right = answer.request["state"].clone();
    answer.set("state", "another");
    login.enter(&format!("{}?{}\r", answer.door, answer.encoded()));
    login.wait_for("belongs to another sign-in").await;
    login.wait_for_times("here: ", 2).await;
    answer.set("state", &right);
    login.enter(&format!("{}?{}\r", answer.door, answer.encoded()));
    let (status, _, shown) = login.end().await;
    assert!(status.success(), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_mix_up() {
    let impostor =
        Character { response_iss: Some("http://127.0.0.1:1".into()), ..Character::default() };
    let (issuer, home) = (Issuer::start(impostor), Folder::new());
    let mut login = Detached::doorstep(&["login", &issuer.url], environment(&home));
    let answer = person::sign_in(&issuer, &login.link().await);
    let reply = answer.post().await;
    assert!(reply.header("location").unwrap().ends_with("?outcome=failed"), "{}", reply.head);
    let (code, output, errors) = login.end().await;
    assert_eq!((code, output.as_str()), (1, ""), "{errors}");
    assert!(errors.contains("does not come from the issuer that was asked"), "{errors}");
    assert_eq!(issuer.codes(), (0, 0), "the code went nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_errors_end_the_login_in_words() {
    let issuer = Issuer::start(Character::default());
    for (error, exit, words, outcome) in [
        ("access_denied", 3, "The sign-in was declined (access_denied, request req-9).", "denied"),
        (
            "server_error",
            5,
            "Something went wrong at the issuer (server_error, request req-9).",
            "failed",
        ),
        (
            "\u{1b}[2Jx",
            1,
            "The issuer refused the sign-in (unknown_error, request req-9).",
            "failed",
        ),
    ] {
        let mut login = Detached::doorstep(&["login", &issuer.url], environment(&Folder::new()));
        let reply = person::decline(&issuer, &login.link().await, error).post().await;
        assert!(
            reply.header("location").unwrap().ends_with(&format!("outcome={outcome}")),
            "{error}"
        );
        let (code, output, errors) = login.end().await;
        assert_eq!((code, output.as_str()), (exit, ""), "{errors}");
        assert!(errors.contains(words) && !errors.contains("not for the eyes"), "{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_id_tokens_are_refused() {
    let issuer = Issuer::start(Character::default());
    for (kind, words) in [
        (IdTokens::AlgNone, "not signed in a way that"),
        (IdTokens::OtherAudience, "made for another client"),
        (IdTokens::OtherNonce, "answers another sign-in"),
        (IdTokens::OtherIssuer, "made by another issuer"),
        (IdTokens::Expired, "has expired"),
        (IdTokens::Forged, "signature is wrong"),
        (IdTokens::OtherAccessToken, "belongs to another access token"),
        (IdTokens::Missing, "missing or malformed"),
    ] {
        issuer.change(|character| character.id_token = kind);
        let home = Folder::new();
        let mut login = Detached::doorstep(&["login", &issuer.url], environment(&home));
        let reply = person::sign_in(&issuer, &login.link().await).post().await;
        assert!(reply.header("location").unwrap().ends_with("outcome=failed"), "{kind:?}");
        let (code, output, errors) = login.end().await;
        assert_eq!((code, output.as_str()), (1, ""), "{kind:?}: {errors}");
        assert!(errors.contains(words), "{kind:?}: {errors}");
        let kept = std::fs::read_dir(home.path().join("tokens")).unwrap();
        let kept = kept.filter(|file| file.as_ref().unwrap().path().extension().unwrap() == "json");
        assert_eq!(kept.count(), 0, "{kind:?} is not kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn token_endpoint_hanging() {
    let slow = Character { token_delay: Duration::from_secs(60), ..Character::default() };
    let (issuer, home) = (Issuer::start(slow), Folder::new());
    let mut login =
        Detached::doorstep(&["login", &issuer.url, "--timeout", "4s"], environment(&home));
    let answer = person::sign_in(&issuer, &login.link().await);
    let reply = answer.post().await;
    assert!(reply.header("location").unwrap().ends_with("outcome=failed"), "{}", reply.head);
    let (code, _, errors) = login.end().await;
    assert_eq!(code, 4, "{errors}");

    let settings = HttpSettings { timeout: Duration::from_millis(300), ..HttpSettings::default() };
    let http = Http::new(&settings).unwrap();
    let provider = OpenIdProvider::discover(&http, &issuer.url).await.unwrap();
    let party = RelyingParty { http, provider, client: Client { id: "cli".into(), secret: None } };
    let redirect_uri = "http://127.0.0.1/".to_owned();
    let attempt = Attempt::new(Asked { redirect_uri, scope: "openid".into(), response_mode: None });
    let answer = person::sign_in(&issuer, party.link(&attempt, &[]).as_str());
    let callback = Callback::parse(answer.encoded().as_bytes());
    let code = attempt.code(&callback, Channel::Browser, &issuer.url, true).unwrap();
    let redeemed = party.redeem(&attempt, code, Clock::system().now()).await;
    assert!(matches!(redeemed, Err(Error::TimedOut { .. })), "{redeemed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_in_time() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--timeout", "1s"], &home);
    let (status, _, shown) = login.end().await;
    assert_eq!(status.code(), Some(4), "{shown}");
    assert!(shown.contains("Nobody signed in within 1 second."), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_none_is_told_at_once() {
    let issuer = Issuer::start(Character::default());
    let dead = free_port();
    for (address, words) in [
        (format!("http://127.0.0.1:{dead}"), "could not be reached: Connection refused"),
        (format!("{}/nothing", issuer.url), "has no OpenID configuration there"),
        (issuer.url.replace("127.0.0.1", "localhost"), "goes by another name"),
        ("http://id.example".into(), "is plain http"),
        ("nonsense".into(), "is not a web address"),
    ] {
        let login = Detached::doorstep(&["login", &address], environment(&Folder::new()));
        let (code, output, errors) = login.end().await;
        assert_eq!((code, output.as_str()), (5, ""), "{errors}");
        assert!(errors.contains(words), "{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_its_own_link() {
    let (issuer, home) = (Issuer::start(Character::default()), Folder::new());
    let script = home.path().join("browser");
    std::fs::write(&script, "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/opened.tmp\"\nmv \"$HOME/opened.tmp\" \"$HOME/opened\"\n")
        .unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut environment = environment(&home);
    environment.push(("BROWSER", script.display().to_string()));
    environment.push(("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22".into()));
    let arguments = ["login", &issuer.url, "--browser"];
    let login = OnTerminal::run(crate::program::binary(), &arguments, environment.clone(), None);
    let printed = login.link().await;
    let opened = home.path().join("opened");
    while !opened.exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let by_browser = person::sign_in(&issuer, &std::fs::read_to_string(&opened).unwrap());
    let by_hand = person::sign_in(&issuer, &printed);
    assert_eq!(
        (by_browser.request["handoff"].as_str(), by_hand.request["handoff"].as_str()),
        ("loopback", "paste")
    );
    for shared in ["state", "code_challenge", "nonce", "redirect_uri"] {
        assert_eq!(by_browser.request[shared], by_hand.request[shared], "siblings share {shared}");
    }
    assert_eq!(by_browser.post().await.status, 303);
    assert!(login.end().await.0.success());

    std::fs::remove_file(&opened).unwrap();
    let other = ["login", &issuer.url, "--scope", "openid"];
    let login = OnTerminal::run(crate::program::binary(), &other, environment, None);
    login.link().await;
    assert!(
        login.shown().contains("in an SSH session, so no browser was opened here"),
        "{}",
        login.shown()
    );
    assert!(!opened.exists());
    login.enter("\x03");
    login.end().await;
}
