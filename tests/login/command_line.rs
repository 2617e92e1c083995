//! What is written on the command line counts, and mistakes in it are told.

use crate::issuer::{Character, Issuer};
use crate::person;
use crate::program::{Detached, Folder, OnTerminal, environment};

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_asked_for_as_they_are_typed() {
    let issuer = Issuer::start(Character::default());
    let home = Folder::new();
    let scope = "openid profile deploy";
    let login = OnTerminal::doorstep(&["login", &issuer.url, "--scope", scope], &home);
    let answer = person::sign_in(&issuer, &login.link().await);
    assert_eq!(answer.request["scope"], scope, "an issuer need not list every scope");
    answer.post().await;
    assert!(login.end().await.0.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issuers_are_one_too_many() {
    let one = "http://localhost:1";
    for command in ["login", "logout", "kubeconfig"] {
        let arguments = [command, one, "--issuer", "http://localhost:2"];
        let (code, _, errors) =
            Detached::doorstep(&arguments, environment(&Folder::new())).end().await;
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains("two issuers are named, http://localhost:1 and"), "{errors}");
    }
    let home = Folder::new();
    let mut environment = environment(&home);
    environment.push(("DOORSTEP_ISSUER", "http://localhost:2".into()));
    let (code, out, errors) = Detached::doorstep(&["kubeconfig", one], environment).end().await;
    assert!(code == 0 && out.contains(one), "the address wins over the variable: {errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_keep_tokens_is_named() {
    let issuer = Issuer::start(Character::default());
    let home = Folder::new();
    std::fs::write(home.path().join("tokens"), "a file").unwrap();
    let mut login = Detached::doorstep(&["login", &issuer.url, "--no-browser"], environment(&home));
    let told = login.wait_for("Waiting for up to").await;
    let place = home.path().join("tokens");
    assert!(told.contains(&format!("Tokens cannot be kept ({}:", place.display())), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn https_to_a_plain_port_is_told() {
    let issuer = Issuer::start(Character::default());
    let https = issuer.url.replacen("http://", "https://", 1);
    let run = async |command| {
        Detached::doorstep(&[command, &https], environment(&Folder::new())).end().await
    };
    let (code, _, errors) = run("login").await;
    assert!(code == 5 && errors.contains("it does not speak TLS there"), "{errors}");
    let (code, out, _) = run("doctor").await;
    assert!(code == 2 && out.contains("Write http:// for a server on this machine"), "{out}");
}
