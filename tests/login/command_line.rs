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
